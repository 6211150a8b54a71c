"""The story of `otplan render`: the files of a stage's first attempt, as they would be written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from otplan.core import layout
from otplan.core.record import Attempt
from otplan.core.stage import Stage
from otplan.fingerprint.naming import job_name, token
from otplan.operations.project import Project
from otplan.operations.scripts import attempt_files
from otplan.render.code import live


def render(project: Project, stage: Stage) -> Mapping[str, bytes]:
    """Return the files that attempt 1 of a stage would have; nothing is written or asked.

    The code is the checkout itself, since nothing is exported.
    """
    if stage.given:
        return {}
    path = project.identity.path
    resolved = project.graph.resolved
    resolved = replace(
        resolved,
        code=live(path),
        workspace=replace(resolved.workspace, path=path),
    )
    return attempt_files(project.ground, resolved, stage, _first(project, stage))


def _first(project: Project, stage: Stage) -> Attempt:
    """Return the first attempt at a stage."""
    ground = project.ground
    return Attempt(
        fingerprint=stage.fingerprint,
        n=1,
        address=str(stage.addresses[0]),
        role=stage.role,
        name=job_name(stage.addresses[0].slug, token("", stage.fingerprint), 1),
        cluster=stage.cluster,
        folder=layout.run_folder(ground.home(stage.cluster), ground.workspace, stage.fingerprint),
        digest=stage.digest,
        user=ground.person.user,
        manifest=project.identity.manifest,
        approval=0,
        at=0,
        elements=tuple(stage.cells) if stage.elements else (),
    )
