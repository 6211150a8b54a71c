"""Send to W&B what a run left where there was no internet: `report.py --entity e --project p`.

It needs wandb (0.31 was tried), and its key. Each start left a log of its own in
$OTPLAN_WANDB_RUNS; the client puts them into one run, each after the steps of the one before.
It ends with 0, and marks a log as sent, also where W&B took nothing of it: so W&B is asked whether
the run is over there, and a log whose end did not arrive is sent again by the next start. Its rows
keep their steps (run-*.wandb.syncstate), so what comes twice is there once.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

TIMEOUT = 60
"""Seconds for the question whether a run is there."""


def main() -> int:
    """Do it; return the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--entity", default="")
    parser.add_argument("--project", default="")
    told = parser.parse_args()
    os.environ.update(WANDB_RESUME="allow", WANDB_DIR=str(Path(os.environ["OTPLAN_OUTPUT"]).parent))
    try:
        import wandb  # noqa: F401
    except ImportError:
        print(f"{sys.executable} has no wandb, which this needs", file=sys.stderr)
        return 1
    logs = sorted(Path(os.environ["OTPLAN_WANDB_RUNS"]).glob("offline-run-*/run-*.wandb"))
    run = ""
    for log in logs:  # One after the other: where the second begins, the end of the first says.
        if told.entity and told.project:
            run = f"{told.entity}/{told.project}/{log.stem[4:]}"
        why = send(log) or (run and lacking(run))
        if why:
            mark(log).unlink(missing_ok=True)
            print(why, file=sys.stderr)
            return 1
    write(Path(os.environ["OTPLAN_OUTPUT"], "reported.json"), {"run": run, "starts": len(logs)})
    print(f"reported {len(logs)} starts of {run or 'a run that nobody names'}")
    return 0


def mark(log: Path) -> Path:
    """Return the file by which the client knows a log that it sent."""
    return log.with_name(f"{log.name}.synced")


def send(log: Path) -> str:
    """Send a log that was not sent yet; return why it did not arrive, empty where none says so."""
    if mark(log).exists():
        return ""
    argv = [sys.executable, "-m", "wandb", "sync", str(log)]
    ended = subprocess.run(
        argv, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    print(ended.stdout, end="")
    if ended.returncode or " ERROR " in ended.stdout or not mark(log).exists():
        return f"W&B did not take all of {log}"
    return ""


def lacking(path: str) -> str:
    """Return why a run is not all there, empty where it is."""
    import wandb

    try:
        # Else it asks who we are, which it needs for a path without an entity.
        own = {"entity": path.partition("/")[0]}
        state = wandb.Api(own, timeout=TIMEOUT).run(path).state
    except (wandb.errors.Error, ValueError) as error:
        return f"W&B does not show {path}: {error}"
    return f"W&B did not hear of the end of {path}" if state == "running" else ""


def write(path: Path, value: object) -> None:
    """Write JSON, whole or not at all."""
    beside = path.with_name(f".{path.name}.part")
    beside.write_text(json.dumps(value, indent=1, sort_keys=True))
    beside.replace(path)


if __name__ == "__main__":
    sys.exit(main())
