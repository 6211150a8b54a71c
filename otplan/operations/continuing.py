"""The story of `otplan continue`: what the newest approval still lacks, without a manifest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from otplan.core.graph import Graph, of_resolved
from otplan.core.plan import Action, Change, Plan
from otplan.core.report import Event, Outcome, Report
from otplan.errors import OtplanError
from otplan.operations.apply import replan, serve
from otplan.operations.ground import Ground
from otplan.operations.hold import holding
from otplan.operations.runs import note_runs
from otplan.planner.policy import NO_PERMISSIONS, Policy


def go_on(ground: Ground, policy: Policy = NO_PERMISSIONS) -> Report:
    """Submit what is approved and can go on now, and sync; nothing that runs is cancelled."""
    with holding(ground):
        approval = ground.registry.read(ground.workspace).approval
        if approval is None:
            raise OtplanError(
                f"nothing was ever applied in the workspace `{ground.workspace}`",
                "apply a manifest first:\n    otplan apply MANIFEST",
            )
        graph = of_resolved(approval.graph)
        planned = replan(ground, graph, policy)
        allowed = _unattended(graph, planned.plan)
        snapshot, _ = note_runs(ground, graph, planned.snapshot)
        kept = replace(planned, plan=replace(planned.plan, changes=allowed), snapshot=snapshot)
        report = serve(ground, graph, kept, approval.number)
        return replace(report, outcomes=(*report.outcomes, *_unanswered(planned.plan)))


def _unanswered(plan: Plan) -> Iterator[Outcome]:
    """Yield which submissions of a command that was killed nobody can judge yet."""
    for change in plan.changes:
        for reason in change.reasons:
            if reason.code == "submitting":
                yield Outcome(change.label, Event.WAITING, why=reason.text, help=reason.help)


def _unattended(graph: Graph, plan: Plan) -> tuple[Change, ...]:
    """Return what carries on what was approved, and needs no person to decide.

    What reads a stage that is left alone is left alone too: its job would find nothing there.
    """
    needs = {s.fingerprint: [need.fingerprint for need in s.needs] for s in graph.stages}
    left: set[str] = set()
    allowed = []
    for change in plan.changes:
        wants = change.action in (Action.SUBMIT, Action.REPLACE)
        orphan = any(parent in left for parent in needs.get(change.fingerprint, ()))
        if wants and (change.person or orphan):
            left.add(change.fingerprint)
        elif wants or (change.action is Action.UPDATE and not orphan):
            allowed.append(change)
    return tuple(allowed)
