"""What a stage asks for by its cluster's file, where its resource says nothing."""

from dataclasses import replace
from typing import Any

import pytest

from otplan.core.cluster import Bounds, Cluster, Exclusion, Mail
from otplan.core.stage import Draft, Limits, Program, Where
from otplan.errors import Place
from otplan.kinds.settle import settled
from otplan.planner.resolve import resolve
from tests.kinds.build import resource
from tests.planner.world import WORKSPACE

SITE = Cluster("site", "slurm", "/experiments", Place("site.yaml"))
GPUS = Limits(gpus=2)


def draft(**changes: Any) -> Draft:  # noqa: ANN401 - any field of it
    return replace(Draft("train", "training.train", {}, {}, Program(), Limits()), **changes)


@pytest.mark.parametrize(
    ("site", "limits", "options"),
    [
        ({}, GPUS, {}),
        ({"default_partition": "gpu"}, Limits(), {"partition": "gpu"}),
        ({"default_partition": "gpu", "cpu_partition": "cpu"}, Limits(), {"partition": "cpu"}),
        ({"default_partition": "gpu", "cpu_partition": "cpu"}, GPUS, {"partition": "gpu"}),
        ({"default_qos": "regular"}, GPUS, {"qos": "regular"}),
        ({"facts": {"constraint": "gpu"}}, GPUS, {"constraint": "gpu"}),
        ({"facts": {"constraint": "gpu"}}, Limits(), {}),
        ({"gpu_types": {"h200": "big"}}, Limits(gpus=1, gpu_type="h200"), {"constraint": "big"}),
        ({"facts": {"exclusive": True}}, GPUS, {"exclusive": ""}),
        ({"facts": {"options": {"licenses": "fs:1"}}}, GPUS, {"licenses": "fs:1"}),
        ({"facts": {"kill_on_invalid_dep": "site"}}, GPUS, {}),
        ({"facts": {"kill_on_invalid_dep": "no"}}, GPUS, {"kill-on-invalid-dep": "no"}),
        ({"mail": Mail("me")}, GPUS, {"mail-user": "me", "mail-type": "END,FAIL"}),
        ({"exclusions": (Exclusion("n1", "x"), Exclusion("n2", "y"))}, GPUS, {"exclude": "n1,n2"}),
    ],
)
def test_a_site_is_told_what_its_file_says(
    site: dict[str, Any], limits: Limits, options: dict[str, str]
) -> None:
    found = settled("training", draft(limits=limits), replace(SITE, **site))

    assert found.options == options


def test_what_a_resource_says_comes_first() -> None:
    own = {"partition": "mine", "exclude": "n3", "mail-type": "ALL"}
    site = replace(
        SITE, default_partition="gpu", exclusions=(Exclusion("n1", "x"),), mail=Mail("me")
    )

    found = settled("training", draft(options=own), site)

    assert found.options == own | {"exclude": "n1,n3", "mail-user": "me"}


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        (Limits(), Limits(time=60)),
        (Limits(time=30), Limits(time=30)),
        (Limits(gpus=2), Limits(gpus=2, time=60, cpus=16, gpu_type="h200")),
        (Limits(gpus=2, cpus=3), Limits(gpus=2, time=60, cpus=3, gpu_type="h200")),
        (Limits(gpus=1, gpu_type="l40s"), Limits(gpus=1, time=60, cpus=8, gpu_type="l40s")),
    ],
)
def test_limits_are_the_clusters_where_none_are_asked_for(asked: Limits, given: Limits) -> None:
    facts = {"default_gpu_type": "h200"}
    site = replace(SITE, default_time=60, cpus=32, gpus=4, facts=facts)

    assert settled("training", draft(limits=asked), site).limits == given


def test_what_needs_the_internet_goes_where_there_is_some() -> None:
    site = replace(SITE, internet="partition:net", default_partition="gpu")

    inside = settled("training", draft(options={"partition": "mine"}), site)
    outside = settled("training", draft(options={"partition": "mine"}, where=Where.INTERNET), site)

    assert (inside.options["partition"], outside.options["partition"]) == ("mine", "net")


@pytest.mark.parametrize(
    ("names", "variant"),
    [(("training", "train", "megatron"), "m"), (("training", "train"), "t"), ((), "s")],
)
def test_the_nearest_variant_of_a_cluster_counts(names: tuple[str, ...], variant: str) -> None:
    every = {"megatron": "m", "train": "t", "training": "k"}
    site = replace(
        SITE,
        default_qos="s",
        variants={name: replace(SITE, default_qos=every[name]) for name in names},
    )

    found = settled("training", draft(program=Program(extra={"variant": "megatron"})), site)

    assert found.options["qos"] == variant


def test_a_clusters_defaults_change_no_identity() -> None:
    one = resource("script.a", {"script": "run.py"})
    other = replace(SITE, default_partition="gpu", default_time=60, partitions={"gpu": Bounds()})

    (before,) = resolve(WORKSPACE, [one], {"local": replace(SITE, name="local")}).stages
    (after,) = resolve(WORKSPACE, [one], {"local": replace(other, name="local")}).stages

    assert (before.fingerprint, before.digest) == (after.fingerprint, after.digest)
    assert (after.options, after.limits.time) == ({"partition": "gpu"}, 60)
