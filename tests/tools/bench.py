"""A place where a tool runs as it does in a job, with stubs for vLLM and Harbor."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.home_guard import ROOT
from tests.tools.bring import TOOLS

STUBS = Path(__file__).parent / "stubs"
QUIET: dict[str, Any] = {"HARBOR_TELEMETRY": "off", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
"""What keeps Harbor off the internet."""


def harbor() -> Path:
    """Return Harbor's own program, which tests/services/harbor installs; else skip the test."""
    usual = ROOT / ".cache" / "harbor" / "bin" / "harbor"
    path = Path(os.environ.get("OTPLAN_HARBOR", usual))
    if not path.exists():
        pytest.skip("Harbor is not installed: tests/services/harbor does it, or says why not")
    return path


@dataclass(frozen=True, slots=True)
class Bench:
    """A run folder, and the folder by which the stubs are told how to behave."""

    root: Path
    n: int = 1

    @property
    def run(self) -> Path:
        """Return the run folder, the same for every attempt."""
        return self.root / "run"

    @property
    def attempt(self) -> Path:
        """Return the attempt's folder."""
        return self.run / f"attempt-{self.n}"

    @property
    def output(self) -> Path:
        """Return what the tool has to fill."""
        return self.attempt / "output"

    @property
    def control(self) -> Path:
        """Return where the stubs look."""
        return self.root / "control"

    def prepare(self) -> Bench:
        """Make the folders."""
        for path in (self.output, self.control):
            path.mkdir(parents=True, exist_ok=True)
        return self

    def tasks(self, *names: str) -> Path:
        """Make a dataset of tasks."""
        for name in names:
            folder = self.root / "tasks" / "tasks" / name
            folder.mkdir(parents=True)
            (folder / "task.toml").write_text("")
            (folder / "instruction.md").write_text(f"solve {name}\n")
        return self.root / "tasks"

    def tell(self, name: str, text: str) -> None:
        """Tell a stub how to behave."""
        (self.control / name).write_text(text)

    def told(self, name: str) -> list[Any]:
        """Return what a stub noted, a line each."""
        path = self.control / name
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def start(
        self, tool: str, config: dict[str, Any], *argv: str, **env: str
    ) -> subprocess.Popen[str]:
        """Start a tool with its config; `env` are variables besides the contract's."""
        python = env.pop("python", sys.executable)
        path = self.attempt / "config.json"
        path.write_text(json.dumps(config))
        return subprocess.Popen(
            [python, str(TOOLS / f"{tool}.py"), *argv],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={
                **os.environ,
                "PATH": f"{STUBS / 'bin'}:{os.environ['PATH']}",
                "PYTHONPATH": str(STUBS / "lib"),
                "STUB_SERVER": str(self.control),
                "STUB_HARBOR": str(self.control),
                "OTPLAN_CONFIG": str(path),
                "OTPLAN_RUN_DIR": str(self.run),
                "OTPLAN_OUTPUT": str(self.output),
                **env,
            },
        )

    def end(self, tool: str, config: dict[str, Any], *argv: str, **env: str) -> tuple[int, str]:
        """Run a tool to its end; return its exit code and what it said."""
        started = self.start(tool, config, *argv, **env)
        try:
            said, _ = started.communicate(timeout=60)
        finally:
            started.send_signal(signal.SIGKILL)
        return started.returncode, said

    @property
    def cause(self) -> str:
        """Return the cause that the tool named."""
        path = self.attempt / "cause"
        return path.read_text().strip() if path.exists() else ""

    def lines(self, name: str) -> list[Any]:
        """Return the rows of an output."""
        return [json.loads(line) for line in (self.output / name).read_text().splitlines()]

    def document(self, name: str) -> Any:  # noqa: ANN401 - JSON
        """Return an output."""
        return json.loads((self.output / name).read_text())
