"""Where only the login node has internet: what moves waits for a person there, and then goes on."""

from collections.abc import Iterator

import pytest

from tests.acceptance.hub_lab import on_hub
from tests.acceptance.lab import Lab
from tests.acceptance.test_hub_sources import FETCH, MANIFEST
from tests.services.hub.store import Store


@pytest.fixture
def hub(fresh: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    with on_hub(fresh, monkeypatch, internet="login") as store:
        store.put("dataset", "my-org/seeds", {"data.jsonl": b"1\n"})
        fresh.make(MANIFEST)
        yield store


def test_what_fetches_waits_and_so_does_what_reads_it(fresh: Lab, hub: Store) -> None:
    fresh.submit()
    fresh("continue")

    waits = fresh.change(FETCH)
    reader = fresh.change("training.small/train")

    assert (waits["action"], waits["reasons"][0]["code"]) == ("rest", "login")
    assert waits["reasons"][0]["help"] == "otplan sync --publish"
    assert (reader["action"], reader["reasons"][0]["code"]) == ("rest", "upstream")
    assert fresh.ran() == []


def test_on_the_login_node_it_is_done_at_once_and_its_readers_go_on(fresh: Lab, hub: Store) -> None:
    fresh.submit()

    said = fresh("sync", "manifest.yaml", "--publish")
    fresh.until("training.small/train", "done")
    fresh.until("training.large/train", "done")
    fresh.settle()  # the markers come before the jobs' ends, which the rows tell
    fresh("sync", "manifest.yaml")

    assert f"+ {FETCH}   submitted" in said.out
    assert sorted(fresh.ran()) == ["large", "small"]
    assert fresh.plan() == {}


def test_there_is_nothing_to_do_twice(fresh: Lab, hub: Store) -> None:
    fresh.submit()
    fresh("sync", "manifest.yaml", "--publish")
    before = len(hub.asked)

    said = fresh("sync", "manifest.yaml", "--publish")

    assert FETCH not in said.out
    assert not [asked for asked in hub.asked[before:] if "resolve" in asked]
