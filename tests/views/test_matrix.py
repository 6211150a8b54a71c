"""What each cluster can do, drawn."""

import json as reader

from otplan.lint.matrix import Verdict
from otplan.lint.matrix import matrix as judged
from otplan.views import matrix
from otplan.views.style import Style
from tests.lint.test_matrix import BIG, SITE
from tests.views.golden import check

CELLS = judged([SITE, BIG])


def test_the_matrix_is_a_table_for_each_cluster() -> None:
    check("matrix.txt", matrix.text(CELLS, Style()))


def test_the_matrix_is_a_page_with_numbered_reasons() -> None:
    check("matrix.md", matrix.markdown(CELLS))


def test_the_matrix_is_a_document() -> None:
    cells = reader.loads(matrix.json(CELLS))["cells"]

    assert len(cells) == len([one for one in CELLS if one.verdict is not Verdict.NEVER])
    assert cells[0].keys() == {"cluster", "kind", "stage", "way", "verdict", "why", "recommended"}
