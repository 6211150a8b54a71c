"""The graph of a manifest as nodes to draw, parents first."""

from __future__ import annotations

from dataclasses import dataclass

from otplan.core.graph import Resolved
from otplan.core.plan import Action, Plan
from otplan.core.units import count
from otplan.views.actions import name


@dataclass(frozen=True, slots=True)
class Node:
    """A stage to draw: its label, the labels of its parents, its elements, what is planned."""

    label: str
    parents: tuple[str, ...]
    elements: int = 0
    action: Action | None = None

    @property
    def size(self) -> str:
        """Return how many elements an array has, empty for a plain job."""
        return count(self.elements, "element") if self.elements else ""

    @property
    def remarks(self) -> tuple[str, ...]:
        """Return what a box says below the label: its size, and what is planned in words."""
        planned = name(self.action) if self.action else ""
        return tuple(part for part in (self.size, planned) if part)


def nodes(resolved: Resolved, plan: Plan | None = None) -> tuple[Node, ...]:
    """Return the stages to draw, in the order of the graph, with their actions if planned.

    A parent that feeds several inputs is one parent.
    """
    labels = {stage.fingerprint: stage.label for stage in resolved.stages}
    actions = {change.label: change.action for change in plan.changes} if plan else {}
    return tuple(
        Node(
            stage.label,
            tuple(dict.fromkeys(labels[need.fingerprint] for need in stage.needs)),
            stage.elements,
            actions.get(stage.label),
        )
        for stage in resolved.stages
    )
