"""What is made is published: once, with its marker, and never over what is somebody else's."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.acceptance.hub_lab import on_hub
from tests.acceptance.lab import Lab
from tests.services.hub.store import Store

MANIFEST = """
otplan: 1
workspace: made
cluster: site
datasets:
  seeds:
    generate: {script: step.sh, args: {step: seeds}}
trainings:
  small:
    model: Qwen/Qwen3-8B
    datasets: [seeds]
    script: step.sh
    args: {step: small, rate: 1}
    repo: my-org/small
    license: apache-2.0
"""
PUBLISH = "training.small/publish"
REPO = ("model", "my-org/small")


@pytest.fixture
def hub(fresh: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    with on_hub(fresh, monkeypatch) as store:
        fresh.make(MANIFEST)
        yield store


def marker(hub: Store) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files(hub)[".otplan.json"])
    return found


def files(hub: Store) -> Mapping[str, bytes]:
    return hub.repos[REPO].commits[-1].files


def test_what_was_trained_is_published_in_private_with_a_card_and_a_marker(
    fresh: Lab, hub: Store
) -> None:
    fresh.apply()

    told, card = marker(hub), files(hub)["README.md"].decode()
    assert hub.repos[REPO].private
    assert "base_model: Qwen/Qwen3-8B\nlicense: apache-2.0" in card
    assert (told["address"], told["attempt"]) == ("training.small", 1)
    assert set(told["files"]) == set(files(hub)) - {".gitattributes", ".otplan.json"}
    assert fresh.plan() == {}


def test_applied_again_nothing_is_sent(fresh: Lab, hub: Store) -> None:
    fresh.apply()
    before = len(hub.repos[REPO].commits)

    fresh.apply()

    assert len(hub.repos[REPO].commits) == before


def test_another_repo_makes_nothing_anew_but_its_publishing(fresh: Lab, hub: Store) -> None:
    fresh.apply()
    fresh.ran()
    fresh.edit("repo: my-org/small", "repo: my-org/other")

    plan = fresh.plan()
    fresh.apply()

    assert plan == {PUBLISH: "submit", "training.small/train": "catalog"}
    assert fresh.ran() == []
    assert ("model", "my-org/other") in hub.repos


def test_a_repo_of_somebody_else_needs_a_word(fresh: Lab, hub: Store) -> None:
    hub.put(*REPO, {"model.safetensors": b"theirs"})

    said = fresh("plan", "manifest.yaml")
    fresh.apply(code=6)
    untouched = dict(files(hub))
    fresh.apply("--take-over", "training.small")

    assert f"! {PUBLISH}" in said.out
    assert f"otplan apply --take-over '{PUBLISH}'" in said.out
    assert untouched["model.safetensors"] == b"theirs"
    assert ".otplan.json" not in untouched
    assert marker(hub)["address"] == "training.small"
    assert files(hub)["model.safetensors"] == b"theirs"


def test_a_word_for_one_repo_is_none_for_another(fresh: Lab, hub: Store) -> None:
    fresh.edit("    repo: my-org/small", "    matrix: {n: [a, b]}\n    repo: my-org/${matrix.n}")
    fresh.edit("{step: small, rate: 1}", '{step: small, rate: "${matrix.n}"}')
    for name in ("a", "b"):
        hub.put("model", f"my-org/{name}", {"model.safetensors": b"theirs"})

    plan = fresh.plan("--take-over", "training.small[n=a]")

    assert plan["training.small[n=a]/publish"] == "submit"
    assert plan["training.small[n=b]/publish"] == "blocked"


def test_what_was_published_as_something_else_since_is_published_again(
    fresh: Lab, hub: Store
) -> None:
    fresh.apply()
    first = marker(hub)["fingerprint"]
    fresh.edit("rate: 1", "rate: 2")
    fresh.apply()
    second = marker(hub)["fingerprint"]
    fresh.edit("rate: 2", "rate: 1")

    plan = fresh.plan()
    fresh.apply()

    assert first != second
    assert plan == {PUBLISH: "submit", "training.small/train": "catalog"}
    assert marker(hub)["fingerprint"] == first
    assert fresh.plan() == {}


def test_what_the_record_forgot_is_found_on_the_hub_and_adopted(fresh: Lab, hub: Store) -> None:
    fresh.apply()
    fresh("forget", PUBLISH)

    found = fresh.plan()
    fresh("adopt", PUBLISH)

    assert found == {PUBLISH: "adopt"}
    assert fresh.plan() == {}


def test_a_repo_taken_while_the_job_waited_is_left_alone(fresh: Lab, hub: Store) -> None:
    fresh.hold("small")
    fresh.submit()
    hub.put(*REPO, {"model.safetensors": b"theirs"})
    fresh.let_go()
    fresh.until("training.small/train", "done")
    fresh.until(PUBLISH, "blocked")

    plan = fresh.change(PUBLISH)

    assert (plan["action"], plan["reasons"][0]["code"]) == ("blocked", "foreign")
    assert set(files(hub)) == {".gitattributes", "model.safetensors"}


def test_made_public_is_published_again_and_shown(fresh: Lab, hub: Store) -> None:
    fresh.apply()
    fresh.edit("license: apache-2.0", "license: apache-2.0\n    private: false")

    fresh.apply()

    assert not hub.repos[REPO].private


def test_a_repo_that_was_open_is_closed_before_anything_is_sent(fresh: Lab, hub: Store) -> None:
    hub.put(*REPO)

    fresh.apply()

    sent = [f"{verb} {path}" for verb, path in map(str.split, hub.asked) if verb != "GET"]
    assert sent[0] == "PUT /api/models/my-org/small/settings"
    assert hub.repos[REPO].private


def test_where_only_the_login_node_has_internet_it_is_published_there(
    fresh: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    with on_hub(fresh, monkeypatch, internet="login") as store:
        fresh.make(MANIFEST)
        fresh.apply()
        waits = fresh.change(PUBLISH)
        before = dict(store.repos)

        fresh("sync", "manifest.yaml", "--publish")

        assert (waits["action"], waits["reasons"][0]["code"]) == ("rest", "login")
        assert before == {}
        assert marker(store)["address"] == "training.small"
        assert fresh.plan() == {}


def test_forty_repos_that_were_never_published_are_one_listing(fresh: Lab, hub: Store) -> None:
    seeds = [str(seed) for seed in range(40)]
    fresh.edit(
        "    datasets: [seeds]",
        f"    matrix: {{seed: [{', '.join(seeds)}]}}\n    datasets: [seeds]",
    )
    fresh.edit("Qwen/Qwen3-8B", "none")
    fresh.edit("rate: 1", 'rate: "${matrix.seed}"')
    fresh.edit("repo: my-org/small", 'repo: "my-org/small-${matrix.seed}"')
    before = len(hub.asked)

    plan = fresh.plan()

    assert len(plan) == 81
    assert hub.asked[before:] == ["GET /api/models", "GET /api/whoami-v2"]


def test_a_hub_that_is_away_now_stops_nothing(fresh: Lab, hub: Store) -> None:
    hub.faults += [("/api/models", "unavailable")]

    plan = fresh.plan()

    assert plan[PUBLISH] == "submit"
