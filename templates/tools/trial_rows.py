"""What a catalog keeps of each of Harbor's trials: one line of JSON, beside the metrics.

It holds no configuration, no message and no text of anybody: those may be long, and may be secret.
Imported by the tool beside it.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Dict, Iterator, Mapping, Tuple

from beside import say
from outcome import Trial, broke, reward

FILE = "trials.jsonl"

_PHASES = ("environment_setup", "agent_setup", "agent_execution", "verifier")
_UNNAMED = "unknown"
"""A provider that nobody named, as Harbor's own tables have it (models/trial/result.py)."""
_VERIFIER = 600.0
"""Seconds, where a task says nothing (Harbor, models/task/config.py: VerifierConfig)."""


def write(trials: Mapping[Path, Trial], tasks: Path, output: Path) -> Dict[str, str]:
    """Write a line for each trial into the output; return the metric that tells its digest.

    Where a trial does not say which state of a task it tried, or the task is not in the folder,
    nothing is written: a catalog has all trials of an evaluation, or none.
    """
    try:
        rows = [_row(trial, tasks) for trial in trials.values()]
    except (KeyError, OSError, ImportError, ValueError) as error:
        say(f"the catalog gets no rows of these trials: {type(error).__name__}: {error}")
        return {}
    lines = sorted(json.dumps(row, sort_keys=True) for row in rows)
    content = "".join(f"{line}\n" for line in lines).encode("utf-8")
    (output / FILE).write_bytes(content)
    return {"trials_digest": f"sha256:{hashlib.sha256(content).hexdigest()}"}


def _row(trial: Trial, tasks: Path) -> Dict[str, Any]:
    model = (trial.get("agent_info") or {}).get("model_info") or {}
    row: Dict[str, Any] = {
        "name": trial["trial_name"],
        "uri": trial["trial_uri"],
        "task": _task(trial, tasks),
        "reward": reward(trial),
        "error": broke(trial) or None,
        "times": dict(_times(trial)),
        "provider": model.get("provider") or _UNNAMED,
    }
    row["input_tokens"], row["output_tokens"] = _tokens(trial)
    return row


def _task(trial: Trial, tasks: Path) -> Dict[str, Any]:
    """Return the task as its table has it; an agent without a time limit has 0."""
    from tomllib import loads

    given = trial.get("task_id") or {}
    folder = Path(given.get("path") or trial["task_name"]).name
    told = loads((tasks / folder / "task.toml").read_text(encoding="utf-8"))
    return {
        "checksum": trial["task_checksum"],
        "name": trial["task_name"],
        "path": folder,
        "git_url": given.get("git_url"),
        "git_commit": given.get("git_commit_id"),
        "agent_timeout": told.get("agent", {}).get("timeout_sec") or 0,
        "verifier_timeout": told.get("verifier", {}).get("timeout_sec", _VERIFIER),
    }


def _times(trial: Trial) -> Iterator[Tuple[str, str]]:
    """Yield when the trial and each phase of it began and ended, by the columns for it."""
    for phase in ("", *_PHASES):
        span = trial.get(phase) if phase else trial
        for told, column in (("started_at", "started_at"), ("finished_at", "ended_at")):
            moment = (span or {}).get(told)
            if moment:
                yield (f"{phase}_{column}" if phase else column), moment


def _tokens(trial: Trial) -> "Tuple[Any, Any]":
    """Return the tokens that went into the model and came out; a trial may have several steps."""
    steps = [trial, *(trial.get("step_results") or [])]
    spent = [step.get("agent_result") or {} for step in steps]
    went, came = (
        [one[key] for one in spent if one.get(key) is not None]
        for key in ("n_input_tokens", "n_output_tokens")
    )
    return (sum(went) if went else None), (sum(came) if came else None)
