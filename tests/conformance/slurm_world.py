"""The real Slurm of `./dev slurm`, for one test: real scripts, and nothing left in its queue."""

import time
from pathlib import Path
from typing import Any

from otplan.core.job import JobRef, Order
from otplan.schedulers.slurm.scheduler import Site, Slurm
from otplan.shell.here import Here
from tests.conformance.scheduler_world import Does, World

# What the scheduler's partial does in a real script (templates/scheduler/slurm.j2).
HEAD = """\
#!/bin/bash
export OTPLAN_JOB_ID=${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}
[ -z "$SLURM_ARRAY_JOB_ID" ] || OTPLAN_JOB_ID=${OTPLAN_JOB_ID}_$SLURM_ARRAY_TASK_ID
export OTPLAN_ELEMENT=$SLURM_ARRAY_TASK_ID
"""


class SlurmWorld(World):
    """The lab's Slurm, as the user who runs the tests."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.made: list[JobRef] = []
        self.scheduler: Slurm = Slurm("lab", Here(), Site(), lambda: int(time.time()))

    def written(self, name: str, script: str, **fields: Any) -> Order:  # noqa: ANN401
        order = super().written(name, script, **fields)
        path = self.folder / name / "script"
        path.write_text(HEAD + path.read_text())
        return order

    def submit(self, name: str, does: Does = Does.SUCCEED, **fields: Any) -> JobRef:  # noqa: ANN401
        self.made.append(super().submit(name, does, **fields))
        return self.made[-1]

    def turn(self) -> None:
        time.sleep(0.1)

    def starts(self, name: str) -> list[str]:
        path = self.folder / name / "starts"
        return sorted(path.read_text().split()) if path.exists() else []

    def let_go(self, name: str) -> None:
        (self.folder / name / "go").touch()

    def close(self) -> None:
        """Leave nothing queued and nothing running."""
        self.scheduler.cancel(self.made, {})
