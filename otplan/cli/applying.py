"""What `otplan apply` asks and tells around the operation."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from otplan.cli.console import Console, outlive_terminal
from otplan.cli.surroundings import Choice, chosen, last_plan, only_manifest
from otplan.core.plan import Action, Plan
from otplan.errors import WorldMoved
from otplan.operations import saved
from otplan.operations.applying import Applied, Approval
from otplan.operations.observe import TO_APPLY
from otplan.operations.planning import make_plan
from otplan.operations.project import Project
from otplan.operations.waiting import wait
from otplan.planner.policy import Policy
from otplan.views import plan as plan_view
from otplan.views import report as report_view

PARTLY, INTERRUPTED = 6, 130


def meant(given: dict[str, Any]) -> tuple[Choice, saved.Saved | None]:
    """Return the manifest that is meant, and the plan that was already seen, if any.

    Without either it is the plan made last here; where none was, the only manifest. A plan that
    was applied counts for its manifest alone: what it showed is no longer what is to be done.
    """
    what: Path | None = given["what"]
    if what is not None and not saved.is_plan(what):
        return Choice(str(what), given["variables"], given["variable_files"]), None
    if what is None and not last_plan().exists():
        return Choice(only_manifest(), given["variables"], given["variable_files"]), None
    seen = saved.load(what) if what is not None else saved.last(last_plan(), int(time.time()))
    return chosen(seen), None if seen.applied else seen


@dataclass(frozen=True, slots=True)
class Asking:
    """How to ask: at which console, whether at all, and whether its output is a document.

    `keep` makes a plan that was shown, and not done, the one made last here.
    """

    console: Console
    approved: bool
    document: bool
    keep: Callable[[Plan], object]

    def show(self, plan: Plan) -> None:
        """Show a plan, beside the output where that is a document."""
        write = self.console.error if self.document else self.console.out
        write(plan_view.text(plan, self.console.style, then=""))

    def ask(self, plan: Plan) -> bool:
        """Show a plan and ask for the literal `yes`, unless that was said already."""
        self.show(plan)
        asked = f"This will be done in the workspace `{plan.workspace.name}`."
        allowed = self.approved or self.console.confirmed(asked)
        if allowed:
            outlive_terminal()
        return allowed

    def ask_again(self, plan: Plan) -> bool:
        """Show what became of a plan that was seen; raise WorldMoved where nobody will look."""
        self.console.error("The world moved since that plan was made. Now it is:\n")
        if self.approved:
            self.show(plan)
            self.keep(plan)
            raise WorldMoved(
                "what would be done now is not what was approved, so nothing was done",
                "To do what is shown now:\n    otplan apply --auto-approve",
            )
        return self.ask(plan)


def shown_first(
    asking: Asking, project: Project, policy: Policy, seen: saved.Saved | None
) -> Approval:
    """Return what is approved: a plan that was seen, or one that is shown and asked about now."""
    if seen is None and asking.approved:
        return Approval(None, asking.ask)
    plan = seen.plan if seen else _planned(project, policy)
    if not plan.asks:
        return Approval(plan, asking.ask)
    if not asking.ask(plan):
        return Approval(None, lambda _: False)
    return Approval(plan, asking.ask_again)


def _planned(project: Project, policy: Policy) -> Plan:
    """Return the plan, with what the sites say of their limits now."""
    return make_plan(project.ground, project.graph, policy, TO_APPLY).plan


def outcome(console: Console, project: Project, applied: Applied, given: dict[str, Any]) -> int:
    """Tell what came of it, wait if asked to, and return the exit code."""
    report, ground = applied.report, project.ground
    if not given["json"]:
        _tell(console, applied, waits=given["wait"])
    over = wait(ground, project.graph) if given["wait"] and not report.interrupted else None
    failed = over is not None and _failed(over)
    if given["json"]:
        console.out(report_view.json(report))
    elif over is not None:
        _tell_end(console, over, failed=failed)
    if ground.person.progress.stopped():
        return INTERRUPTED
    return PARTLY if report.partial or failed else 0


def _tell(console: Console, applied: Applied, *, waits: bool) -> None:
    """Tell what was done, or that there was nothing to do."""
    report, style = applied.report, console.style
    if not applied.plan.asks and not waits:
        console.out(plan_view.text(applied.plan, style, then=""))
    if report.outcomes:
        write, then = (console.error, "") if waits else (console.out, "otplan status")
        write(report_view.text(report, style, brief=waits, then=then))


def _tell_end(console: Console, over: Plan, *, failed: bool) -> None:
    """Tell what the waiting came to, and where to see what was made."""
    console.out(plan_view.text(over, console.style, then=""))
    if not failed:
        console.out(f"\n{plan_view.hint('otplan results', console.style)}")


def _failed(plan: Plan) -> bool:
    """Tell whether anything needs a person, or could not be known."""
    return any(change.action in (Action.BLOCKED, Action.UNKNOWN) for change in plan.changes)
