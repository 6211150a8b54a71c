"""A model by its name: pinned and looked at, and brought here where nodes have no internet."""

import json
import sqlite3
from collections.abc import Iterator

import pytest

from tests.acceptance.hub_lab import on_hub
from tests.acceptance.lab import Lab
from tests.services.hub.store import Store

MANIFEST = """
otplan: 1
workspace: named
cluster: site
datasets:
  seeds:
    generate: {script: step.sh, args: {step: seeds}}
trainings:
  small:
    model: base-org/base
    datasets: [seeds]
    script: tell.sh
    outputs: [model]
evals:
  before:
    model: base-org/base
    benchmark: none
    script: tell.sh
    outputs: [model]
"""
TELL = """#!/bin/sh
set -eu
mkdir "$OTPLAN_OUTPUT/model"
echo "$OTPLAN_MODEL" >"$OTPLAN_OUTPUT/model/told"
if [ -d "$OTPLAN_MODEL" ]; then cp "$OTPLAN_MODEL/config.json" "$OTPLAN_OUTPUT/model/"; fi
"""
REPO = ("model", "base-org/base")
WEIGHTS = {"model.safetensors": b"weights", "config.json": b"{}"}
TRAIN, FETCH = "training.small/train", "training.small/fetch-model"


def prepare(lab: Lab, store: Store, text: str = MANIFEST) -> None:
    store.put(*REPO, WEIGHTS)
    lab.make(text)
    lab.write("tell.sh", TELL)
    (lab.folder / "tell.sh").chmod(0o755)


def told(lab: Lab, label: str) -> str:
    return (lab.output(label) / "model" / "told").read_text().strip()


@pytest.fixture
def hub(fresh: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    with on_hub(fresh, monkeypatch) as store:
        prepare(fresh, store)
        yield store


@pytest.fixture
def inside(fresh: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    with on_hub(fresh, monkeypatch, internet="partition:data") as store:
        prepare(fresh, store)
        yield store


def test_where_nodes_have_internet_it_is_pinned_and_the_program_is_told_its_name(
    fresh: Lab, hub: Store
) -> None:
    head = hub.repos[REPO].commits[-1].oid

    fresh.apply()

    assert f'"hf:model:base-org/base@main": "{head}"' in fresh.read("otplan.lock")
    assert told(fresh, TRAIN) == "base-org/base"
    assert fresh.plan() == {}


def test_where_they_have_none_it_is_fetched_once_and_its_folder_told_in_place_of_the_name(
    fresh: Lab, inside: Store
) -> None:
    said = fresh("plan", "manifest.yaml")
    fresh.apply()

    folder = told(fresh, TRAIN)
    assert said.out.count("/fetch-model") == 1
    assert folder.startswith(f"{fresh.root}/site/named/")
    assert told(fresh, "eval.before/evaluate") == folder
    assert (fresh.output(TRAIN) / "model" / "config.json").read_bytes() == b"{}"
    assert fresh.plan() == {}


def test_its_name_stays_in_the_catalog_where_a_folder_was_read(fresh: Lab, inside: Store) -> None:
    fresh.apply()

    with sqlite3.connect(fresh.root / "site" / "registry.catalog.db") as catalog:
        rows = dict(catalog.execute('SELECT "table", document FROM entries'))

    assert json.loads(rows["models"])["base_model"] == "base-org/base"
    assert json.loads(rows["evals"])["model"] == "base-org/base"


def test_a_pin_that_is_new_or_moved_makes_nothing_anew(fresh: Lab, inside: Store) -> None:
    fresh.apply()
    fresh.ran()
    inside.put(*REPO, {**WEIGHTS, "README.md": b"mended"})

    noted = fresh("plan", "manifest.yaml")
    fresh("update")
    moved = fresh.plan()
    (fresh.folder / "otplan.lock").unlink()

    assert "hf:model:base-org/base@main is not what it was" in " ".join(noted.out.split())
    assert moved == {}
    assert fresh.plan() == {}


def test_one_that_is_missing_is_an_error_and_one_that_is_not_shown_a_warning(
    fresh: Lab, hub: Store
) -> None:
    text = fresh.read()
    fresh.write("manifest.yaml", text.replace("base-org/base", "my-org/bass"))
    missing = fresh("plan", "manifest.yaml", code=3)
    fresh.write("manifest.yaml", text.replace("base-org/base", "base-org/bass"))
    hidden = fresh("plan", "manifest.yaml")

    assert "manifest.yaml:10:12: error[OT561] There is no hf:model:my-org/bass." in missing.err
    assert "warning[OT562]" in hidden.err
    assert f"+ {TRAIN}" in hidden.out


def test_one_of_shards_alone_is_told_before_anything_starts(fresh: Lab, hub: Store) -> None:
    shard = b"a shard"
    shards = {"checkpoint-4/global_step4/zero_pp_rank_0_mp_rank_00_optim_states.pt": shard}
    hub.put("model", "base-org/shards", shards)
    fresh.write("manifest.yaml", fresh.read().replace("base-org/base", "base-org/shards"))

    change = fresh.change("training.small/model")

    assert change["action"] == "blocked"
    assert "only shards of a checkpoint: consolidate it first" in change["reasons"][0]["text"]
    assert fresh.change(TRAIN)["action"] == "rest"


@pytest.mark.parametrize("model", ["none", "./models/base", "/models/base", "Base"])
def test_what_is_no_name_of_the_hub_is_asked_of_nobody(fresh: Lab, hub: Store, model: str) -> None:
    fresh.write("manifest.yaml", fresh.read().replace("base-org/base", model))

    fresh("plan", "manifest.yaml")

    assert hub.asked == []


def test_a_plan_asks_for_it_once_and_an_offline_one_never(fresh: Lab, hub: Store) -> None:
    fresh("lint", "manifest.yaml")
    fresh("plan", "manifest.yaml", "--offline")
    before = list(hub.asked)
    head = hub.repos[REPO].commits[-1].oid
    about = "GET /api/models/base-org/base/revision"

    fresh("plan", "manifest.yaml")
    first = list(hub.asked)
    fresh.submit()
    hub.asked.clear()
    fresh("plan", "manifest.yaml")

    assert before == []
    # What it stands for, what is there, and whether it moved since: of both resources together.
    assert first == [f"{about}/main", f"{about}/{head}"]
    assert sorted(hub.asked) == sorted([f"{about}/main", f"{about}/{head}"])
    fresh.settle()


def test_a_hub_that_is_away_is_asked_once_and_holds_up_nothing(
    fresh: Lab, hub: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")

    said = fresh("plan", "manifest.yaml")

    assert said.err.count("does not answer") >= 1
    assert f"+ {TRAIN}" in said.out
