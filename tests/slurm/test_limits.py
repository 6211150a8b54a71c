"""What the lab allows is checked before anything is sent; a site that changes its mind is heard."""

import json
import os
from collections.abc import Iterator

import pytest

from tests.slurm.site import Site

pytestmark = pytest.mark.services

HEAD = """\
otplan: 1
workspace: limits
cluster: lab
defaults: {scripts: {script: step.sh, slurm: {time: "00:05:00"}}}
scripts:
  a: {args: {step: a}, %s}
  b: {args: {step: b}, inputs: {a: a}}
  beside: {args: {step: beside}}
"""
ARRAY = """\
otplan: 1
workspace: limits
cluster: lab
datasets:
  many:
    generate: {script: step.sh, args: {step: many}, outputs: [x], chunks: %d}
    slurm: {time: "00:05:00", qos: %s}
"""


@pytest.fixture
def own(site: Site) -> Iterator[str]:
    """Make a partition that no other test uses, for ten minutes at most; return its name."""
    name = f"own{os.getpid()}"
    site.slurm("scontrol", "create", f"PartitionName={name}", "Nodes=ALL", "MaxTime=10")
    yield name
    site.clear()
    site.wait(lambda: site.jobs() == [], "there are still jobs")
    site.slurm("scontrol", "delete", f"PartitionName={name}")


def _change(site: Site, partition: str, words: str) -> None:
    site.slurm("scontrol", "update", f"PartitionName={partition}", words)


def _grow_older(site: Site, seconds: int) -> None:
    """Let what the site said be older than it is."""
    said = json.loads(site.kept.read_text())
    site.kept.write_text(json.dumps(said | {"at": said["at"] - seconds}))


@pytest.mark.parametrize(
    ("asks", "told"),
    [
        ('slurm: {time: "00:30:00", partition: short}', "partition `short` gives 10:00"),
        ("nodes: 3, slurm: {partition: short}", "partition `short` gives 2 to a job"),
        ("nodes: 9", "of the nodes of partition `main` 8 will do, and it asks for 9"),
        ("slurm: {partition: nowhere}", "there is no partition `nowhere`; there are main,"),
        ("slurm: {account: nobody}", "you have no account `nobody`; you have "),
        ("slurm: {qos: nothing}", "there is no QOS `nothing`; there are normal, tight"),
        ("memory: 20G", "it asks for 20.0 GiB of memory on a node"),
        ("gpus: 5", "it asks for 5 GPUs on a node"),
        ("gpus: 1, gpu_type: h100", "it asks for 1 GPU of type `h100` on a node"),
    ],
)
def test_what_the_site_does_not_allow_is_refused_before_anything_is_sent(
    site: Site, asks: str, told: str
) -> None:
    site.make(HEAD % asks)

    said = site.submit(code=6)

    assert told in " ".join(said.out.split())
    assert "Applied in part: 1 submitted, 1 refused." in said.out
    assert site.todo() == {"script.a/run": "blocked", "script.b/run": "rest"}
    site.until("script.beside/run", "done")
    assert site.ran() == ["beside"]
    assert list(site.records(1)) == [name for name in site.records(1) if name.startswith("beside.")]


@pytest.mark.parametrize(
    ("chunks", "qos", "told"),
    [
        (1002, "normal", "has an element 1001, and 1000 is the last"),
        (5, "tight", "has 5 elements, and QOS `tight` takes 4 at a time"),
    ],
)
def test_an_array_that_is_too_large_is_refused_before_it_is_sent(
    site: Site, chunks: int, qos: str, told: str
) -> None:
    site.make(ARRAY % (chunks, qos))

    said = site.submit(code=6)

    assert told in " ".join(said.out.split())
    assert site.jobs() == []


def test_the_largest_array_that_a_site_takes_is_sent_and_what_is_over_is_noted(site: Site) -> None:
    site.hold("all")
    site.make(ARRAY % (4, "tight"))

    said = site.submit(code=6)

    assert "Note: QOS `tight` of lab takes 4 jobs of yours at a time" in said.out
    assert len(site.jobs()) == 4
    assert "otplan continue" in said.out


def test_a_limit_that_was_raised_is_seen_by_the_next_apply(site: Site, own: str) -> None:
    site.make(HEAD % f'slurm: {{time: "00:30:00", partition: {own}}}')
    site.submit(code=6)

    _change(site, own, "MaxTime=60")
    planned = site.todo()
    site.submit()

    assert planned["script.a/run"] == "blocked"
    site.until_all("done")


