"""The two ways of `otplan adopt`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from otplan.cli.asking import look
from otplan.cli.console import Console
from otplan.cli.options import choice
from otplan.cli.surroundings import project
from otplan.errors import Usage
from otplan.operations.deciding import adopt
from otplan.views import answer


def adopt_stages(given: dict[str, Any]) -> None:
    """Record stages as done."""
    seen = look(given, given["selector"])
    if given["output"] and len(seen.stages) != 1:
        raise Usage(f"--output is for one stage, and {len(seen.stages)} are meant")
    ground, snapshot = seen.project.ground, seen.planned.snapshot
    login = ground.clusters[seen.stages[0].cluster].login
    output = _place(given["output"], login) if given["output"] else ""
    adopted = adopt(ground, snapshot, seen.stages, output)
    labels = [stage.label for stage in adopted]
    lines = [f"{label} is done: adopted" for label in labels]
    seen.console.answer(lines, answer.json(adopted=labels), json=given["json"])


def _place(output: str, login: str) -> str:
    """Return the absolute path of what is adopted; raise Usage where that is not known here."""
    if login == "here":
        return str(Path(output).resolve())
    if not output.startswith("/"):
        raise Usage(f"--output is a folder on {login}: write it from `/` on")
    return output


def adopt_manifest(given: dict[str, Any]) -> None:
    """Make another manifest the owner of its workspace."""
    console = Console.of_terminal()
    opened = project(choice(given), console, offline=True)
    manifest = opened.identity.manifest
    opened.ground.registry.own(opened.ground.workspace, manifest)
    workspace = opened.ground.workspace
    lines = [f"the workspace `{workspace}` belongs to {manifest} now"]
    told = answer.json(workspace=workspace, manifest=manifest)
    console.answer(lines, told, json=given["json"])
