"""What a site does not allow, field by field; what is not known of it never stands in the way."""

from dataclasses import replace
from typing import Any

import pytest

from otplan.core.site import Association, Controller, Nodes, Partition, Qos, SiteLimits
from otplan.core.stage import Limits, Stage
from otplan.planner.beyond import excesses
from tests.planner.world import stage

HOUR = 3600
NODES = (Nodes(8, 16, 16000, {"a100": 4}), Nodes(2, 64, 256000, {}))
MAIN = Partition("main", "UP", default=True, max_time=48 * HOUR, nodes=NODES)
SHORT = Partition("short", "UP", max_time=600, max_nodes=2, nodes=NODES)
RULED = Partition("ruled", "UP", qos="part", allowed=("normal", "long"))
ENFORCED = ("associations", "limits", "qos")
CONTROLLER = Controller("22.05.8", max_array_size=1001, max_job_count=900, enforced=ENFORCED)
SITE = SiteLimits(
    at=0,
    controller=CONTROLLER,
    partitions=(MAIN, SHORT, RULED),
    associations=(Association("lab", "", ("normal", "tight", "long", "over"), "normal"),),
    qos=(
        Qos("normal", max_wall=24 * HOUR),
        Qos("tight", max_submit=4),
        Qos("long", ("PartitionTimeLimit", "PartitionMaxNodes")),
        Qos("over", ("OverPartQOS",), max_wall=9 * HOUR),
        Qos("part", max_wall=HOUR),
        Qos("other"),
    ),
)

MEMORY = (
    "it asks for 256,001 MiB of memory on a node, and those of partition `main` have 256,000 MiB"
)


def asking(limits: dict[str, Any], options: dict[str, str], elements: int = 0) -> Stage:
    return stage("a", limits=Limits(**limits), options=options, elements=elements)


def found(asks: Stage, site: SiteLimits = SITE) -> list[tuple[str, str]]:
    """Return what is beyond the site, for all elements."""
    elements = tuple(asks.cells) if asks.elements else ()
    return [(one.field, one.text) for one in excesses(asks, elements, site)]


@pytest.mark.parametrize(
    ("limits", "options", "said"),
    [
        (
            {"time": 1800},
            {"partition": "short"},
            (
                "slurm.time",
                "its time limit is 30:00, and partition `short` gives 10:00 to a job",
            ),
        ),
        (
            {"nodes": 3},
            {"partition": "short"},
            ("nodes", "it asks for 3 nodes, and partition `short` gives 2 to a job"),
        ),
        (
            {"nodes": 11},
            {},
            ("nodes", "of the nodes of partition `main` 10 will do, and it asks for 11"),
        ),
        (
            {"nodes": 3, "cpus": 32},
            {},
            ("nodes", "of the nodes of partition `main` 2 will do, and it asks for 3"),
        ),
        (
            {"cpus": 32, "gpus": 1},
            {},
            ("nodes", "of the nodes of partition `main` 0 will do, and it asks for 1"),
        ),
        (
            {},
            {"partition": "nowhere"},
            ("slurm.partition", "there is no partition `nowhere`; there are main, short, ruled"),
        ),
        (
            {"cpus": 65},
            {},
            ("cpus", "it asks for 65 processors on a node, and those of partition `main` have 64"),
        ),
        (
            {"memory": 256001},
            {},
            (
                "memory",
                MEMORY,
            ),
        ),
        (
            {"gpus": 5},
            {},
            ("gpus", "it asks for 5 GPUs on a node, and those of partition `main` have 4"),
        ),
        (
            {"gpus": 1, "gpu_type": "h100"},
            {},
            (
                "gpu_type",
                "it asks for 1 GPU of type `h100` on a node, and those of partition `main` have 0",
            ),
        ),
        (
            {},
            {"account": "nobody"},
            ("slurm.account", "you have no account `nobody`; you have lab"),
        ),
        (
            {},
            {"qos": "nothing"},
            (
                "slurm.qos",
                "there is no QOS `nothing`; there are normal, tight, long, over, part, other",
            ),
        ),
        (
            {},
            {"qos": "other"},
            (
                "slurm.qos",
                "your account does not have QOS `other`; it has normal, tight, long, over",
            ),
        ),
        (
            {},
            {"qos": "tight", "partition": "ruled"},
            ("slurm.qos", "partition `ruled` is not for QOS `tight`, but for normal, long"),
        ),
        (
            {"time": 25 * HOUR},
            {},
            (
                "slurm.time",
                "its time limit is 25:00:00, and QOS `normal` gives 24:00:00 to a job",
            ),
        ),
        (
            {"time": 2 * HOUR},
            {"partition": "ruled"},
            ("slurm.time", "its time limit is 2:00:00, and QOS `part` gives 1:00:00 to a job"),
        ),
    ],
)
def test_what_a_site_does_not_allow_is_told_with_the_field_that_asks_for_it(
    limits: dict[str, Any], options: dict[str, str], said: tuple[str, str]
) -> None:
    assert found(asking(limits, options)) == [said]


