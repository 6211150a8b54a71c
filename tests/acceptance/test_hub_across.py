"""What one cluster publishes and another one reads: it waits for the Hub, and is fetched there."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.hub_lab import on_hub
from tests.acceptance.lab import Lab
from tests.services.hub.store import Store

MANIFEST = """
otplan: 1
workspace: across
cluster: site
datasets:
  seeds:
    generate: {script: step.sh, args: {step: seeds}}
trainings:
  small:
    model: none
    datasets: [seeds]
    script: step.sh
    args: {step: small, rate: 1}
    repo: my-org/small
evals:
  read:
    cluster: far
    model: small
    benchmark: none
    script: read.sh
    outputs: [shard]
"""
READ = '#!/bin/sh\nset -eu\ncp "$OTPLAN_INPUT_MODEL/model/shard" "$OTPLAN_OUTPUT/shard"\n'
PUBLISH, FETCH, READER = "training.small/publish", "training.small/fetch-far", "eval.read/evaluate"
REPO = ("model", "my-org/small")


@pytest.fixture
def hub(fresh: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    with on_hub(fresh, monkeypatch) as store:
        fresh.make(MANIFEST)
        fresh.write("read.sh", READ)
        (fresh.folder / "read.sh").chmod(0o755)
        far = f"experiments_dir: {fresh.root}/far\npython: {sys.executable}\ninternet: compute\n"
        fresh.write("clusters/far.yaml", f"scheduler: local\n{far}")
        yield store


def fetched(lab: Lab) -> Path:
    """Return the only list of what was fetched."""
    lists = (lab.root / "far" / "across").glob("*/attempt-*/output/fetched.json")
    (found,) = {path.resolve() for path in lists}
    return found


def test_a_plan_says_which_repo_is_waited_for(fresh: Lab, hub: Store) -> None:
    fetch, reader = fresh.change(FETCH), fresh.change(READER)

    (told,) = fetch["reasons"]
    assert (fetch["action"], told["code"], told["help"]) == ("rest", "gate", "otplan continue")
    assert told["text"] == (
        "waits until training.small/publish has verified hf:model:my-org/small on the Hub"
    )
    assert reader["reasons"][0]["text"] == f"waits for {FETCH}"


def test_continue_fetches_the_commit_that_was_verified_and_lets_its_reader_read_it(
    fresh: Lab, hub: Store
) -> None:
    fresh.submit()
    fresh.until(PUBLISH, "done")
    fresh("sync", "manifest.yaml")
    verified = hub.repos[REPO].commits[-1].oid
    hub.put(*REPO, {**hub.repos[REPO].commits[-1].files, "NOTES.md": b"of somebody else"})

    fresh("continue", "across")
    fresh.until(READER, "done")

    told = json.loads(fetched(fresh).read_text())
    assert told["repo"] == f"hf:model:my-org/small@{verified}"
    assert (fresh.output(READER) / "shard").read_text() == "small\n"
    assert not (fetched(fresh).parent / "model" / "NOTES.md").exists()


def test_waiting_goes_through_the_hub_by_itself_and_ends_with_nothing_to_do(
    fresh: Lab, hub: Store
) -> None:
    fresh.apply()

    assert fresh.plan() == {}
    assert (fresh.output(READER) / "shard").read_text() == "small\n"


def test_what_is_read_counts_and_not_where_it_was_published(fresh: Lab, hub: Store) -> None:
    fresh.apply()
    fresh.edit("repo: my-org/small", "repo: my-org/renamed")
    renamed = fresh.plan()
    fresh.edit("rate: 1", "rate: 2")

    retrained = fresh.plan()

    # The row says where it is published.
    assert renamed == {PUBLISH: "submit", "training.small/train": "catalog"}
    assert retrained[FETCH] == "rest"
    assert retrained[READER] == "rest"


def test_a_commit_that_covers_what_was_published_is_never_taken_for_it(
    fresh: Lab, hub: Store
) -> None:
    fresh.submit()
    fresh.until(PUBLISH, "done")
    files = hub.repos[REPO].commits[-1].files
    hub.put(*REPO, {**files, "shard": b"longer than it was"})

    fresh.apply(code=6)

    assert fresh.change(FETCH)["action"] == "blocked"
    assert "did not come down whole: shard" in fresh("logs", FETCH).out
    assert fresh.states()[READER] != "done"


def test_what_is_gone_from_the_hub_is_published_again_before_it_is_fetched(
    fresh: Lab, hub: Store
) -> None:
    fresh.submit()
    fresh.until(PUBLISH, "done")
    fresh("sync", "manifest.yaml")
    del hub.repos[REPO]

    fresh.apply()

    assert hub.repos[REPO].commits
    assert fresh.plan() == {}


def test_what_was_purged_where_it_was_fetched_is_fetched_again_for_who_reads_it(
    fresh: Lab, hub: Store
) -> None:
    fresh.apply()
    (fetched(fresh).parent / "model" / "shard").unlink()
    fresh.edit("benchmark: none", "benchmark: other")

    plan = fresh.plan()
    fresh.apply()

    assert plan == {FETCH: "submit", READER: "submit"}
    assert (fresh.output(READER) / "shard").read_text() == "small\n"


def test_without_a_repo_it_is_refused_and_told_what_to_add(fresh: Lab, hub: Store) -> None:
    fresh.edit("    repo: my-org/small\n", "")

    said = " ".join(fresh("lint", "manifest.yaml", code=3).out.split())

    assert "error[OT604] eval.read: `training.small` lies in" in said
    assert "Publish it, by `repo: owner/name` at training.small, or name the folder" in said
