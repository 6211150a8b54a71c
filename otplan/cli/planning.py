"""What plan and apply share: permissions, warnings, and the plan made last."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from otplan.cli.console import Console
from otplan.cli.finding import show_diagnostics
from otplan.cli.surroundings import Choice, last_plan, variables
from otplan.core.graph import Graph
from otplan.core.plan import Plan
from otplan.operations.project import Project
from otplan.operations.saved import Saved, save
from otplan.planner.policy import NO_PERMISSIONS, Policy


def policy(graph: Graph, given: dict[str, Any], before: Policy = NO_PERMISSIONS) -> Policy:
    """Return what the command line allows beyond the ordinary, or the plan `before` allowed."""
    return Policy(
        replace_running=given["replace_running"] or before.replace_running,
        cancel_running=given["cancel_running"] or before.cancel_running,
        take_over=before.take_over | _chosen(graph, given["take_over"]),
        resubmit=before.resubmit | _chosen(graph, given["resubmit"]),
    )


def _chosen(graph: Graph, selectors: Sequence[str]) -> frozenset[str]:
    """Return the fingerprints of the stages that selectors name."""
    if not selectors:
        return frozenset()
    from otplan.select.choose import choose

    return frozenset(stage.fingerprint for stage in choose(graph.stages, selectors))


def show_notes(console: Console, project: Project, *, quiet: bool = False) -> None:
    """Show warnings about the manifest, on standard error."""
    if project.diagnostics and not quiet:
        show_diagnostics(console, project.diagnostics)


def remember(
    project: Project, plan: Plan, choice: Choice, allowed: Policy, *, applied: bool = False
) -> Saved:
    """Keep a plan as the last one made here, if it could be applied; return it."""
    kept = Saved(
        otplan_plan=1,
        manifest=project.identity.path,
        plan=plan,
        variables=variables(choice),
        variable_files=tuple(str(Path(file).resolve()) for file in choice.variable_files),
        shown=project.loaded.path,
        policy=allowed,
        applied=applied,
    )
    if plan.complete and not plan.offline:
        save(last_plan(), kept)
    return kept
