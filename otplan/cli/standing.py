"""The ground of an approval, where there is no manifest to open."""

from __future__ import annotations

from otplan.cli.console import Console
from otplan.cli.surroundings import config_folder, last_plan, person
from otplan.errors import Usage
from otplan.operations import saved
from otplan.operations.ground import Ground
from otplan.operations.unattended import ground_of
from otplan.shell.table import connect


def approved(workspace: str | None, state: str | None) -> tuple[str, str]:
    """Return a workspace and its registry, as named or as in the last plan here."""
    if workspace is not None and state is not None:
        return workspace, state
    if not last_plan().exists():
        raise Usage("say which workspace", "otplan continue WORKSPACE --state REGISTRY")
    plan = saved.load(last_plan()).plan
    return workspace or plan.workspace.name, state or plan.registry


def approved_ground(console: Console, workspace: str, state: str) -> Ground:
    """Return the ground of a workspace, by its name and registry."""
    return ground_of(workspace, state, person(console), connect("here"), str(config_folder()))
