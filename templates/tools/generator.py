"""Run a generator of tasks: the stage's arguments, and what every generator is told."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, Mapping

from beside import attempt, config, end
from model_server import Server
from ray_nodes import follow, follows


def _main() -> int:
    told = config()
    if follows(told.get("server")):
        return follow(told["server"])
    with Server(told.get("server")) as server:
        code = server.run([*sys.argv[1:], *_options(told, server)], _environment(told))
    if code == 0:
        _count(Path(os.environ["OTPLAN_OUTPUT"]))
    return code


def _count(output: Path) -> None:
    """Say how many tasks there are, unless the generator left metrics or makes no such folders."""
    tasks = sum(1 for _ in output.glob("tasks/**/task.toml"))
    if tasks and not (output / "metrics.json").exists():
        _write(output / "metrics.json", {"rows": tasks})


def _options(told: Mapping[str, Any], server: Server) -> list[str]:
    output = Path(os.environ["OTPLAN_OUTPUT"]) / "tasks"
    engine = attempt() / "engine.json"
    argv = ["--stage", "tasks", "--output-dir", str(output), "--no-upload"]
    argv += ["--engine-config", str(engine)]
    if server.url:
        endpoint = attempt() / "endpoint.json"
        _write(endpoint, {"endpoint_url": f"{server.url}/v1", "model_name": told["server"]["name"]})
        argv += ["--endpoint-json", str(endpoint)]
        reach = {"base_url": f"{server.url}/v1", "endpoint_json": str(endpoint)}
        told["engine"].setdefault("engine", {})["vllm_local"] = reach
    # JSON is YAML, so a generator reads it as the file it knows.
    _write(engine, told["engine"])
    if "OTPLAN_INPUT_INPUT" in os.environ:
        argv += ["--input-dir", os.environ["OTPLAN_INPUT_INPUT"]]
    for name, value in told["generator"].items():
        argv += [f"--{name.replace('_', '-')}", str(value)]
    for option, number in (("index", "ELEMENT"), ("count", "ELEMENTS")):
        if told.get("part"):
            argv += [f"--{told['part'][option]}", os.environ[f"OTPLAN_{number}"]]
    for name in told["asked"]:
        argv += [f"--sandbox-{name.replace('_', '-')}", str(told["sandbox"][name])]
    return argv if told["verification"] else [*argv, "--disable-verification"]


def _environment(told: Mapping[str, Any]) -> dict[str, str]:
    return {f"SANDBOX_{name.upper()}": str(size) for name, size in told["sandbox"].items()}


def _write(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(f"{json.dumps(value, indent=2, sort_keys=True)}\n", encoding="utf-8")


if __name__ == "__main__":
    end(_main)