def test_a_limit_that_was_raised_is_seen_by_continue(site: Site, own: str) -> None:
    site.make(HEAD % f'slurm: {{time: "00:30:00", partition: {own}}}')
    site.submit(code=6)

    _change(site, own, "MaxTime=60")
    site("continue", "limits", "--state", str(site.root / "experiments" / "registry.db"))

    site.until_all("done")


def test_what_may_be_sent_after_all_is_shown_first(site: Site, own: str) -> None:
    site.make(HEAD % f'slurm: {{time: "00:30:00", partition: {own}}}')
    site("cluster", "show", "lab", "--refresh")
    shown = site.todo()
    _change(site, own, "MaxTime=60")

    site("apply", "--auto-approve", code=5)

    assert shown["script.a/run"] == "blocked"
    assert site.jobs() == []
    assert site.todo()["script.a/run"] == "submit"


def test_a_limit_that_was_lowered_is_seen_once_what_was_said_is_a_day_old(
    site: Site, own: str
) -> None:
    site.make(HEAD % f"slurm: {{partition: {own}}}")
    site("cluster", "show", "lab", "--refresh")
    _change(site, own, "MaxTime=2")
    _grow_older(site, 2 * 86_400)

    planned = site.todo()
    told = site.submit(code=6)

    assert planned["script.a/run"] == "submit"
    assert f"partition `{own}` gives 2:00" in " ".join(told.out.split())


def test_a_plan_that_was_shown_without_the_limits_is_applied_but_for_what_they_refuse(
    site: Site,
) -> None:
    site.make(HEAD % "nodes: 9")
    shown = site.todo()

    site("apply", "--auto-approve", code=6)

    assert shown["script.a/run"] == "submit"
    site.until("script.beside/run", "done")
    assert site.ran() == ["beside"]


def test_a_plan_neither_asks_nor_writes(site: Site) -> None:
    site.make(HEAD % "nodes: 9")

    site.todo()

    assert not (site.root / "experiments").exists()


@pytest.mark.parametrize("broken", ["", "no json", '{"at": "soon"}', "[]"])
def test_a_file_that_cannot_be_read_is_as_none_and_written_anew(site: Site, broken: str) -> None:
    site.make(HEAD % "nodes: 9")
    site("cluster", "show", "lab", "--refresh")
    site.kept.write_text(broken)

    planned = site.todo()
    site.submit(code=6)

    assert planned["script.a/run"] == "submit"
    assert json.loads(site.kept.read_text())["controller"]["max_array_size"] == 1001


def test_what_a_queued_job_would_be_changed_to_is_refused_and_the_job_stays(site: Site) -> None:
    site.hold("a")
    site.make(HEAD % "cpus: 1")
    site.submit()
    site.began("a")
    before = site.jobs("b.otp-")
    site.edit("inputs: {a: a}", "inputs: {a: a}, memory: 20G")

    said = site.submit(code=6)

    assert "it asks for 20.0 GiB" in " ".join(said.out.split())
    assert site.jobs("b.otp-") == before
    site.let_go()
    site.until("script.b/run", "done")


def test_a_partition_that_is_down_is_a_note(site: Site, own: str) -> None:
    _change(site, own, "State=DOWN")
    site.make(HEAD % f"slurm: {{partition: {own}}}")
    site("cluster", "show", "lab", "--refresh")

    said = site("plan", "manifest.yaml")

    assert f"Note: partition `{own}` of lab is DOWN" in said.out
    assert site.todo()["script.a/run"] == "submit"


def test_what_is_known_of_a_site_is_shown_with_its_age(site: Site) -> None:
    site.make(HEAD % "nodes: 1")
    unknown = site("cluster", "show", "lab")
    asked = site("cluster", "show", "lab", "--refresh")
    _grow_older(site, 3 * 3600)

    known = site("cluster", "show", "lab")
    document = site("cluster", "show", "lab", "--json").document

    assert "Its limits" not in unknown.out
    assert "short" in asked.out
    assert "said 3h ago:" in known.out
    times = {each["name"]: each["max_time"] for each in document["limits"]["lab"]["partitions"]}
    assert times["short"] == 600
