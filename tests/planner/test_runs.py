"""Runs of W&B: which are asked for, and what of them counts in a row of the catalog."""

from dataclasses import replace
from typing import Any

import pytest

from otplan.core.address import parse
from otplan.core.catalog import Settings
from otplan.core.graph import Graph
from otplan.core.record import FactKind
from otplan.core.stage import Need, Program, Stage
from otplan.fingerprint.naming import token
from otplan.planner.rows import product_rows
from otplan.planner.runs import run_of, unnoted
from tests.kinds.build import resource
from tests.planner.world import WORKSPACE, Scene, stage

BOTH = {"entity": "team", "project": "sft"}
ID = token(WORKSPACE.id, "v1:a")
PAGE = "https://w.example.org/team/sft/runs/x"
SAID: dict[str, Any] = {
    "url": PAGE,
    "state": "finished",
    "started": 100,
    "ended": 200,
    "metrics": {},
}


def train(run: dict[str, str] | None = None) -> Stage:
    """Return a training that reports to a run."""
    program = Program(extra={"wandb": BOTH if run is None else run})
    return stage("a", addresses=(parse("training.a"),), role="train", program=program)


def report() -> Stage:
    """Return the stage that sends its run up."""
    return stage("r", role="report", needs=(Need("v1:a", "RUN"),), content=False)


def asked(scene: Scene) -> dict[str, list[tuple[str, int]]]:
    """Return by project the runs to ask for: their ids, and the attempts."""
    found = unnoted(scene.graph, scene.snapshot)
    return {project: [(run, n) for run, (_, n) in some.items()] for project, some in found.items()}


def test_what_is_done_is_asked_for_by_the_id_that_its_script_was_told() -> None:
    scene = Scene([train()])
    scene.ended("a", "failed")
    scene.done("a", 2)

    assert asked(scene) == {"team/sft": [(ID, 2)]}


@pytest.mark.parametrize("run", [{"entity": "", "project": "sft"}, {"entity": "t", "project": ""}])
def test_nobody_asks_for_a_run_of_nobody_knows_whom(run: dict[str, str]) -> None:
    scene = Scene([train(run)])
    scene.done("a")

    assert asked(scene) == {}


def test_what_goes_on_failed_or_was_adopted_is_not_asked_for() -> None:
    running, failed, adopted = Scene([train()]), Scene([train()]), Scene([train()])
    running.live("a")
    failed.ended("a", "failed")
    adopted.verified("a", 0)

    assert [asked(one) for one in (running, failed, adopted)] == [{}, {}, {}]


def test_what_was_noted_of_an_attempt_is_not_asked_for_again() -> None:
    scene = Scene([train()])
    scene.done("a")
    scene.noted("a", FactKind.REPORTED, 1, **SAID)

    before = asked(scene)
    scene.done("a", 2)

    assert (before, asked(scene)) == ({}, {"team/sft": [(ID, 2)]})


def test_what_stayed_on_its_site_is_asked_for_once_it_was_sent() -> None:
    scene = Scene([train(), report()])
    scene.done("a")

    before = asked(scene)
    scene.done("r")

    assert (before, asked(scene)) == ({}, {"team/sft": [(ID, 1)]})


def test_where_a_run_is_looked_at_is_known_before_it_begins() -> None:
    new, done = Scene([train()]), Scene([train()])
    done.done("a")
    done.noted("a", FactKind.REPORTED, 1, **SAID)

    assert run_of(train(), new.snapshot) == f"team/sft/{ID}"
    assert run_of(train(), done.snapshot) == PAGE
    assert run_of(train({"entity": "", "project": "sft"}), new.snapshot) == ""
    assert run_of(stage("b"), new.snapshot) == ""


def row(scene: Scene, *, shared: bool) -> dict[str, Any]:
    """Return the values of the row of the model."""
    address = parse("training.a")
    declared = resource("training.a", {"model": "m"})
    catalog = Settings(shared=shared, values={"created_by": "us", "type": "SFT", "agent": "t"})
    resolved = replace(scene.graph.resolved, catalog=catalog)
    graph = Graph(resolved, {address: declared}, scene.graph.labels)
    [made] = product_rows(graph, scene.snapshot)
    return dict(made.values)


@pytest.mark.parametrize("shared", [True, False])
def test_a_row_has_page_and_times_of_the_run(*, shared: bool) -> None:
    scene = Scene([train()])
    scene.ended("a", "", 1)
    scene.verified("a", metrics={"wandb_url": "https://w.example.org/of-the-program"})
    scene.noted("a", FactKind.REPORTED, 1, **SAID)

    made = row(scene, shared=shared)

    assert (made["wandb"], made["started"], made["ended"]) == (PAGE, 100, 200)


def test_where_wandb_was_not_asked_the_program_has_the_word() -> None:
    scene = Scene([train()])
    scene.ended("a", "", 1)
    scene.verified("a", metrics={"wandb_url": "https://w.example.org/of-the-program"})

    assert row(scene, shared=True)["wandb"] == "https://w.example.org/of-the-program"
    assert "wandb" not in row(scene, shared=False)


def test_what_was_said_of_an_earlier_attempt_is_none_of_this_one() -> None:
    scene = Scene([train()])
    scene.ended("a", "", 1)
    scene.noted("a", FactKind.REPORTED, 1, **SAID)
    scene.ended("a", "", 2)
    scene.verified("a", 2)

    assert "wandb" not in row(scene, shared=True)
