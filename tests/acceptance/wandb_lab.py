"""A project whose trainings report to a W&B of this machine, with its real client."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.acceptance.lab import Lab
from tests.services.wandb.server import KEY, Store, running

MANIFEST = """
otplan: 1
workspace: watched
cluster: site
datasets:
  seeds:
    generate: {script: step.sh, args: {step: seeds}}
trainings:
  small:
    model: Qwen/Qwen3-8B
    datasets: [seeds]
    script: train.py
    args: {rate: 1}
    outputs: [model]
    attempts: 2
    wandb: {entity: team, project: small}
"""

TRAIN = """\
import os
import sys
from pathlib import Path

import wandb

before = Path(os.environ["OTPLAN_RUN_DIR"], "checkpoints", "steps")
start = int(before.read_text()) if before.exists() else 0
run = wandb.init()
for step in range(start, start + 3):
    run.log({"loss": 1 / (1 + step)})
before.write_text(str(start + 3))
if not start and Path(os.environ["MINIATURE"], "fail", "small").exists():
    sys.exit(1)
Path(os.environ["OTPLAN_OUTPUT"], "model").write_text("weights")
"""
"""Three steps in each start; the first start fails where it is told to."""


@contextmanager
def on_wandb(lab: Lab, patch: pytest.MonkeyPatch, internet: str = "compute") -> Iterator[Store]:
    """Serve a W&B, and let the project's cluster `site` and its jobs speak to it."""
    store = Store()
    (lab.folder / "clusters").mkdir()
    site = {
        "scheduler": "local",
        "experiments_dir": str(lab.root / "site"),
        "python": sys.executable,
        "internet": internet,
    }
    lab.write("clusters/site.yaml", "".join(f"{k}: {v}\n" for k, v in site.items()))
    lab.write("train.py", TRAIN)
    with running(store) as url:
        patch.setenv("WANDB_BASE_URL", url)
        patch.setenv("WANDB_API_KEY", KEY)
        lab.make(MANIFEST)
        yield store
        lab.settle()
