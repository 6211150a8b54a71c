"""How often Slurm is asked, however many jobs there are."""

import os
from collections import Counter
from pathlib import Path

import pytest

from tests.slurm.site import Site

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(600)]

COMMANDS = ("sbatch", "scancel", "sacct", "scontrol", "sinfo", "sacctmgr", "squeue", "sstat")
HEAD = """\
otplan: 1
workspace: asked
cluster: lab
code: [step.sh]
defaults: {scripts: {script: step.sh, slurm: {time: "00:10:00"}}}
scripts:
"""


@pytest.fixture
def calls(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a counter in front of every command of Slurm; return the file that it writes."""
    folder, log = tmp_path / "bin", tmp_path / "calls"
    folder.mkdir()
    for name in COMMANDS:
        true = site.slurm("which", name).strip()
        path = folder / name
        path.write_text(f'#!/bin/sh\necho {name} >>{log}\nexec {true} "$@"\n')
        path.chmod(0o755)
    log.touch()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return log


def _counted(calls: Path) -> Counter[str]:
    """Return how often each command was called since this was asked last."""
    counted = Counter(calls.read_text().split())
    calls.write_text("")
    return counted


def test_a_chain_of_a_thousand_is_submitted_looked_at_and_cancelled(
    site: Site, calls: Path
) -> None:
    site.hold("s0")
    reads = ["", *(f", inputs: {{a: s{n - 1}}}" for n in range(1, 1000))]
    site.make(HEAD + "".join(f"  s{n}: {{args: {{step: s{n}}}{r}}}\n" for n, r in enumerate(reads)))

    site.submit()
    submitted = _counted(calls)
    planned = site.plan()
    looked = _counted(calls)
    site("cancel", "script.*", "-m", "manifest.yaml")
    cancelled = _counted(calls)

    limits = {"scontrol": 2, "sinfo": 1, "sacctmgr": 2}
    assert submitted == {"squeue": 1, "sbatch": 1000} | limits
    assert planned == {}
    assert looked.total() <= 2
    assert looked["squeue"] == 1
    assert cancelled["scancel"] == 1
    site.wait(lambda: site.jobs() == [], "the chain is not cancelled")


def test_a_watch_asks_the_queue_once_a_minute(site: Site, calls: Path) -> None:
    site.hold("s0")
    site.make(HEAD + "  s0: {args: {step: s0}}\n")
    site.submit()
    _counted(calls)

    with site.later(5.0, site.let_go):
        said = site("status", "-m", "manifest.yaml", "--watch").out

    looks = said.count("Looked at")
    assert looks == 2
    assert _counted(calls)["squeue"] == looks
    assert "1 done.\n" in said


def test_one_stage_is_explained_with_three_questions(site: Site, calls: Path) -> None:
    site.hold("s0")
    site.make(HEAD + "".join(f"  s{n}: {{args: {{step: s{n}}}}}\n" for n in range(20)))
    site.submit()
    site.until("script.s0/run", "running")
    _counted(calls)

    site("why", "script.s0", "-m", "manifest.yaml")
    asked = _counted(calls)

    assert asked["squeue"] == asked["sstat"] == 1
    assert asked["sacct"] <= 2
    assert set(asked) <= {"squeue", "sacct", "sstat"}
