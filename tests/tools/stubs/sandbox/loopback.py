"""A sandbox that is a folder of this machine, and an agent that asks the model once.

With these the real Harbor runs whole trials offline; nothing here keeps a task from anything.
"""
# mypy: ignore-errors

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import urllib.request

from harbor.agents.base import BaseAgent
from harbor.environments.base import BaseEnvironment, ExecResult
from harbor.environments.capabilities import EnvironmentCapabilities


class Folder(BaseEnvironment):
    """A folder; what a sandbox calls /x is x in it."""

    capabilities = EnvironmentCapabilities()

    @staticmethod
    def type():
        return "folder"

    @classmethod
    def resource_capabilities(cls):
        return None

    def _validate_definition(self):
        pass

    async def start(self, force_build):
        control = pathlib.Path(os.environ["STUB_HARBOR"]) / "broken"
        left = int(control.read_text()) if control.exists() else 0
        if left:
            control.write_text(str(left - 1))
            raise ConnectionError("the sandbox broke, as it was told")
        self.root = pathlib.Path(tempfile.mkdtemp())
        for path in ("tests", "app", "logs/agent", "logs/verifier", "logs/artifacts"):
            (self.root / path).mkdir(parents=True)

    async def stop(self, delete):
        shutil.rmtree(getattr(self, "root", "/nowhere"), ignore_errors=True)

    def _at(self, path):
        return self.root / str(path).lstrip("/")

    async def upload_file(self, source_path, target_path):
        self._at(target_path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source_path, self._at(target_path))

    async def upload_dir(self, source_dir, target_dir):
        shutil.copytree(source_dir, self._at(target_dir), dirs_exist_ok=True)

    async def download_file(self, source_path, target_path):
        pathlib.Path(target_path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self._at(source_path), target_path)

    async def download_dir(self, source_dir, target_dir):
        if self._at(source_dir).exists():
            shutil.copytree(self._at(source_dir), target_dir, dirs_exist_ok=True)

    async def exec(self, command, cwd=None, env=None, timeout_sec=None, user=None, **_):
        for name in ("tests", "logs", "app"):
            command = command.replace(f"/{name}/", f"{self.root}/{name}/")
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.root,
            env={**os.environ, **(env or {}), "SANDBOX": str(self.root)},
            capture_output=True,
            text=True,
        )
        return ExecResult(stdout=done.stdout, stderr=done.stderr, return_code=done.returncode)


class Asker(BaseAgent):
    """Ask once, and leave the answer in the sandbox and in a trajectory."""

    @staticmethod
    def name():
        return "asker"

    def version(self):
        return "1"

    async def setup(self, environment):
        pass

    async def run(self, instruction, environment, context):
        body = {"messages": [{"role": "user", "content": instruction}], "model": self.model_name}
        request = urllib.request.Request(
            f"{os.environ['HOSTED_VLLM_API_BASE']}/chat/completions",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            said = json.loads(answer.read())["choices"][0]["message"]["content"]
        await environment.exec(f"echo {len(said)} > /app/answer")
        steps = [("user", instruction), ("agent", said)]
        trajectory = {
            "schema_version": "ATIF-v1.5",
            "session_id": "1",
            "agent": {"name": "asker", "version": "1", "model_name": self.model_name},
            "steps": [
                {"step_id": n, "source": source, "message": text}
                for n, (source, text) in enumerate(steps, 1)
            ],
        }
        self.logs_dir.mkdir(parents=True, exist_ok=True)
        (self.logs_dir / "trajectory.json").write_text(json.dumps(trajectory))
