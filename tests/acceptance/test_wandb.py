"""A training that W&B watches: one run for all its starts, found again by its id."""

import os
from collections.abc import Iterator, Mapping

import pytest

from otplan.catalogs.table import CATALOGS
from otplan.core.catalog import CatalogKey
from otplan.core.values import Value
from otplan.shell import wandb_runs
from tests.acceptance.lab import Lab
from tests.acceptance.wandb_lab import on_wandb
from tests.services.wandb.server import Run, Store


@pytest.fixture
def wandb(fresh: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    with on_wandb(fresh, monkeypatch) as store:
        yield store


def test_all_starts_of_a_training_go_on_in_one_run(fresh: Lab, wandb: Store) -> None:
    fresh.fail("small")

    fresh.apply()

    [run] = wandb.runs.values()
    assert (run.entity, run.project, run.name) == ("team", "small", "training.small")
    assert {row["_step"]: row["loss"] for row in run.history.values()} == {
        step: 1 / (1 + step) for step in range(6)
    }
    assert run.told()["state"] == "finished"


def test_another_workspace_that_trains_the_same_has_a_run_of_its_own(
    fresh: Lab, wandb: Store
) -> None:
    fresh.apply()
    fresh.edit("workspace: watched", "workspace: other")

    fresh.submit()
    fresh.until("training.small/train", "done")

    assert len(wandb.runs) == 2


TIMES = {"started": 1_793_534_400, "ended": 1_793_545_200}


def trained(lab: Lab, store: Store) -> Run:
    """Train, and return the run, with times that nobody else has."""
    lab.submit()
    lab.until("training.small/train", "done")
    [run] = store.runs.values()
    run.created, run.heard = "2026-11-01T12:00:00Z", "2026-11-01T15:00:00Z"
    store.asked.clear()
    return run


def reported(lab: Lab) -> list[str]:
    """Return what the history says of runs."""
    rows = lab("history", "--json").document["history"]
    return [row["detail"] for row in rows if row["what"] == "reported"]


def row(lab: Lab) -> Mapping[str, Value]:
    """Return the catalog's row of the model."""
    key = CatalogKey("models", "training.small")
    there = CATALOGS["sqlite"](str(lab.root / "site" / "registry.db")).read([key])[key]
    assert there is not None
    return there.values


def test_the_end_of_a_run_is_noted_once_by_two_questions_and_its_row_has_it(
    fresh: Lab, wandb: Store
) -> None:
    run = trained(fresh, wandb)

    before = fresh("why", "training.small", "-m", "manifest.yaml")
    first = fresh("sync", "manifest.yaml")
    fresh("sync", "manifest.yaml")
    after = fresh("why", "training.small", "-m", "manifest.yaml")

    page = f"{os.environ['WANDB_BASE_URL']}/team/small/runs/{run.id}"
    assert [asked for asked in wandb.asked if "otel" not in asked] == ["Viewer", "Runs"]
    assert reported(fresh) == [f"finished: {page}"]
    assert f"Reports to  team/small/{run.id}\n" in before.out
    assert f"Reports to  {page}\n" in after.out
    there = row(fresh)
    assert {word: there[word] for word in (*TIMES, "wandb")} == {**TIMES, "wandb": page}
    assert "not over there" not in first.err
    assert fresh.plan() == {}


def test_where_wandb_does_not_answer_the_rest_is_noted_and_it_is_asked_again(
    fresh: Lab, wandb: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained(fresh, wandb)
    monkeypatch.setattr(wandb_runs, "TIMEOUT", 1)
    wandb.faults["Runs"] = 503

    said = fresh("sync", "manifest.yaml")
    before = reported(fresh)
    wandb.faults.clear()
    fresh("sync", "manifest.yaml")

    assert "W&B did not answer about team/small" in said.err
    assert "1 run of team/small not noted" in said.err
    assert (before, len(reported(fresh))) == ([], 1)


def test_a_run_that_is_not_over_there_is_asked_for_again(fresh: Lab, wandb: Store) -> None:
    run = trained(fresh, wandb)
    run.exit_code = -1

    said = fresh("sync", "manifest.yaml")
    before = reported(fresh)
    run.exit_code = 0
    fresh("sync", "manifest.yaml")

    assert f"its run team/small/{run.id} is not over there" in said.err
    assert (before, len(reported(fresh))) == ([], 1)


def test_nobody_who_plans_or_has_no_run_asks_wandb(fresh: Lab, wandb: Store) -> None:
    trained(fresh, wandb)

    fresh("plan", "manifest.yaml")
    fresh("status", "-m", "manifest.yaml")

    assert wandb.asked == []
