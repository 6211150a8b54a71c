"""The table of codes is the codes that are used."""

import re
from pathlib import Path

from otplan.load.codes import CODES

FOLDER = Path(__file__).parents[2] / "otplan" / "load"


def test_every_code_that_is_used_has_a_title_and_every_title_is_used() -> None:
    used = {
        code
        for path in FOLDER.glob("*.py")
        if path.name not in {"codes.py", "clusters.py", "cluster_check.py"}
        for code in re.findall(r'"(OT\d{3})"', path.read_text())
    }

    assert used == set(CODES)
    assert len(set(CODES.values())) == len(CODES)
