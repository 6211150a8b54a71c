"""Waiting for what moves on a login node ends, also where nobody there knows the jobs."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from otplan.core.job import Observed
from otplan.core.record import Fact, FactKind
from otplan.core.report import Report
from otplan.operations import publishing
from otplan.operations.ground import Ground
from tests.conformance.registry_writers import attempt, graph
from tests.operations.test_look_again import Told, submission
from tests.planner.world import NOW, Scene, stage


@pytest.mark.parametrize("said", [{}, {"unknown": "its queue is a colleague's"}])
def test_a_job_that_nobody_there_knows_is_not_waited_for_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: dict[str, Any]
) -> None:
    ground = submission(tmp_path, Scene([stage("a")]), {}).ground
    queue = Told("c@login")
    queue.answer = Observed("c@login", NOW, **said)
    ground = replace(ground, schedulers={"c@login": queue})
    ground.registry.found("w", "m.yaml", "id")
    ground.registry.approve("w", graph("w"), "ann", NOW)
    sent = replace(attempt(1), cluster="c@login")
    ground.registry.intend("w", 1, [sent])
    fact = Fact(sent.fingerprint, 1, FactKind.SUBMITTED, NOW, values={"job": "7"})
    ground.registry.note("w", [fact])
    rounds = []

    def go_on(ground: Ground, _: object) -> Report:
        rounds.append(1)
        assert len(rounds) < 5, "it never ends"
        return Report(ground.workspace, ())

    monkeypatch.setattr(publishing, "go_on", go_on)

    report = publishing.publish(ground)

    assert not report.interrupted