@pytest.mark.parametrize(
    ("limits", "options"),
    [
        ({"time": 24 * HOUR, "nodes": 10}, {}),
        ({"time": 600, "nodes": 2}, {"partition": "short"}),
        ({"nodes": 8, "cpus": 16, "memory": 16000, "gpus": 4, "gpu_type": "A100"}, {}),
        ({"nodes": 2, "cpus": 64, "memory": 256000}, {}),
        ({}, {"account": "LAB", "qos": "Normal"}),
        ({"time": 1800}, {"partition": "short,main"}),
        ({"time": 999 * HOUR, "nodes": 9}, {"partition": "short", "qos": "long"}),
        ({"time": HOUR}, {"partition": "ruled", "qos": "normal"}),
    ],
)
def test_what_a_site_allows_is_let_through(limits: dict[str, Any], options: dict[str, str]) -> None:
    assert found(asking(limits, options)) == []


def test_a_qos_may_go_before_that_of_its_partition() -> None:
    ruled = replace(RULED, allowed=None)
    site = replace(SITE, partitions=(ruled,))

    (beyond,) = found(asking({"time": 10 * HOUR}, {"partition": "ruled", "qos": "over"}), site)

    assert "QOS `over` gives 9:00:00" in beyond[1]


def test_of_several_partitions_that_all_take_too_little_the_first_is_told() -> None:
    site = replace(SITE, partitions=(SHORT, replace(SHORT, name="brief", max_time=60)))

    (beyond,) = found(asking({"time": 1800}, {"partition": "short,brief"}), site)

    assert "partition `short`" in beyond[1]


def test_of_several_partitions_each_must_be_there() -> None:
    asks = asking({"time": 1800}, {"partition": "short,nowhere"})

    assert [field for field, _ in found(asks)] == ["slurm.partition"]


def test_everything_that_is_too_much_is_told_at_once() -> None:
    asks = asking({"time": 1800, "nodes": 3, "gpus": 5}, {"partition": "short", "account": "x"})

    assert [field for field, _ in found(asks)] == ["slurm.account", "slurm.time", "nodes"]


@pytest.mark.parametrize(
    ("elements", "options", "said"),
    [
        (1002, {}, ["its array has an element 1001, and 1000 is the last there may be"]),
        (901, {}, ["its array has 901 elements, and there may be 900 jobs in all"]),
        (5, {"qos": "tight"}, ["its array has 5 elements, and QOS `tight` takes 4 at a time"]),
        (4, {"qos": "tight"}, []),
        (900, {}, []),
    ],
)
def test_an_array_may_be_too_large(elements: int, options: dict[str, str], said: list[str]) -> None:
    texts = [text for _, text in found(asking({}, options, elements))]

    assert texts[: len(said)] == said
    assert bool(texts) == bool(said)


def test_only_the_elements_that_are_sent_count() -> None:
    asks = asking({}, {"qos": "tight"}, 5)

    assert list(excesses(asks, (1, 3), SITE)) == []


TOO_MUCH = asking(
    {"time": 999 * HOUR, "nodes": 99, "cpus": 99, "memory": 999999, "gpus": 9},
    {"account": "x", "qos": "x", "partition": "x"},
    2000,
)


def test_where_nothing_is_known_nothing_is_too_much() -> None:
    assert found(TOO_MUCH, SiteLimits(at=0)) == []


@pytest.mark.parametrize(
    ("unknown", "limits", "options"),
    [
        ({"partitions": None}, {"time": 999 * HOUR}, {"partition": "x"}),
        ({"associations": None}, {}, {"account": "x"}),
        ({"qos": None}, {"time": 99 * HOUR}, {"partition": "main", "qos": "long"}),
        ({"controller": None}, {"time": 30 * HOUR}, {"account": "x"}),
        ({"controller": replace(CONTROLLER, plugins=True)}, {"time": 99 * HOUR}, {}),
        ({"controller": replace(CONTROLLER, enforced=())}, {"time": 30 * HOUR}, {"account": "x"}),
        ({"controller": replace(CONTROLLER, enforced=("associations",))}, {"time": 30 * HOUR}, {}),
        ({"partitions": (replace(MAIN, nodes=None),)}, {"cpus": 99, "nodes": 99}, {}),
        (
            {"partitions": (replace(MAIN, nodes=(replace(NODES[0], gpus=None),)),)},
            {"gpus": 9},
            {},
        ),
        (
            {"partitions": (replace(RULED, qos="gone"),)},
            {"time": 99 * HOUR},
            {"partition": "ruled"},
        ),
        ({"associations": None}, {"time": 30 * HOUR}, {}),
        ({}, {"time": 99 * HOUR}, {"reservation": "course"}),
    ],
)
def test_what_is_not_known_never_stands_in_the_way(
    unknown: dict[str, Any], limits: dict[str, Any], options: dict[str, str]
) -> None:
    assert found(asking(limits, options), replace(SITE, **unknown)) == []


def test_an_account_that_is_only_for_another_partition_is_told() -> None:
    site = replace(SITE, associations=(Association("lab", "short"),))

    assert found(asking({}, {"account": "lab"}), site) == [
        ("slurm.account", "your account `lab` is not for partition `main`")
    ]


def test_the_limit_of_an_account_counts_where_no_qos_has_one() -> None:
    account = Association("lab", "", ("long",), max_wall=5 * HOUR)
    site = replace(SITE, associations=(account,))

    assert found(asking({"time": 6 * HOUR}, {}), site) == [
        ("slurm.time", "its time limit is 6:00:00, and account `lab` gives 5:00:00 to a job")
    ]
