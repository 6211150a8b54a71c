"""What a resource asks of its site and cannot have, by the cluster's file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from otplan.core.cluster import Bounds, Cluster, Proxy, TimeByNodes, Tunnel
from otplan.core.stage import Draft, Limits, Program
from otplan.errors import Diagnostic, Severity
from otplan.lint.check import check
from otplan.lint.site import refusals, unknown
from otplan.load import clusters
from tests.kinds.build import CLUSTER, resource

SITE = replace(
    CLUSTER,
    name="site",
    scheduler="slurm",
    kinds=("training", "dataset"),
    default_partition="gpu",
    max_time=10 * 3600,
    partitions={
        "gpu": Bounds(max_nodes=8, cpus=32, gpus=4, memory=1024, max_time=8 * 3600),
        "long": Bounds(max_time=20 * 3600),
    },
    qos={"large": Bounds(min_nodes=4), "small": Bounds(max_gpus=6, max_time=1800)},
    gpu_types={"h200": "h200"},
)


PROXY = Proxy("10.0.0.1", 1080)
TUNNEL = Tunnel("~/.ssh/id")


def found(fields: dict[str, Any], cluster: Cluster = SITE) -> list[Diagnostic]:
    one = resource("script.s", {"command": ["run"]} | fields, cluster=cluster.name)
    return list(check([one], {cluster.name: cluster}))


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({"cpus": 33}, "OT540", "33 processors on a node, and those of partition `gpu` have 32"),
        ({"gpus": 5}, "OT540", "5 GPUs"),
        ({"memory": "2G"}, "OT540", "2048 MiB"),
        ({"slurm": {"time": "9:00:00"}}, "OT541", "is 9:00:00, and partition `gpu` gives 8:00:00"),
        ({"slurm": {"time": "11h", "partition": "long"}}, "OT541", "site gives 10:00:00"),
        ({"slurm": {"time": "1h", "qos": "small"}}, "OT541", "QOS `small` gives 0:30:00 to 1 node"),
        ({"nodes": 9}, "OT542", "9 nodes, and partition `gpu` gives 8 at most"),
        ({"nodes": 3, "slurm": {"qos": "large"}}, "OT542", "QOS `large` takes 4 or more"),
        ({"nodes": 2, "gpus": 4, "slurm": {"qos": "small"}}, "OT543", "8 GPUs in all"),
        ({"gpus": 1, "gpu_type": "h20"}, "OT549", "no GPUs of type `h20`"),
        ({"slurm": {"partition": "gpus"}}, "OT544", "knows no partition `gpus`"),
        ({"slurm": {"qos": "larg"}}, "OT544", "knows no qos `larg`"),
    ],
)
def test_what_a_site_does_not_give_is_told(fields: dict[str, Any], code: str, words: str) -> None:
    (one,) = found(fields)

    assert (one.code, words in one.message, bool(one.help)) == (code, True, True), one.message


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"nodes": 8, "gpus": 4, "gpu_type": "h200", "slurm": {"time": "8:00:00"}},
        {"nodes": 4, "slurm": {"qos": "large"}},
        {"slurm": {"time": "9:00:00", "partition": "gpu,long"}},
    ],
)
def test_what_a_site_gives_is_not_told(fields: dict[str, Any]) -> None:
    assert found(fields) == []


@pytest.mark.parametrize(("nodes", "hours", "fits"), [(2, 2, True), (2, 3, False), (3, 6, True)])
def test_the_longest_job_may_depend_on_its_nodes(nodes: int, hours: int, *, fits: bool) -> None:
    steps = (TimeByNodes(91, 6 * 3600), TimeByNodes(2, 2 * 3600))
    site = replace(SITE, time_by_nodes=steps)

    codes = [one.code for one in found({"nodes": nodes, "slurm": {"time": f"{hours}h"}}, site)]

    assert codes == ([] if fits else ["OT541"])


def test_a_kind_that_a_cluster_is_not_recommended_for_is_a_warning() -> None:
    one = resource("dataset.d", {"generate": {"script": "make.sh"}}, cluster="site")
    there = resource("dataset.d", {"source": {"path": "here"}}, cluster="site")
    site = replace(SITE, kinds=("training", "eval"))

    (warning,) = check([one], {"site": site})
    none = check([there], {"site": site})

    assert (warning.code, warning.severity) == ("OT548", Severity.WARNING)
    assert "training and eval" in warning.message
    assert none == ()


def draft(limits: Limits = Limits(time=60), **extra: Any) -> Draft:  # noqa: ANN401, B008 - frozen
    return Draft("train", "training.train", {}, {}, Program(extra=extra), limits)


@pytest.mark.parametrize(
    ("stage", "site", "codes"),
    [
        (draft(launch="torchrun"), {"launchers": ("torchrun",)}, []),
        (draft(launch="torchrun"), {"launchers": ("accelerate",)}, ["OT545"]),
        (draft(launch="torchrun"), {"launchers": ()}, ["OT545"]),
        (draft(launch="torchrun"), {"launchers": None}, []),
        (draft(launch="srun"), {"launchers": ("accelerate",)}, []),
        (draft(variant="megatron"), {}, ["OT545"]),
        (draft(variant="megatron"), {"variants": {"megatron": SITE}}, []),
        (draft(internet="it"), {"internet": "login"}, ["OT546"]),
        (draft(internet="it"), {"internet": "none"}, ["OT546"]),
        (draft(internet="it"), {"internet": "partition:out"}, ["OT546"]),
        (draft(internet="it"), {"internet": "login", "proxy": PROXY}, []),
        (draft(Limits(nodes=2), internet="it"), {"internet": "login", "proxy": PROXY}, []),
        (draft(internet="it"), {"internet": "login", "tunnel": TUNNEL}, []),
        (draft(Limits(nodes=2), internet="it"), {"internet": "login", "tunnel": TUNNEL}, ["OT552"]),
        (draft(Limits(nodes=2)), {"internet": "login", "tunnel": TUNNEL}, []),
        (draft(Limits(nodes=2), internet="it"), {"internet": "compute", "tunnel": TUNNEL}, []),
        (draft(internet="it"), {"internet": "compute"}, []),
        (draft(internet="it"), {"internet": ""}, []),
    ],
)
def test_what_a_program_needs_and_a_site_has_not_is_refused(
    stage: Draft, site: dict[str, Any], codes: list[str]
) -> None:
    assert [code for code, *_ in refusals(stage, replace(SITE, **site))] == codes


def test_a_resource_that_needs_the_internet_is_told_where_there_is_none() -> None:
    offline = replace(SITE, internet="login")
    needs = {"env": {"WANDB_MODE": "online"}}

    (one,) = found(needs, offline)

    assert (one.code, one.severity) == ("OT546", Severity.ERROR)
    assert "It needs W&B while it runs" in one.message
    assert "site has internet on its login nodes only" in one.message
    assert found({"env": {"WANDB_MODE": "offline"}}, offline) == []
    assert found(needs, replace(offline, proxy=PROXY)) == []


@pytest.mark.parametrize(
    ("stage", "keys"),
    [
        (draft(), ()),
        (draft(Limits()), ("default_time",)),
        (draft(Limits(gpus=1, time=60)), ("gpu_directive",)),
        (draft(launch="torchrun"), ("launchers", "modules")),
        (draft(internet="it"), ("internet",)),
    ],
)
def test_what_nobody_knows_is_told_where_it_matters(stage: Draft, keys: tuple[str, ...]) -> None:
    null = ("default_time", "gpu_directive", "internet", "launchers", "max_time", "modules")

    assert unknown(stage, replace(SITE, unknown=null)) == keys


def test_the_key_that_nobody_knows_is_named() -> None:
    site = replace(SITE, unknown=("default_time",))

    (warning,) = found({}, site)

    assert (warning.code, warning.severity) == ("OT547", Severity.WARNING)
    assert "`default_time` of site" in warning.message


@pytest.mark.parametrize(
    ("name", "fields", "code"),
    [
        ("leonardo", {"nodes": 64, "slurm": {"qos": "boost_qos_bprod"}}, "OT542"),
        ("leonardo", {"nodes": 65, "slurm": {"qos": "boost_qos_bprod"}}, None),
        ("leonardo", {"nodes": 65}, "OT542"),
        ("leonardo", {"slurm": {"qos": "boost_qos_dbg", "time": "31"}}, "OT541"),
        ("frontier", {"nodes": 91, "slurm": {"time": "2:00:01"}}, "OT541"),
        ("frontier", {"nodes": 92, "slurm": {"time": "6:00:00"}}, None),
        ("jupiter", {"slurm": {"time": "12:00:01"}}, "OT541"),
        ("vista", {"gpus": 2}, "OT603"),
        ("vista", {"gpus": 1, "slurm": {"partition": "gg"}}, "OT540"),
        ("nyutorch", {"gpus": 1, "gpu_type": "a100"}, "OT549"),
        ("dip", {"nodes": 2}, "OT603"),
    ],
)
def test_shipped_clusters_refuse_what_their_sites_would(
    name: str, fields: dict[str, Any], code: str | None
) -> None:
    cluster = clusters.load(name, beside="", user="", root="/repo")

    errors = {one.code for one in found(fields, cluster) if one.severity is Severity.ERROR}

    assert code in errors if code else errors == set()
