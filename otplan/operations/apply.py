"""Do what was approved: pins, code, intents, jobs, and what must give way to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from otplan.core.graph import Graph, Resolved
from otplan.core.plan import Action, Change, Plan
from otplan.core.record import Fact, FactKind
from otplan.core.report import Event, Outcome, Report
from otplan.core.snapshot import Snapshot
from otplan.errors import OtplanError, Unreachable
from otplan.operations.ground import Ground
from otplan.operations.observe import TO_APPLY
from otplan.operations.planning import Planned, make_plan
from otplan.operations.submission import Submission
from otplan.operations.submit import submit_all
from otplan.operations.sync import note_learned, write_rows
from otplan.operations.workspace import found_workspace
from otplan.operations.yielding import cancel_displaced, update_queued
from otplan.planner.edges import live_jobs
from otplan.planner.outside import outside_jobs
from otplan.planner.plan import plan as decide
from otplan.planner.policy import Policy


def replan(ground: Ground, graph: Graph, policy: Policy) -> Planned:
    """Sync and plan: what an apply compares with what was shown."""
    planned = make_plan(ground, graph, policy, TO_APPLY)
    note_learned(ground, planned.snapshot)
    return planned


def covers(shown: Plan, graph: Graph, planned: Planned, policy: Policy) -> bool:
    """Tell whether an approval of `shown` covers what would be done now.

    Both must do the same to the same stages for the same reasons; what merely started or ended
    in between is no difference (design part 9). Nor is what a site turned out not to allow: the
    rest was approved with it.
    """
    if _keys(shown) == _keys(planned.plan):
        return True
    free = decide(graph, replace(planned.snapshot, limits={}), policy)
    return _keys(shown) == _keys(free) >= _keys(planned.plan)


def refusals(plan: Plan) -> list[Outcome]:
    """Return what a plan does not do because of a site's limits, as outcomes."""
    return [
        Outcome(
            change.label,
            Event.REFUSED,
            why="; ".join(reason.text for reason in change.reasons),
            help=change.reasons[-1].help,
        )
        for change in plan.changes
        if change.refused
    ]


def _keys(plan: Plan) -> set[tuple[str, ...]]:
    """Return what counts of each change that an approval is for."""
    return {change.key for change in plan.changes if change.action.asks}


def refuse_incomplete(plan: Plan) -> None:
    """Raise where something could not be known: what is unknown is never acted on.

    Unreachable (exit 8) for a source that does not answer, OtplanError for a missing pin.
    """
    if plan.complete:
        return
    unknown = [c for c in plan.changes if c.action is Action.UNKNOWN]
    if unknown:
        why = unknown[0].reasons[0].text
        raise Unreachable(f"this plan is incomplete: {why}", "otplan plan")
    raise OtplanError(
        "this plan is incomplete: a revision is not pinned, and could not be looked up",
        "otplan update",
    )


def carry_out(ground: Ground, graph: Graph, planned: Planned, code: str) -> Report:
    """Do what a plan says, in an order that a crash at any point leaves repairable."""
    identity = found_workspace(ground, graph.resolved.workspace, planned.snapshot.recorded)
    resolved = _approved(graph, identity, code)
    number = ground.registry.approve(ground.workspace, resolved, ground.person.user, ground.now)
    return serve(ground, replace(graph, resolved=resolved), planned, number)


def serve(ground: Ground, graph: Graph, planned: Planned, number: int) -> Report:
    """Serve an approval: submit, re-edge, and only then cancel what gives way."""
    changes = planned.plan.changes
    _disbelieve(ground, changes)
    submission = Submission(
        ground=ground,
        graph=graph,
        snapshot=planned.snapshot,
        approval=number,
        jobs={
            **live_jobs(graph.stages, planned.snapshot),
            **outside_jobs(graph.stages, planned.snapshot),
        },
        outcomes=refusals(planned.plan),
    )
    try:
        submit_all(submission, [c for c in changes if c.action in (Action.SUBMIT, Action.REPLACE)])
    except OtplanError:
        nudge(ground)  # What is in must not wait for the trouble of the rest.
        raise
    update_queued(submission, [c for c in changes if c.action is Action.UPDATE])
    cancel_displaced(submission, [c for c in changes if c.cancels])
    nudge(ground)
    outcomes = (*submission.outcomes, *_rows(ground, graph, planned.snapshot))
    return Report(ground.workspace, outcomes, interrupted=ground.person.progress.stopped())


def _rows(ground: Ground, graph: Graph, snapshot: Snapshot) -> list[Outcome]:
    """Write the catalog; where that cannot be, what was done before is still to be told."""
    try:
        return write_rows(ground, graph, snapshot)
    except OtplanError as trouble:
        return [Outcome("the catalog", Event.HELD_BACK, why=trouble.message, help="otplan sync")]


def nudge(ground: Ground) -> None:
    """Make sure that something works on every queue: whoever did may have been killed."""
    for name in sorted(ground.schedulers):
        ground.schedulers[name].nudge()


def _approved(graph: Graph, workspace_id: str, code: str) -> Resolved:
    """Return the graph as it is stored: with the workspace's id, the code, the bare resources."""
    return replace(
        graph.resolved,
        workspace=replace(graph.resolved.workspace, id=workspace_id),
        code=code,
        resources=tuple(
            replace(resource, places={}, sheet={}, files={})
            for resource in graph.resources.values()
        ),
    )


def _disbelieve(ground: Ground, changes: Sequence[Change]) -> None:
    """Note which markers no longer count, before anything is made in their place."""
    facts = [
        Fact(change.fingerprint, 0, FactKind.DISBELIEVED, ground.now, element, {"attempt": n})
        for change in changes
        if change.action in (Action.SUBMIT, Action.REPLACE)
        for element in change.elements or (-1,)
        for n in change.disbelieved
    ]
    if facts:
        ground.registry.note(ground.workspace, facts)
