"""What a status and a why tell of real jobs: how long, how much, and when."""

import re

import pytest

from tests.slurm.site import Site

pytestmark = [pytest.mark.services, pytest.mark.timeout(300)]

HEAD = """\
otplan: 1
workspace: told
cluster: lab
code: [step.sh]
defaults: {scripts: {script: step.sh, memory: 200M, slurm: {time: "00:10:00"}}}
scripts:
"""
CHAIN = "  a: {args: {step: a}}\n  b: {args: {step: b}, inputs: {a: a}}\n"
WHOLE = """\
  wide: {args: {step: wide}, cpus: 16, slurm: {time: "00:10:00", nodelist: n8}}
  next: {args: {step: next}, cpus: 16, slurm: {time: "00:10:00", nodelist: n8}}
"""


def why(site: Site, label: str) -> str:
    return " ".join(site("why", label, "-m", "manifest.yaml").out.split())


def row(site: Site, address: str) -> str:
    lines = site("status", "-m", "manifest.yaml", COLUMNS="200").out.splitlines()
    return next(line for line in lines if line.startswith(address))


def test_a_running_job_tells_its_time_and_its_memory_beside_their_limits(site: Site) -> None:
    site.make(HEAD + CHAIN)
    site.hold("a")
    site.submit()
    site.began("a")
    site.wait(lambda: "(limit 200 MiB)" in why(site, "script.a"), "sstat tells no memory")

    told = why(site, "script.a")

    assert re.search(r"running 0:\d\d of 10:00, at most \d+ MiB of memory \(limit", told)
    assert re.search(r" running +0:\d\d of 10:00 ", row(site, "script.a"))
    assert "when it will start is not known" in why(site, "script.b")
    assert row(site, "script.b").endswith("waiting for the jobs of what it reads (Dependency)")


def test_what_ended_tells_the_same(site: Site) -> None:
    site.make(HEAD + CHAIN)
    site.submit()
    site.until("script.b/run", "done")
    site("sync", "manifest.yaml")

    told = why(site, "script.a")

    assert "ended well" in told
    assert "nobody knows" not in told


def test_a_job_that_waits_for_nodes_tells_when_it_is_expected_to_start(site: Site) -> None:
    site.make(HEAD + WHOLE)
    site.hold("wide")
    site.submit()
    site.began("wide")
    site.wait(lambda: "starts in" in row(site, "script.next"), "nobody guesses when it starts")

    assert re.search(r"queued +starts in (9m|10m) ", row(site, "script.next"))
    assert re.search(
        r"expected to start [\w ]*\d\d:\d\d, in (9m|10m) \(the scheduler's guess\)",
        why(site, "script.next"),
    )
