"""Manifests of fifty and sixty stages on a real Slurm: once through, and with killed callers."""

import os
from collections import Counter
from random import Random

import pytest

from tests.slurm.site import Site

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(600)]

HEAD = """\
otplan: 1
workspace: many
cluster: lab
code: [step.sh, twice.sh]
defaults:
  datasets: {slurm: {time: "00:10:00"}}
  scripts: {script: step.sh, slurm: {time: "00:10:00"}}
"""

# Fails at its first start; the second one, of the same job, goes on.
TWICE = """\
#!/bin/bash
mark=$OTPLAN_RUN_DIR/checkpoints/before
[[ -e $mark ]] || { touch "$mark"; exit 1; }
exec "$OTPLAN_CODE/step.sh" "$@"
"""

KILLS = int(os.environ.get("OTPLAN_KILLS", "4"))
"""How many callers are killed; fifty were, by hand."""


def _sixty() -> str:
    """Return a manifest of sixty stages: an array and its join, a fan-out, diamonds, a chain."""
    scripts = {f"fan-{n}": "parts: parts" for n in range(20)}
    for n in range(10):
        scripts[f"left-{n}"] = f"a: fan-{2 * n}"
        scripts[f"right-{n}"] = f"a: fan-{2 * n + 1}"
        scripts[f"both-{n}"] = f"a: left-{n}, b: right-{n}"
    for n in range(7):
        scripts[f"chain-{n}"] = f"a: chain-{n - 1}" if n else "a: both-0"
    scripts["all"] = ", ".join(f"in{n}: both-{n}" for n in range(10))
    lines = ["datasets:", "  parts: {generate: {script: step.sh, args: {step: part}, chunks: 4}}"]
    lines += ["scripts:", *(_line(name, inputs) for name, inputs in scripts.items())]
    return HEAD + "\n".join(lines) + "\n"


def _fifty() -> str:
    """Return a manifest of fifty stages: ten chains of five."""
    names = [(chain, n) for chain in range(10) for n in range(5)]
    lines = [_line(f"c{chain}-{n}", f"a: c{chain}-{n - 1}" if n else "") for chain, n in names]
    return HEAD + "scripts:\n" + "\n".join(lines) + "\n"


def _line(name: str, inputs: str) -> str:
    reads = f", inputs: {{{inputs}}}" if inputs else ""
    twice = ", script: twice.sh, attempts: 2" if name in ("left-0", "right-3") else ""
    return f"  {name}: {{args: {{step: {name}}}{reads}{twice}}}"


def _make(site: Site, manifest: str) -> None:
    site.write("twice.sh", TWICE)
    (site.folder / "twice.sh").chmod(0o755)
    site.make(manifest)


def test_sixty_stages_go_from_plan_to_done_and_nothing_is_left(site: Site) -> None:
    _make(site, _sixty())
    planned = site.plan()

    site.submit()
    site.wait(lambda: not site.jobs(), "the queue does not empty", 240)
    site("sync", "manifest.yaml")

    assert len(planned) == 60
    assert set(planned.values()) == {"submit"}
    assert site.plan() == {}
    ran = Counter(site.ran())
    assert set(ran.values()) == {1}
    assert len(ran) == 62
    assert Counter(len(states) for states in site.records(60).values()) == {1: 57, 2: 2, 4: 1}


@pytest.mark.parametrize("seed", range(KILLS))
def test_a_caller_killed_at_any_time_leaves_no_twin_and_no_orphan(site: Site, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - which instants does not matter
    _make(site, _fifty())
    with site.started("apply", "manifest.yaml", "--auto-approve") as apply:
        site.kill_after(random.uniform(0.2, 1.5), apply)

    # An intent whose sbatch nobody waited for is waited for, up to five minutes.
    site.wait(lambda: "?" not in _symbols(site), "intents stay open", 400)
    site.submit()
    site.wait(lambda: not site.jobs(), "the queue does not empty", 120)
    site("sync", "manifest.yaml")

    assert site.plan() == {}
    assert Counter(site.ran()) == {f"c{chain}-{n}": 1 for chain in range(10) for n in range(5)}
    assert Counter(len(states) for states in site.records(50).values()) == {1: 50}
    assert "in no record" not in site("plan", "manifest.yaml").out


def _symbols(site: Site) -> str:
    """Return the symbols of a plan."""
    changes = site("plan", "manifest.yaml", "--json").document["changes"]
    return "".join(change["symbol"] for change in changes)
