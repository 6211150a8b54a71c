"""Rows of the catalog."""

from __future__ import annotations

from dataclasses import replace
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


def test_traces_are_the_rows_of_a_dataset_that_says_no_others() -> None:
    one = resource("dataset.d", {"trace": {}})

    row = KINDS["dataset"].catalog(one, replace(FACTS, metrics={"n_traces": 0, "n_trials": 3}))

    assert row is not None
    assert row.values["rows"] == 0


def test_an_eval_tells_of_its_trials_apart_from_its_metrics() -> None:
    one = resource("eval.e", {"model": "m", "benchmark": "b"})
    metrics = {"accuracy": 0.5, "n_trials": 3, "trials_digest": "sha256:1"}

    row = KINDS["eval"].catalog(one, replace(FACTS, metrics=metrics))

    assert row is not None
    assert row.values["metrics"] == {"accuracy": 0.5, "n_trials": 3}
    assert row.values["trial_rows"] == {"count": 3, "digest": "sha256:1"}


def test_a_script_shows_the_results_it_names() -> None:
    one = resource("script.s", {"results": ["loss", "gone"]})

    row = KINDS["script"].catalog(one, FACTS)

    assert row is not None
    assert row.values["metrics"] == {"loss": 0.5}


def test_the_table_names_every_kind_by_its_name() -> None:
    assert {kind.NAME for kind in KINDS.values()} == set(KINDS)
