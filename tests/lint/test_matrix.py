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


def verdicts(kind: str, cluster: Cluster) -> dict[str, str]:
    return {cell.way: cell.verdict.value for cell in matrix([cluster]) if cell.kind == kind}


@pytest.mark.parametrize(
    ("cluster", "kind", "told"),
    [
        (SITE, "training", {"torchrun": "yes", "accelerate": "no"}),
        (replace(SITE, launchers=None, unknown=("launchers",)), "training", {"torchrun": "?"}),
        (replace(SITE, internet="login"), "dataset", {"plain": "no"}),
        (replace(SITE, internet="", unknown=("internet",)), "dataset", {"plain": "?"}),
        (replace(SITE, internet="login"), "script", {"plain": "yes"}),
        (replace(SITE, gpus=0), "training", {"plain": "no"}),
        (BIG, "training", {"megatron": "yes"}),
    ],
)
def test_a_verdict_is_what_lint_would_say(
    cluster: Cluster, kind: str, told: dict[str, str]
) -> None:
    found = verdicts(kind, cluster)

    assert {way: found[way] for way in told} == told


def test_the_ways_are_the_starts_and_the_variants_one_may_choose() -> None:
    assert ways([SITE, BIG]) == ("plain", "srun", "torchrun", "accelerate", "megatron")


def test_every_no_and_every_doubt_has_its_reason() -> None:
    cells = matrix([SITE, replace(SITE, name="doubtful", launchers=None, unknown=("launchers",))])

    assert all(bool(cell.why) == (cell.verdict is not Verdict.YES) for cell in cells)
    assert {cell.kind for cell in cells if cell.advised} == {"training", "script"}
