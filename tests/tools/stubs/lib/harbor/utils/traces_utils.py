"""How the stub's trials are read: the three functions of Harbor that the tool calls."""

import json
from pathlib import Path
from typing import Any


def load_run_metadata(folder: Path) -> dict[str, Any]:
    """Return what a trial's result says."""
    result = json.loads((folder / "result.json").read_text())
    return {"agent_name": result["config"]["agent"].get("name"), **result}


def collect_conversations_from_trial(
    folder: Path, about: dict[str, Any], episodes: str
) -> list[dict[str, Any]]:
    """Return the one conversation of a trial."""
    path = folder / "agent" / "trajectory.json"
    if not path.exists():
        return []
    said = [{"role": role, "content": text} for role, text in json.loads(path.read_text())]
    return [{"conversations": said, "task": about["task_name"], "trial_name": folder.name}]


def collect_subagent_traces(folder: Path, about: dict[str, Any]) -> dict[str, list[Any]]:
    """Return what subagents said: nothing."""
    return {}
