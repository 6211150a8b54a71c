"""Runs of Weights & Biases, asked for by its real client of a server that answers as W&B does."""

from collections.abc import Iterator

import pytest

from otplan.errors import OtplanError, Unreachable
from otplan.shell import wandb_runs
from otplan.shell.wandb_runs import Run, run, runs
from tests.services.wandb.server import KEY, Store, running
from tests.services.wandb.server import Run as There

SUMMARY = '{"loss": 0.5, "epoch": 3, "_step": 9, "best": true, "name": "x", "nan": NaN}'


@pytest.fixture
def wandb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Serve a W&B with one run that ended, to somebody who is signed in."""
    store = Store()
    with running(store) as url:
        monkeypatch.setenv("WANDB_BASE_URL", url)
        monkeypatch.setenv("WANDB_API_KEY", KEY)
        there = There("team", "sft", "x1y2z3", summary=SUMMARY, exit_code=0)
        there.created, there.heard = "2026-11-01T12:00:00Z", "2026-11-01T15:00:00Z"
        store.runs[there.path] = there
        yield store


def asked(store: Store) -> list[str]:
    """Return the questions, but for what the client tells of itself."""
    return [one for one in store.asked if "/sdk/otel/" not in one]


def test_a_run_tells_its_page_its_times_and_its_numbers(
    wandb: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = run("team/sft/x1y2z3")

    page = found.url.removeprefix("http://127.0.0.1:").partition("/")[2]
    assert page == "team/sft/runs/x1y2z3"
    assert found == Run(
        found.url, 1_793_534_400, 1_793_545_200, "finished", {"loss": 0.5, "epoch": 3}
    )


def test_a_run_that_goes_on_has_not_ended(wandb: Store) -> None:
    wandb.runs["team/sft/x1y2z3"].exit_code = -1

    assert run("team/sft/x1y2z3").ended == 0


def test_a_run_that_is_not_there_is_told_with_what_an_id_is(wandb: Store) -> None:
    with pytest.raises(OtplanError, match="shows you no run team/sft/nope") as caught:
        run("team/sft/nope")

    assert "last part of its address" in caught.value.help


def test_a_project_that_is_not_there_has_no_runs(wandb: Store) -> None:
    assert runs("team/other", ["x1y2z3"]) == {}


def test_a_hundred_runs_are_one_question(wandb: Store) -> None:
    names = [f"r{n:03}" for n in range(101)]
    for name in names:
        wandb.runs[f"team/sft/{name}"] = There("team", "sft", name, created="2026-11-01T12:00:00Z")

    found = runs("team/sft", names)

    assert set(found) == set(names)
    assert asked(wandb) == ["Viewer", "Runs", "Runs"]


def test_who_is_not_known_there_is_told_how_to_sign_in(
    wandb: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_API_KEY", "x" * 40)

    with pytest.raises(OtplanError, match="does not know who asks") as caught:
        run("team/sft/x1y2z3")

    assert "WANDB_API_KEY" in caught.value.help
    assert not isinstance(caught.value, Unreachable)


def test_who_has_no_key_is_told_without_a_question(
    wandb: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WANDB_API_KEY")

    with pytest.raises(OtplanError, match="does not know who asks"):
        run("team/sft/x1y2z3")

    assert asked(wandb) == []


def test_a_key_of_the_jobs_serves_who_has_none(
    wandb: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WANDB_API_KEY")

    assert set(runs("team/sft", ["x1y2z3"], KEY)) == {"x1y2z3"}


@pytest.mark.parametrize("question", ["Viewer", "Runs"])
def test_silence_is_told_as_that(
    wandb: Store, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    monkeypatch.setattr(wandb_runs, "TIMEOUT", 1)
    wandb.faults[question] = 503

    with pytest.raises(Unreachable, match="did not answer about team/sft"):
        run("team/sft/x1y2z3")


def test_a_path_that_is_none_is_not_asked_for() -> None:
    with pytest.raises(OtplanError, match="`sft` names no run"):
        run("sft")
