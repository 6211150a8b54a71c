"""The files of one attempt: its script and configuration, as they are written and shown."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from otplan.core import layout
from otplan.core.graph import Resolved
from otplan.core.record import Attempt
from otplan.core.stage import Stage
from otplan.operations.ground import Ground
from otplan.render.inputs import inputs_of
from otplan.render.script import files
from otplan.render.values import Setting


def attempt_files(
    ground: Ground, resolved: Resolved, stage: Stage, attempt: Attempt
) -> Mapping[str, bytes]:
    """Return the files of an attempt by name; `resolved` holds the code and what it reads."""
    stages = {one.fingerprint: one for one in resolved.stages}
    folders = {
        need.fingerprint: layout.run_folder(
            ground.home(stages[need.fingerprint].cluster), ground.workspace, need.fingerprint
        )
        for need in stage.needs
    }
    setting = Setting(
        workspace=ground.workspace,
        cluster=ground.clusters[stage.cluster],
        code=layout.code_folder(ground.home(stage.cluster), resolved.code),
        inputs=inputs_of(stage, stages, folders),
        beside=resolved.workspace.path.rpartition("/")[0],
        user=ground.person.folder,
        owner=resolved.workspace.id,
    )
    return files(stage, attempt, setting)


def intent(attempt: Attempt) -> bytes:
    """Return the copy of an attempt's row that lies beside its script."""
    return msgspec.json.encode(attempt)
