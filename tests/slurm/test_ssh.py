"""The chain, from a machine that has no Slurm and does not see the folder of experiments."""

import getpass
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shell.sshd import running
from tests.slurm.lab import configuration
from tests.slurm.laptop import Laptop
from tests.slurm.test_chain import STEPS

pytestmark = [
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root has mount namespaces"),
]


@pytest.fixture
def laptop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Laptop]:
    """Return an empty project on a laptop; the cluster's login node is this machine."""
    lab = configuration()
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "sshd").mkdir()
    # Of several lines with SetEnv the first counts (sshd_config(5)).
    there = f"SetEnv SLURM_CONF={lab} MINIATURE={tmp_path / 'control'} PATH={os.environ['PATH']}"
    with running(tmp_path / "sshd", monkeypatch, there) as sshd:
        sshd.login("login")
        monkeypatch.setenv("SLURM_CONF", lab)
        laptop = Laptop(tmp_path, sshd, lab)
        laptop.prepare()
        yield laptop
        laptop.clear()


def test_the_quickstart_goes_from_plan_to_done(laptop: Laptop) -> None:
    laptop("init", ".")
    laptop.make(laptop.read().replace("cluster: local\n", "cluster: lab\n"))

    planned = laptop("plan", "manifest.yaml")
    plan_calls = laptop.calls()
    laptop.submit()
    apply_calls = laptop.calls()
    laptop.until_all("done")
    laptop("sync", "manifest.yaml")
    log = laptop("logs", "training.ngram[order=3]", "-m", "manifest.yaml").out

    assert "10 to submit" in planned.out
    assert (plan_calls, apply_calls) == (1, 1)
    assert "No changes. 10 done." in laptop("plan", "manifest.yaml", "--detailed-exitcode").out
    assert list(laptop.records(10).values()) == [["COMPLETED"]] * 10
    assert log
    assert len(laptop("results", "manifest.yaml", "--json").document["tables"]["evals"]) == 4


def test_the_laptop_sees_nothing_of_the_cluster(laptop: Laptop) -> None:
    laptop.make()
    laptop.submit()
    laptop.until_all("done")

    seen = laptop.sees(laptop.root / "experiments", Path(laptop.configuration).parent)

    assert [line for line in seen if not line.endswith(":")] == []
    assert sorted(path.name for path in (laptop.root / "experiments").iterdir()) == [
        ".gitignore",
        "code",
        "miniature",
        f"site-limits.lab.{getpass.getuser()}.json",
    ]


def test_a_failure_is_explained_retried_and_its_children_run(laptop: Laptop) -> None:
    laptop.make()
    laptop.fail("train-3")
    laptop.submit()
    laptop.until("training.ngram[order=3]/train", "failed")
    laptop.until("eval.bits[order=5]/evaluate", "done")
    why = laptop("why", "training.ngram[order=3]", "-m", "manifest.yaml").out
    laptop.mend("train-3")

    laptop("retry", "training.ngram[order=3]", "-m", "manifest.yaml")
    said = laptop.submit()

    assert "model.bin: No such file or directory" in why
    assert "1 submitted, 1 updated" in said.out
    laptop.until_all("done")
    assert Counter(laptop.ran()) == {step: 1 + (step == "train-3") for step in STEPS}


def test_what_queues_is_updated_in_place_and_cancelled(laptop: Laptop) -> None:
    laptop.make()
    laptop.hold("pairs", "heldout")
    laptop.submit()
    before = laptop.jobs()
    laptop.edit('time: "00:10:00"', 'time: "00:20:00"')

    said = laptop.submit()
    limits = laptop.slurm("squeue", "-h", "-t", "PD", "-o", "%i %l", "-j", ",".join(before))
    laptop("cancel", "*", "-m", "manifest.yaml")

    assert "updated" in said.out
    assert {line.split()[1] for line in limits.splitlines()} == {"20:00"}
    laptop.wait(lambda: laptop.jobs() == [], "not all are cancelled")


def test_without_a_login_all_is_unknown_and_nothing_is_done(laptop: Laptop) -> None:
    laptop.make()
    laptop.edit("login: login", "login: nobody", "clusters/lab.yaml")
    laptop.sshd.alias("nobody")

    planned = laptop("plan", "manifest.yaml", code=8)
    refused = laptop.submit(code=8)

    assert laptop.calls() == 2
    assert "9 unknown" in planned.out
    for said in (planned, refused):
        assert "nobody cannot be reached" in said.err
        assert "Permission denied" in said.err
        assert "\n    ssh nobody\n" in said.err
    assert not (laptop.root / "experiments" / "miniature").exists()
