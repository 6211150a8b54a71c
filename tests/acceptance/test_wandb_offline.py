"""Where compute nodes have no internet a run stays on the site, and is sent up later."""

from collections.abc import Iterator

import pytest

from tests.acceptance.lab import Lab
from tests.acceptance.wandb_lab import on_wandb
from tests.services.wandb.server import KEY, Store

REPORT = "training.small/report"
LOSSES = {step: 1 / (1 + step) for step in range(6)}


@pytest.fixture
def wandb(fresh: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    with on_wandb(fresh, monkeypatch, internet="login") as store:
        yield store


def trained(lab: Lab) -> None:
    """Train, in two starts."""
    lab.fail("small")
    lab.apply()


def test_a_training_without_internet_asks_wandb_nothing_and_its_run_waits(
    fresh: Lab, wandb: Store
) -> None:
    trained(fresh)

    change = fresh.change(REPORT)

    assert wandb.asked == []
    assert (change["action"], change["reasons"][0]["code"]) == ("rest", "login")
    assert change["reasons"][0]["help"] == "otplan sync --publish"


def test_sent_from_the_login_node_all_starts_are_one_run(fresh: Lab, wandb: Store) -> None:
    trained(fresh)

    fresh("sync", "manifest.yaml", "--publish")

    [run] = wandb.runs.values()
    assert (run.entity, run.project, run.told()["state"]) == ("team", "small", "finished")
    assert {row["_step"]: row["loss"] for row in run.history.values()} == LOSSES
    assert run.id in fresh("history").out, "and what W&B says of it is noted"
    assert fresh.plan() == {}


def test_what_was_sent_is_not_sent_again(fresh: Lab, wandb: Store) -> None:
    trained(fresh)
    fresh("sync", "manifest.yaml", "--publish")
    wandb.asked.clear()

    fresh("sync", "manifest.yaml", "--publish")

    assert not [asked for asked in wandb.asked if "file_stream" in asked]


def test_the_key_lies_in_the_secrets_file_and_in_nothing_that_a_run_leaves(
    fresh: Lab, wandb: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = fresh.root / "secrets.env"
    secrets.write_text(f"export WANDB_API_KEY={KEY}\n")
    monkeypatch.delenv("WANDB_API_KEY")
    fresh.write("clusters/site.yaml", f"{fresh.read('clusters/site.yaml')}secrets: {secrets}\n")

    trained(fresh)
    said = fresh("sync", "manifest.yaml", "--publish")
    fresh.settle()

    left = [path for path in fresh.root.rglob("*") if path.is_file() and path != secrets]
    assert len(wandb.runs) == 1
    assert [path for path in left if KEY.encode() in path.read_bytes()] == []
    assert KEY not in said.out + said.err
