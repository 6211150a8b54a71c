"""Rows of the catalog."""

from __future__ import annotations

from typing import Any

import pytest

from otplan.core.catalog import CatalogKey, Facts
from otplan.kinds import KINDS
from tests.kinds.build import resource

FACTS = Facts(
    fingerprint="v1:1",
    output="/out",
    metrics={"rows": 7, "loss": 0.5},
    started=1,
    ended=2,
    inputs={"DATASETS": ("dataset.a",), "MODEL": ("training.t",), "TRAINING": ("training.t",)},
)


@pytest.mark.parametrize(
    ("address", "fields", "table", "values"),
    [
        ("dataset.d", {"generate": {}}, "datasets", {"origin": "generate", "rows": 7}),
        ("dataset.d", {"generate": {}, "trace": {}}, "datasets", {"origin": "trace", "rows": 7}),
        ("dataset.d", {"source": {}}, "datasets", {"origin": "source", "rows": 7}),
        ("training.t", {"model": "m"}, "models", {"base_model": "m", "datasets": ["dataset.a"]}),
        ("consolidation.c", {}, "models", {"base_model": "training.t"}),
        (
            "eval.e[lr=1]",
            {"model": "t", "benchmark": "b"},
            "evals",
            {"model": "training.t", "benchmark": "b"},
        ),
        ("script.s", {"description": "x"}, "results", {"description": "x"}),
    ],
)
def test_every_kind_has_a_row(
    address: str, fields: dict[str, Any], table: str, values: dict[str, Any]
) -> None:
    one = resource(address, fields)

    row = KINDS[one.address.kind].catalog(one, FACTS)

    assert row is not None
    assert row.key == CatalogKey(table, address)
    assert (row.address, row.fingerprint) == (address, "v1:1")
    common = {"metrics": FACTS.metrics, "location": "/out", "started": 1, "ended": 2}
    assert row.values == common | values


def test_a_script_shows_the_results_it_names() -> None:
    one = resource("script.s", {"results": ["loss", "gone"]})

    row = KINDS["script"].catalog(one, FACTS)

    assert row is not None
    assert row.values["metrics"] == {"loss": 0.5}


def test_the_table_names_every_kind_by_its_name() -> None:
    assert {kind.NAME for kind in KINDS.values()} == set(KINDS)
