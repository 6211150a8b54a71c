"""The ground of an approval, where there is no manifest to open."""

from __future__ import annotations

from pathlib import Path

from otplan.cli.console import Console
from otplan.cli.surroundings import config_folder, last_plan, person
from otplan.errors import Usage
from otplan.operations import saved
from otplan.operations.ground import Ground
from otplan.operations.unattended import ground_of
from otplan.shell.table import connect


def approved_ground(console: Console, workspace: str | None, state: Path | None) -> Ground:
    """Return the ground of a workspace, by its name and registry, or of the last plan here."""
    if workspace is None or state is None:
        if not last_plan().exists():
            raise Usage("say which workspace", "otplan continue WORKSPACE --state FILE")
        plan = saved.load(last_plan()).plan
        workspace, state = workspace or plan.workspace.name, state or Path(plan.registry)
    return ground_of(workspace, str(state), person(console), connect("here"), str(config_folder()))
