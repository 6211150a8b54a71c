"""A training on another cluster than its data: it waits for the data, not for their job."""

from collections.abc import Callable, Mapping, Sequence

import pytest

from otplan.shell.here import Here
from tests.acceptance.lab import Lab

MANIFEST = """
otplan: 1
workspace: gates
cluster: near
datasets:
  first:
    generate: {script: step.sh, args: {step: first}}
trainings:
  small:
    cluster: far
    model: none
    datasets: [first]
    script: step.sh
    args: {step: small}
"""
READER = "training.small/train"


def _two_sites(lab: Lab) -> None:
    lab.make(MANIFEST)
    (lab.folder / "clusters").mkdir()
    for name in ("near", "far"):
        runs = f"experiments_dir: {lab.root}/{name}\nshared_folders: [{lab.root}]\n"
        lab.write(f"clusters/{name}.yaml", f"scheduler: local\n{runs}")


def test_what_reads_from_another_cluster_is_submitted_once_that_is_done(fresh: Lab) -> None:
    _two_sites(fresh)
    fresh.hold("first")
    said = fresh.submit()
    gated = fresh.change(READER)
    fresh.let_go()
    fresh.until("dataset.first/generate", "done")

    fresh("continue", "gates")
    fresh.until(READER, "done")
    fresh.settle()  # the marker comes before the job's end, which its row tells
    fresh("sync", "manifest.yaml")

    assert "1 waits for `otplan continue`" in said.out
    assert (gated["action"], gated["reasons"][0]["code"]) == ("rest", "gate")
    assert fresh.ran() == ["first", "small"]
    assert fresh.plan() == {}


def test_waiting_goes_through_the_gate_by_itself(fresh: Lab) -> None:
    _two_sites(fresh)

    fresh.apply()

    assert fresh.ran() == ["first", "small"]
    assert (fresh.root / "far" / "gates").is_dir()


def test_what_is_not_to_be_seen_from_there_holds_its_reader_back(
    fresh: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    _two_sites(fresh)
    fresh.hold("first")
    fresh.submit()
    fresh.let_go()
    fresh.until("dataset.first/generate", "done")

    # Only the gate asks for the sizes of markers: this is what it sees where nothing is mounted.
    monkeypatch.setattr(Here, "sizes", _without_markers(Here.sizes))
    said = fresh("continue", "gates", code=6)

    assert "is not to be seen from far" in " ".join(said.out.split())
    assert fresh.ran() == ["first"]


def _without_markers(sizes: Callable[..., Mapping[str, int | None]]) -> Callable[..., object]:
    def blind(shell: Here, paths: Sequence[str]) -> Mapping[str, int | None]:
        markers = [path for path in paths if path.endswith("done.json")]
        others = [path for path in paths if path not in markers]
        return {**sizes(shell, others), **dict.fromkeys(markers)}

    return blind
