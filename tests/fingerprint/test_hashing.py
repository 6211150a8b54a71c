"""Fingerprints: frozen for ever, equal for what makes the same, different for every component."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from otplan.core.stage import Draft, Limits, Program
from otplan.fingerprint import hashing
from tests.kinds.build import drafts, opaque, parsed, refers, resource

HERE = Path(__file__).parent
FROZEN = json.loads((HERE / "frozen.json").read_text())

DRAFT = Draft("train", "t", {"lr": 1e-5, "args.x": [1, "a"]}, {"nodes": 2}, Program(), Limits())


def made(draft: Draft = DRAFT, kind: str = "training", **inputs: tuple[str, ...]) -> str:
    return hashing.fingerprint(kind, draft.role, hashing.components(draft, inputs))


@pytest.mark.parametrize("name", FROZEN)
def test_a_fingerprint_never_changes(name: str) -> None:
    case = FROZEN[name]
    draft = Draft(case["role"], "", case["result"], {}, Program(), Limits())

    found = made(draft, case["kind"], **case["inputs"])

    assert found == case["fingerprint"], "what was made so far would be made again"


@pytest.mark.parametrize("name", FROZEN)
def test_a_submission_digest_never_changes(name: str) -> None:
    case = FROZEN[name]
    draft = Draft(case["role"], "", {}, case["script"], Program(), Limits())

    found = hashing.digest(case["cluster"], hashing.declared(draft))

    assert found == case["digest"], "every queued job would be replaced"


def test_fingerprints_do_not_hang_on_the_seed_of_hashes() -> None:
    program = (
        "from tests.fingerprint.test_hashing import made;"
        "print(made(A=('v1:a','v1:b'), B=('v1:c',)))"
    )

    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed},
            cwd=HERE.parents[1],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    }

    assert found == {made(A=("v1:a", "v1:b"), B=("v1:c",)) + "\n"}


DIFFERENT: dict[str, Callable[[], str]] = {
    "as it is": made,
    "another kind": lambda: made(kind="eval"),
    "another role": lambda: made(replace(DRAFT, role="join")),
    "another value": lambda: made(replace(DRAFT, result={**DRAFT.result, "lr": 4e-5})),
    "another type": lambda: made(replace(DRAFT, result={**DRAFT.result, "lr": "1e-5"})),
    "another order of a list": lambda: made(
        replace(DRAFT, result={**DRAFT.result, "args.x": ["a", 1]})
    ),
    "a field more": lambda: made(replace(DRAFT, result={**DRAFT.result, "seed": 1})),
    "a field less": lambda: made(replace(DRAFT, result={"lr": 1e-5})),
    "an input": lambda: made(A=("v1:a",)),
    "another input": lambda: made(A=("v1:b",)),
    "an input of another name": lambda: made(B=("v1:a",)),
    "two inputs": lambda: made(A=("v1:a", "v1:b")),
    "two inputs the other way round": lambda: made(A=("v1:b", "v1:a")),
    "inputs under two names": lambda: made(A=("v1:a",), B=("v1:b",)),
}


def test_every_component_makes_a_difference() -> None:
    found = {name: one() for name, one in DIFFERENT.items()}

    assert len(set(found.values())) == len(found)


def test_what_is_behind_the_script_makes_no_difference_to_the_result() -> None:
    other = replace(DRAFT, script={"nodes": 9}, limits=Limits(9), program=Program(("x",)))

    assert made(other) == made()


def test_the_order_of_fields_makes_no_difference() -> None:
    assert made(replace(DRAFT, result=dict(sorted(DRAFT.result.items())))) == made()


def test_a_digest_tells_clusters_and_values_apart() -> None:
    found = {
        hashing.digest("c", {"nodes": "2"}),
        hashing.digest("d", {"nodes": "2"}),
        hashing.digest("c", {"nodes": "3"}),
        hashing.digest("c", {}),
    }

    assert len(found) == 4


def test_a_stand_in_is_no_fingerprint() -> None:
    found = hashing.unpinned("training.sft/train")

    assert found.startswith("unpinned:")
    assert found != hashing.unpinned("training.sft/other")


def training(lr: Any = 1e-5, *, files: Any = None, **fields: Any) -> str:  # noqa: ANN401
    overrides = {"b": {"y": 1, "x": 2}, "lr": lr}
    base = {"model": "m", "datasets": ["d"], "script": "train.py", "overrides": overrides}
    named = {"script": opaque("train.py"), **(files or {})}
    one = resource("training.a", base | fields, references=(refers("datasets", "dataset.d"),))
    (draft,) = drafts(replace(one, files=named))
    return made(draft, DATASETS=("v1:d",))


@pytest.mark.parametrize(
    "same",
    [
        lambda: training(0.00001),
        lambda: training(float("1.0e-5")),
        lambda: training(overrides={"lr": 1e-5, "b": {"x": 2, "y": 1}}),
        lambda: training(replicate=None),
        lambda: training(env={}),
        lambda: training(outputs=["model"]),
        lambda: training(attempts=7),
        lambda: training(nodes=1, slurm={"time": "01:00:00"}),
        lambda: training(args={"verbose": False, "empty": None}),
        lambda: training(description="another"),
    ],
    ids=[
        "decimal",
        "exponent",
        "key order",
        "no replicate",
        "no env",
        "usual outputs",
        "attempts",
        "limits",
        "no arguments",
        "description",
    ],
)
def test_what_makes_the_same_is_the_same(same: Callable[[], str]) -> None:
    assert same() == training()


@pytest.mark.parametrize(
    "other",
    [
        lambda: training("1e-5"),
        lambda: training(1),
        lambda: training(model="n"),
        lambda: training(replicate=1),
        lambda: training(replicate="1"),
        lambda: training(env={"A": "1"}),
        lambda: training(outputs=["model", "more"]),
        lambda: training(args={"verbose": True}),
        lambda: training(files={"script": opaque("train.py", "sha256:2")}),
        lambda: training(config="c.yaml", files={"config": parsed("c.yaml", {"z": 1})}),
    ],
    ids=[
        "a string",
        "an integer",
        "model",
        "replicate",
        "replicate as text",
        "environment",
        "outputs",
        "arguments",
        "script",
        "config",
    ],
)
def test_what_makes_another_thing_is_another(other: Callable[[], str]) -> None:
    assert other() != training()


def test_a_comment_in_a_config_makes_no_difference_and_a_value_does() -> None:
    def configured(values: dict[str, Any], digest: str) -> str:
        file = replace(parsed("c.yaml", values), digest=digest)
        return training(config="c.yaml", files={"config": file})

    found = [
        configured({"z": 1}, "sha256:1"),
        configured({"z": 1}, "sha256:2"),
        configured({"z": 2}, "sha256:1"),
    ]

    assert found[0] == found[1] != found[2]
