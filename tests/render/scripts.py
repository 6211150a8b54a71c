"""Stages to render, and a sandbox folder in which their scripts really run."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from otplan.core.address import Address
from otplan.core.cluster import Cluster
from otplan.core.record import Attempt
from otplan.core.stage import Limits, Program, Stage
from otplan.errors import Place
from otplan.render.script import files
from otplan.render.values import Input, Setting

OURS = "v1:0123456789abcdef0123456789abcdef01234567"
OTHER = "v1:fedcba9876543210fedcba9876543210fedcba98"


def stage(command: str = "echo made >$OTPLAN_OUTPUT/data.jsonl", **changes: Any) -> Stage:  # noqa: ANN401 - any field of it
    plain = Stage(
        addresses=(Address("script", "count"),),
        role="run",
        template="script.run",
        fingerprint=OURS,
        components={},
        digest="d",
        cluster="local",
        program=Program(argv=("bash", "-c", command)),
        limits=Limits(),
        outputs=("data.jsonl",),
    )
    return replace(plain, **changes)


def attempt(made: Stage, folder: str, n: int = 1, **changes: Any) -> Attempt:  # noqa: ANN401 - any field of it
    plain = Attempt(
        fingerprint=made.fingerprint,
        n=n,
        address=str(made.addresses[0]),
        role=made.role,
        name=f"count.otp-abcdefghijkl.{n}",
        cluster="local",
        folder=folder,
        digest=made.digest,
        user="ada",
        manifest="example.org/ada/words:manifests/words.yaml",
        approval=1,
        at=0,
        outputs=made.outputs,
    )
    return replace(plain, **changes)


def setting(code: str, *inputs: Input, **cluster: Any) -> Setting:  # noqa: ANN401 - any field of it
    site = Cluster("local", "local", "/experiments", Place("local.yaml"), **cluster)
    return Setting("words", site, code, inputs)


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A folder with a run folder `run` and a code folder `code`, where scripts are started."""

    root: Path
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def code(self) -> Path:
        folder = self.root / "code"
        folder.mkdir(exist_ok=True)
        return folder

    def write(self, made: Stage, n: int = 1, *inputs: Input, **changes: Any) -> Path:  # noqa: ANN401 - any field of it
        """Put the files of an attempt where they belong; return the script."""
        site = {
            name: changes.pop(name)
            for name in ("env", "paths", "secrets", "activate")
            if name in changes
        }
        beside = changes.pop("beside", "")
        tried = attempt(made, str(self.run), n, **changes)
        where = replace(setting(str(self.code), *inputs, **site), beside=beside)
        folder = self.run / f"attempt-{n}"
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files(made, tried, where).items():
            (folder / name).write_bytes(content)
        return folder / "script.sh"

    def start(self, script: Path, job: str = "1", element: int = -1) -> subprocess.Popen[bytes]:
        """Start a script as the local scheduler does: leader of a session, with its job id."""
        told = {"OTPLAN_JOB_ID": job} | ({"OTPLAN_ELEMENT": str(element)} if element >= 0 else {})
        log = self.root / f"log-{job}"
        with log.open("ab") as out:
            return subprocess.Popen(
                ["bash", script],
                env={"PATH": os.environ["PATH"], "HOME": str(self.root), **told, **self.env},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def end(self, script: Path, job: str = "1", element: int = -1) -> int:
        """Run a script to its end; return its exit code."""
        return self.start(script, job, element).wait(30)

    def log(self, job: str = "1") -> str:
        return (self.root / f"log-{job}").read_text()

    def marker(self, cell: str = ".") -> dict[str, Any] | None:
        path = self.run / cell / "done.json"
        return json.loads(path.read_text()) if path.exists() else None

    def result(self, n: int = 1, cell: str = ".") -> dict[str, Any] | None:
        path = self.run / cell / f"attempt-{n}" / "result.json"
        return json.loads(path.read_text()) if path.exists() else None

    def output(self, name: str = "data.jsonl", n: int = 1, cell: str = ".") -> Path:
        return self.run / cell / f"attempt-{n}" / "output" / name

    def upstream(self, name: str, fingerprint: str = OTHER, **contents: str) -> Path:
        """Make a run folder with a marker, as an earlier job would leave it."""
        folder = self.root / name
        output = folder / "attempt-1" / "output"
        output.mkdir(parents=True)
        for file, text in contents.items():
            (output / file).write_text(text)
        values = {"otplan": 1, "fingerprint": fingerprint, "attempt": 1, "output": str(output)}
        values |= {f"file.{file}": len(text) for file, text in contents.items()}
        (folder / "done.json").write_text(json.dumps(values, indent=0) + "\n")
        return folder


def until(path: Path, seconds: float = 10.0) -> None:
    """Wait until a file is there, and written."""
    ends = time.monotonic() + seconds
    while not path.exists() or not path.stat().st_size:
        assert time.monotonic() < ends, f"{path} did not appear"
        time.sleep(0.01)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a script and all it started, as a machine that loses power does."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
