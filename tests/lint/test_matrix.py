"""What each cluster can do, by what its file says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from otplan.core.cluster import Cluster
from otplan.errors import Place
from otplan.lint.matrix import Verdict, matrix, ways

SITE = Cluster(
    "site",
    "slurm",
    "/experiments",
    Place("site.yaml"),
    gpus=4,
    internet="compute",
    launchers=("torchrun",),
    kinds=("training",),
)
BIG = replace(SITE, name="big", variants={"megatron": SITE, "dataset": SITE, "join": SITE})


def verdicts(name: str, cluster: Cluster) -> dict[str, str]:
    return {cell.way: cell.verdict.value for cell in matrix([cluster]) if cell.name == name}


@pytest.mark.parametrize(
    ("cluster", "name", "told"),
    [
        (SITE, "training/train", {"torchrun": "yes", "accelerate": "no"}),
        (
            replace(SITE, launchers=None, unknown=("launchers",)),
            "training/train",
            {"torchrun": "?"},
        ),
        (replace(SITE, internet="login"), "dataset/generate", {"plain": "no"}),
        (replace(SITE, internet="", unknown=("internet",)), "dataset/generate", {"plain": "?"}),
        (replace(SITE, internet="login"), "script/run", {"plain": "yes"}),
        (replace(SITE, internet="login"), "training/publish", {"plain": "yes", "srun": ""}),
        (replace(SITE, internet="login"), "eval/evaluate, Harbor", {"plain": "no"}),
        (replace(SITE, internet="login"), "eval/evaluate, lm-eval", {"plain": "yes"}),
        (SITE, "dataset/join", {"plain": "yes", "torchrun": ""}),
        (replace(SITE, gpus=0), "training/train", {"plain": "no"}),
        (BIG, "training/train", {"megatron": "yes"}),
    ],
)
def test_a_verdict_is_what_lint_would_say(
    cluster: Cluster, name: str, told: dict[str, str]
) -> None:
    found = verdicts(name, cluster)

    assert {way: found[way] for way in told} == told


def test_the_ways_are_the_starts_and_the_variants_one_may_choose() -> None:
    assert ways([SITE, BIG]) == ("plain", "srun", "torchrun", "accelerate", "megatron")


def test_every_no_and_every_doubt_has_its_reason() -> None:
    cells = matrix([SITE, replace(SITE, name="doubtful", launchers=None, unknown=("launchers",))])

    doubtful = (Verdict.NO, Verdict.UNKNOWN)
    assert all(bool(cell.why) == (cell.verdict in doubtful) for cell in cells)
    assert {cell.kind for cell in cells if cell.advised} == {"training", "script"}
