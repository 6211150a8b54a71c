"""Measure a model with lm-evaluation-harness on the tasks of this element."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, Dict, List, Mapping

from beside import Trouble, attempt, config, end, share
from model_server import Server, weights
from ray_nodes import follow, follows


def _main() -> int:
    told = config()
    if follows(told.get("server")):
        return follow(told["server"])
    mine = share(told["tasks"])
    with Server(told.get("server")) as server:
        code = server.run(_argv(told, mine, server), {})
    if code == 0:
        text = json.dumps(_metrics(attempt() / "lm_eval"), indent=2, sort_keys=True)
        (Path(os.environ["OTPLAN_OUTPUT"]) / "metrics.json").write_text(text, encoding="utf-8")
    return code


def _argv(told: Mapping[str, Any], tasks: List[str], server: Server) -> List[str]:
    options = dict(told["lm_eval"])
    given = options.pop("model_args", {})
    if server.url:
        kind = "local-completions"
        reach = {"model": told["server"]["name"], "base_url": f"{server.url}/v1/completions"}
        # By its name there it would look for one on the Hub.
        reach["tokenizer"] = server.model
    else:
        kind = "hf"
        reach = {"pretrained": os.environ.get("OTPLAN_MODEL") or weights()}
    argv = [sys.executable, "-m", "lm_eval", "--model", options.pop("model", kind)]
    argv += ["--model_args", _pairs({**reach, **given}), "--tasks", ",".join(tasks)]
    argv += ["--output_path", str(attempt() / "lm_eval")]
    for name, value in sorted(options.items()):
        if value is not False:
            argv += [f"--{name}"] + ([] if value is True else [_text(value)])
    return argv


def _text(value: object) -> str:
    return _pairs(value) if isinstance(value, dict) else str(value)


def _pairs(values: Mapping[str, Any]) -> str:
    return ",".join(f"{name}={value}" for name, value in values.items())


def _metrics(folder: Path) -> Dict[str, float]:
    """Return each task's metrics and their errors: `acc,none` of a task is `<task>.acc`."""
    files = sorted(folder.glob("**/results_*.json"), key=lambda path: path.stat().st_mtime)
    if not files:
        raise Trouble("no_evidence", f"lm-evaluation-harness left no results in {folder}")
    found = {}
    for task, values in json.loads(files[-1].read_text(encoding="utf-8"))["results"].items():
        for name, value in values.items():
            metric, _, way = name.partition(",")
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                found[".".join([task, metric] + ([way] if way not in ("", "none") else []))] = value
    return found


if __name__ == "__main__":
    end(_main)
