"""What the asking commands share: a manifest opened, observed and planned, and its stages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from otplan.cli.console import Console
from otplan.cli.options import choice
from otplan.cli.surroundings import project
from otplan.core.stage import Stage
from otplan.operations.asking import states
from otplan.operations.observe import Look
from otplan.operations.planning import Planned, make_plan
from otplan.operations.project import Project
from otplan.select.choose import choose


@dataclass(frozen=True, slots=True)
class Seen:
    """A console, a project, how it stands, and the stages that were chosen."""

    console: Console
    project: Project
    planned: Planned
    stages: tuple[Stage, ...]


def look(given: dict[str, Any], selectors: Sequence[str], *, offline: bool = False) -> Seen:
    """Open the manifest, look at the world, and choose stages."""
    console = Console.of_terminal()
    opened = project(choice(given), console, offline=offline)
    planned = make_plan(opened.ground, opened.graph, look=Look(offline=offline))
    chosen = choose(opened.graph.stages, selectors, states=states(opened.graph, planned))
    return Seen(console, opened, planned, chosen)
