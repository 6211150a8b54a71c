"""The story of `otplan apply`: hold, sync, plan again, compare, ask, and do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from otplan.core.graph import Graph
from otplan.core.plan import Action, Plan
from otplan.core.report import Report
from otplan.core.snapshot import Snapshot
from otplan.errors import Declined, OtplanError
from otplan.load import lock
from otplan.operations.apply import (
    carry_out,
    covers,
    nudge,
    refusals,
    refuse_incomplete,
    replan,
)
from otplan.operations.hold import holding
from otplan.operations.pins import moved_places
from otplan.operations.project import Project
from otplan.operations.sync import write_rows
from otplan.planner.policy import Policy
from otplan.render.code import export, live, start
from otplan.render.tree import Sources, gather
from otplan.shell.table import connect


@dataclass(frozen=True, slots=True)
class Approval:
    """What a person said yes to already, and how to ask about something else.

    `ask` shows a plan and returns whether the answer was `yes`.
    """

    shown: Plan | None
    ask: Callable[[Plan], bool]


@dataclass(frozen=True, slots=True)
class Applied:
    """The plan that was carried out, and what came of it."""

    plan: Plan
    report: Report


def apply(project: Project, policy: Policy, approval: Approval) -> Applied:
    """Apply a project; raise Declined where a person does not want what would be done.

    What was approved is done only if it is what would be done now; else it is shown again.
    """
    ground, graph = project.ground, project.graph
    with holding(ground):
        planned = replan(ground, graph, policy)
        refuse_incomplete(planned.plan)
        _refuse_moved(project, planned.plan)
        if not planned.plan.asks:
            nudge(ground)
            rows = write_rows(ground, graph, planned.snapshot)
            outcomes = (*refusals(planned.plan), *rows)
            return Applied(planned.plan, Report(ground.workspace, outcomes))
        shown = approval.shown
        approved = shown is not None and covers(shown, graph, planned, policy)
        if not approved and not approval.ask(planned.plan):
            raise Declined("nothing was done")
        if project.fresh_pins:
            lock.write(project.identity.path, project.loaded.lock)
        code = export_code(project, planned.snapshot)
        report = carry_out(ground, _rooted(project), planned, code)
        return Applied(planned.plan, report)


def _refuse_moved(project: Project, plan: Plan) -> None:
    """Refuse to submit what would read something else than what is pinned."""
    given = {stage.fingerprint: stage.given for stage in project.graph.stages if stage.given}
    submits = {c.fingerprint for c in plan.changes if c.action in (Action.SUBMIT, Action.REPLACE)}
    read = {
        given[need.fingerprint]
        for stage in project.graph.stages
        if stage.fingerprint in submits
        for need in stage.needs
        if need.fingerprint in given
    }
    moved = [name for place, name in moved_places(project).items() if place in read]
    if moved:
        raise OtplanError(
            f"{', '.join(moved)} is not what it was when it was pinned, and would be read",
            "put back what it was; or, to pin what it is now:\n    otplan update",
        )


def _rooted(project: Project) -> Graph:
    """Return the graph with the manifest's real path: who continues it stands elsewhere."""
    resolved = project.graph.resolved
    workspace = replace(resolved.workspace, path=project.identity.path)
    return replace(project.graph, resolved=replace(resolved, workspace=workspace))


def export_code(project: Project, snapshot: Snapshot) -> str:
    """Put the code where jobs find it, once for each state of the tree, on every cluster in need.

    Return the folder they start in, as `layout.code_folder` takes it; with `code: live` that is
    the checkout itself.
    """
    ground, loaded = project.ground, project.loaded
    if loaded.code == "live":
        return live(project.identity.path)
    here = connect("here")
    sources = Sources(
        manifest=project.identity.path,
        root=project.identity.root,
        named=_named_files(project),
        only=tuple(loaded.code or ()),
    )
    tree = gather(sources, here)
    for name in sorted(_unfinished(project.graph, snapshot)):
        export(tree, ground.shells[name], ground.home(name))
    return start(tree)


def _unfinished(graph: Graph, snapshot: Snapshot) -> set[str]:
    """Return the clusters where something is left to make: now, or when `continue` goes on."""
    return {
        stage.cluster
        for stage in graph.stages
        if not stage.given
        and any(snapshot.cell(stage.fingerprint, element).done is None for element in stage.cells)
    }


def _named_files(project: Project) -> tuple[str, ...]:
    """Return every file that a resource names, each once; presets are none of the project's."""
    files = (file for r in project.graph.resources.values() for file in r.files.values())
    return tuple(sorted({file.path for file in files if not file.preset}))
