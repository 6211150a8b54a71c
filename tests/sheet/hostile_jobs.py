"""A sandbox folder in which a whole manifest's scripts run, with stand-ins for what a site has."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from otplan.core import layout
from otplan.core.stage import Program, Stage
from otplan.operations.ground import Person
from otplan.operations.progress import Silent
from otplan.operations.project import Asked, Project, open_project
from otplan.operations.rendering import render
from otplan.shell.here import Here
from tests.sheet.hostile import CANARY, ENDINGS, FILES

CLUSTER = """scheduler: slurm
experiments_dir: {root}/experiments
internet: compute
nodes: 4
gpus: 4
cpus: 8
launchers: [torchrun]
container: {{runtime: apptainer, image: /image.sif, enter: "set -e"}}
"""
"""A site where every value passes srun, a container's shell and torchrun before its program."""

RECORDER = r"""#!/bin/bash
# Stands for every program: keeps what it was told, and leaves what it should.
set -eu
attempt=${OTPLAN_OUTPUT%/output}
for word; do printf '%s\0' "$word"; done >"$attempt/argv"
cat /proc/self/environ >"$attempt/environ"
while IFS= read -r -d '' path; do
    mkdir -p -- "$(dirname -- "$OTPLAN_OUTPUT/$path")"
    echo made >"$OTPLAN_OUTPUT/$path"
done <"$OTPLAN_CODE/outputs"
"""
STUBS = {
    "recorder": RECORDER,
    "srun": '#!/bin/bash\nwhile [[ $1 == --* ]]; do shift; done\nexec "$@"\n',
    "apptainer": '#!/bin/bash\nwhile [[ $1 != /image.sif ]]; do shift; done\nshift\nexec "$@"\n',
    "python3": """#!/bin/bash
if [[ $1 == -m ]]; then
    while [[ $1 != --no-python ]]; do shift; done
    shift
    exec "$@"
fi
exec recorder "$@"
""",
    "scontrol": "#!/bin/sh\necho node1\n",
    "squeue": "#!/bin/sh\n",
    "run": '#!/bin/sh\nexec recorder "$@"\n',
}
PERSON = Person("ada", clock=lambda: 1_800_000_000, pause=lambda _: None, progress=Silent())


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A folder with a manifest, stand-ins on PATH, a home, and a folder of experiments."""

    root: Path

    @property
    def manifest(self) -> Path:
        return self.root / "code" / "manifest.yaml"

    def furnish(self, text: str) -> None:
        """Put everything there that a manifest may name, files of a hostile name, too."""
        for name in ("code/clusters", "stubs", "home", "experiments"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        (self.root / "code/clusters/site.yaml").write_text(CLUSTER.format(root=self.root))
        canary = f"#!/bin/sh\necho it ran >>{self.root}/canary\n"
        for name, content in {**STUBS, CANARY: canary}.items():
            _program(self.root / "stubs" / name, content)
        for name, content in FILES.items():
            _program(self.root / "code" / name, content)
        if "/" in text or "\0" in text or "\ud800" in text or not 0 < len(text) < 250:
            return
        _program(self.root / "stubs" / text, FILES["one.py"])
        for ending in {"", *ENDINGS.values()}:
            content = FILES["one.yaml" if ending == ".yaml" else "one.py"]
            _program(self.root / "code" / f"{text}{ending}", content)

    def write(self, manifest: Mapping[str, Any]) -> Asked:
        """Write the manifest, as JSON, which is YAML."""
        self.manifest.write_text(json.dumps(manifest, indent=1))
        return Asked(str(self.manifest))

    def open(self, manifest: Mapping[str, Any]) -> Project:
        """Open the manifest; its sources are looked at."""
        return open_project(self.write(manifest), Here(), PERSON)

    def everything(self) -> set[str]:
        """Return all that lies in the sandbox but below the folder of experiments."""
        found = (path.relative_to(self.root) for path in self.root.rglob("*"))
        return {str(path) for path in found if path.parts[0] != "experiments"}

    def run(self, project: Project, stage: Stage) -> Ran:
        """Run the script of a stage, as Slurm would; return what its program was told."""
        run = Path(layout.run_folder(str(self.root / "experiments"), "hostile", stage.fingerprint))
        folder = run / "attempt-1"
        folder.mkdir(parents=True)
        for name, content in render(project, stage).items():
            (folder / name).write_bytes(content)
        listed = "".join(f"{path}\0" for path in stage.outputs)
        (self.root / "code" / "outputs").write_text(listed)
        env = {"PATH": f"{self.root}/stubs:{os.environ['PATH']}", "HOME": f"{self.root}/home"}
        env |= {"SLURM_JOB_ID": "7", "SLURM_JOB_NODELIST": "node1", "SLURM_JOB_NUM_NODES": "1"}
        if stage.elements:
            env |= {"SLURM_ARRAY_JOB_ID": "7", "SLURM_ARRAY_TASK_ID": "0"}
        done = subprocess.run(
            ["bash", str(folder / "script.sh")],
            env=env,
            cwd=self.root / "home",
            capture_output=True,
            check=False,
        )
        cell = run / "e0" if stage.elements else run
        log = done.stderr.decode(errors="replace")
        return Ran(done.returncode, log, cell / "attempt-1", (folder / "script.sh").read_text())


@dataclass(frozen=True, slots=True)
class Ran:
    """One script that ran: how it ended, what it said, where, and itself."""

    code: int
    log: str
    folder: Path
    script: str

    def argv(self) -> list[str]:
        """Return what the program was told."""
        return _entries(self.folder / "argv")

    def environ(self) -> dict[str, str]:
        """Return the environment of the program."""
        pairs = (entry.partition("=") for entry in _entries(self.folder / "environ"))
        return {name: value for name, _, value in pairs}

    def heard(self, program: Program) -> bool:
        """Tell whether the program was told what its stage says, where there is one."""
        if not program.argv and not program.tool:
            return True
        assert (self.folder / "argv").exists(), "its program did not run"
        told, said = self.argv(), list(program.argv)
        # What starts it stands before: Python and a tool, bash and a script, or one program.
        verbatim = told[1:] == said if program.tool else told in (said[1:], said[2:])
        return verbatim and self.environ().items() >= program.env.items()


def _entries(path: Path) -> list[str]:
    if not path.exists():
        return []
    return path.read_bytes().decode(errors="surrogateescape").split("\0")[:-1]


def _program(path: Path, content: str) -> None:
    path.write_text(content)
    path.chmod(0o755)
