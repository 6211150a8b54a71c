"""Data of the Hub: pinned to a commit, brought here once, and read from there."""

from collections.abc import Iterator

import pytest

from tests.acceptance.hub_lab import on_hub
from tests.acceptance.lab import Lab
from tests.services.hub.store import Store

MANIFEST = """
otplan: 1
workspace: sources
cluster: site
datasets:
  seeds: {source: {repo: my-org/seeds}}
trainings:
  small:
    model: none
    datasets: [seeds]
    script: step.sh
    args: {step: small}
  large:
    model: none
    datasets: [seeds]
    script: step.sh
    args: {step: large}
"""
FETCH = "dataset.seeds/fetch"
CARD = b"""\
---
dataset_info:
- config_name: default
  splits:
  - {name: train, num_bytes: 0, num_examples: COUNT}
---
# Data
"""


@pytest.fixture
def hub(fresh: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    with on_hub(fresh, monkeypatch) as store:
        store.put("dataset", "my-org/seeds", {"data.jsonl": b"1\n", "sub/more.parquet": b"2"})
        fresh.make(MANIFEST)
        yield store


def test_a_repo_is_pinned_brought_here_once_and_read_by_all(fresh: Lab, hub: Store) -> None:
    head = hub.repos["dataset", "my-org/seeds"].commits[-1].oid

    said = fresh("plan", "manifest.yaml")
    fresh.apply()

    assert said.out.count(f"+ {FETCH}") == 1
    assert f'"hf:dataset:my-org/seeds@main": "{head}"' in fresh.read("otplan.lock")
    assert sorted(fresh.ran()) == ["large", "small"]
    brought = next((fresh.root / "site" / "sources").glob("*/attempt-1/output/fetched.json")).parent
    assert (brought / "data.jsonl").read_bytes() == b"1\n"
    assert (brought / "sub" / "more.parquet").read_bytes() == b"2"
    assert fresh.plan() == {}


def test_a_newer_commit_is_a_note_until_the_pin_is_moved(fresh: Lab, hub: Store) -> None:
    fresh.apply()
    fresh.ran()
    hub.put("dataset", "my-org/seeds", {"data.jsonl": b"3\n"})

    said = fresh("plan", "--detailed-exitcode")
    fresh("update")
    fresh.apply()

    assert "hf:dataset:my-org/seeds@main is not what it was" in " ".join(said.out.split())
    assert sorted(fresh.ran()) == ["large", "small"]


def test_a_hub_that_is_away_hides_nothing_that_is_done(fresh: Lab, hub: Store) -> None:
    fresh.apply()
    hub.faults += [("/", "unavailable")] * 20

    assert fresh.plan() == {}


def test_a_repo_that_is_missing_is_told_at_its_line(fresh: Lab, hub: Store) -> None:
    fresh.edit("my-org/seeds", "my-org/seedz")

    said = fresh("plan", "manifest.yaml", code=3)

    assert "manifest.yaml:6:26: error[OT561] There is no hf:dataset:my-org/seedz." in said.err


NOTHING: dict[str, tuple[dict[str, bytes], str]] = {
    "no files": ({}, "is empty"),
    "a card alone": ({"README.md": b"# To come\n"}, "holds no data"),
    "a card that counts none": (
        {"README.md": CARD.replace(b"COUNT", b"0"), "data/train.parquet": b"PAR1"},
        "has no rows, as its card says",
    ),
}


@pytest.mark.parametrize("lacks", NOTHING)
def test_a_repo_that_exists_without_rows_is_told_and_nothing_is_made_of_it(
    fresh: Lab, hub: Store, lacks: str
) -> None:
    files, why = NOTHING[lacks]
    commit = hub.put("dataset", "my-org/fresh", files)
    fresh.edit("my-org/seeds", "my-org/fresh")

    applied = fresh("apply", "manifest.yaml", "--auto-approve", "--wait", code=6)
    hub.put("dataset", "my-org/fresh", {"README.md": CARD.replace(b"COUNT", b"3"), "a.csv": b"1"})
    fresh("update")
    fresh.apply()

    told = " ".join(applied.out.split())
    assert f"! dataset.seeds/source needs you hf:dataset:my-org/fresh@{commit} {why}" in told
    assert f"{why} Put there what it is to hold" in told
    assert "otplan update" in [line.strip() for line in applied.out.splitlines()]
    assert sorted(fresh.ran()) == ["large", "small"]


def test_a_repo_that_is_not_shown_is_unpinned_and_cannot_be_applied(fresh: Lab, hub: Store) -> None:
    fresh.edit("my-org/seeds", "others/seeds")

    said = fresh("plan", "manifest.yaml")
    fresh.submit(code=1)

    assert "warning[OT562]" in said.err
    assert "will be submitted (unpinned)" in said.out


def test_a_commit_needs_no_pin(fresh: Lab, hub: Store) -> None:
    first = hub.repos["dataset", "my-org/seeds"].commits[-1].oid
    hub.put("dataset", "my-org/seeds", {"data.jsonl": b"3\n"})
    fresh.edit("repo: my-org/seeds", f"repo: my-org/seeds, revision: {first}")

    fresh.apply()

    assert not (fresh.folder / "otplan.lock").exists()
    brought = next((fresh.root / "site" / "sources").glob("*/attempt-1/output/fetched.json")).parent
    assert (brought / "data.jsonl").read_bytes() == b"1\n"
