"""A training that W&B watches: one run for all its starts, found again by its id."""

from collections.abc import Iterator

import pytest

from tests.acceptance.lab import Lab
from tests.acceptance.wandb_lab import on_wandb
from tests.services.wandb.server import Store


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
