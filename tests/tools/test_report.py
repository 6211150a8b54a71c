"""Runs that stayed on a site, sent to W&B by its real client: whole, once, under their own id."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.wandb.server import KEY, Run, Store, running

TOOL = Path(__file__).parents[2] / "templates" / "tools" / "report.py"
PATH = "team/p/abc123"
LOSSES = {step: 1 / (1 + step) for step in range(6)}
START = """\
import sys, wandb
run = wandb.init()
for step in range(int(sys.argv[1]), int(sys.argv[1]) + 3):
    run.log({"loss": 1 / (1 + step)})
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run folder in which a program was started twice, without internet."""
    folder = tmp_path_factory.mktemp("run")
    told = {"WANDB_MODE": "offline", "WANDB_DIR": str(folder), "WANDB_RUN_ID": "abc123"}
    told |= {"WANDB_ENTITY": "team", "WANDB_PROJECT": "p", "WANDB_RESUME": "allow"}
    for first in ("0", "3"):
        argv = [sys.executable, "-c", START, first]
        subprocess.run(argv, env={**os.environ, **told}, check=True, capture_output=True)
        time.sleep(1)  # A run's folder is called by the second it began in.
    return folder


@pytest.fixture
def site(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Serve a W&B that the tool speaks to, of a run that was not sent yet."""
    store = Store()
    shutil.copytree(made / "wandb", tmp_path / "wandb", symlinks=True)
    output = tmp_path / "attempt-1" / "output"
    output.mkdir(parents=True)
    monkeypatch.setenv("OTPLAN_WANDB_RUNS", str(tmp_path / "wandb"))
    monkeypatch.setenv("OTPLAN_OUTPUT", str(output))
    monkeypatch.setenv("WANDB_MODE", "offline")  # As a site says to all its jobs.
    monkeypatch.setenv("WANDB_API_KEY", KEY)
    with running(store) as url:
        monkeypatch.setenv("WANDB_BASE_URL", url)
        yield store


def started() -> "subprocess.Popen[str]":
    argv = [sys.executable, str(TOOL), "--entity", "team", "--project", "p"]
    return subprocess.Popen(
        argv,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def report(*, code: int = 0) -> str:
    """Run the tool to its end; return what it said."""
    with started() as tool:
        said, _ = tool.communicate(timeout=120)
    assert tool.returncode == code, said
    return said


def losses(run: Run) -> dict[int, float]:
    """Return the losses of a run by their step; each step was told once, or alike each time."""
    rows = [(row["_step"], row["loss"]) for row in run.history.values()]
    assert len(set(rows)) == len(dict(rows))
    return dict(rows)


def test_two_starts_become_one_run_that_goes_on(site: Store) -> None:
    report()

    assert list(site.runs) == [PATH]
    assert losses(site.runs[PATH]) == LOSSES
    assert len(site.runs[PATH].history) == 6
    told = json.loads(Path(os.environ["OTPLAN_OUTPUT"], "reported.json").read_text())
    assert told == {"run": PATH, "starts": 2}


def test_killed_at_any_instant_it_is_whole_after_the_next_start(site: Store) -> None:
    for question in ("UpsertBucket", "file_stream", "CreateRunFiles"):
        tool = started()
        asked = len(site.asked)
        while not any(question in one for one in site.asked[asked:]) and tool.poll() is None:
            time.sleep(0.005)
        os.killpg(tool.pid, signal.SIGKILL)
        tool.communicate()

    report()

    assert list(site.runs) == [PATH]
    assert losses(site.runs[PATH]) == LOSSES
    assert site.runs[PATH].told()["state"] == "finished"


def test_what_the_client_calls_sent_and_wandb_did_not_take_is_sent_again(site: Store) -> None:
    site.faults["file_stream"] = 403

    said = report(code=1)
    before = losses(site.runs[PATH])
    site.faults.clear()
    report()

    assert "W&B did not take all of " in said
    assert before == {}
    assert losses(site.runs[PATH]) == LOSSES


def test_a_run_whose_end_did_not_arrive_is_sent_again(site: Store) -> None:
    report()
    site.runs[PATH].exit_code = -1

    said = report(code=1)
    report()

    assert "did not hear of the end" in said
    assert site.runs[PATH].told()["state"] == "finished"


def test_what_is_there_is_not_sent_again(site: Store) -> None:
    report()
    site.asked.clear()

    report()

    assert not [asked for asked in site.asked if "file_stream" in asked]


def test_a_training_that_left_no_run_is_told_and_no_failure(
    site: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTPLAN_WANDB_RUNS", str(tmp_path / "nothing"))

    said = report()

    assert "reported 0 starts" in said
    assert site.asked == []
