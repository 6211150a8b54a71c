"""What Slurm said of its limits, as recorded in the lab, and what otplan reads in it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from otplan.core.site import Association, Controller, Nodes, Partition, Qos, SiteLimits
from otplan.errors import Unreachable
from otplan.schedulers.slurm import limits

CONFIG = """\
Configuration data as of 1795655501
AccountingStorageEnforce = associations,limits,qos
AccountingStorageType   = accounting_storage/slurmdbd
ClusterName             = lab
EnforcePartLimits       = NO
JobRequeue              = 1
JobSubmitPlugins        = (null)
MaxArraySize            = 1001
MaxJobCount             = 10000
MinJobAge               = 300 sec
SLURM_VERSION           = 22.05.8

Slurmctld(primary) at vm is UP
"""
SHORT = (
    "PartitionName=short AllowGroups=ALL AllowAccounts=ALL AllowQos=ALL AllocNodes=ALL Default=NO "
    "QoS=N/A DefaultTime=NONE DisableRootJobs=NO ExclusiveUser=NO GraceTime=0 Hidden=NO "
    "MaxNodes=2 MaxTime=00:10:00 MinNodes=0 LLN=NO MaxCPUsPerNode=UNLIMITED Nodes=n[1-8] "
    "PriorityJobFactor=1 PriorityTier=1 RootOnly=NO ReqResv=NO OverSubscribe=NO "
    "OverTimeLimit=NONE PreemptMode=REQUEUE State=UP TotalCPUs=128 TotalNodes=8 "
    "SelectTypeParameters=NONE JobDefaults=(null) DefMemPerNode=UNLIMITED "
    "MaxMemPerNode=UNLIMITED TRES=cpu=128,mem=125G,node=8,billing=128"
)
MAIN = (
    SHORT.replace("=short", "=main")
    .replace("Default=NO", "Default=YES")
    .replace("MaxNodes=2 MaxTime=00:10:00", "MaxNodes=UNLIMITED MaxTime=2-00:00:00")
)
SINFO = "main|8|16|16000|gpu:4\nshort|8|16|16000|gpu:4\n"
ASSOCIATIONS = "lab||normal,tight|||\nroot||normal,tight|||\n"
QOS = "normal|||\ntight|||4\n"

ALIKE = (Nodes(8, 16, 16000, {"": 4}),)
LAB = SiteLimits(
    at=7,
    controller=Controller(
        version="22.05.8",
        min_job_age=300,
        max_array_size=1001,
        max_job_count=10000,
        enforce_part_limits="NO",
        requeue=True,
        accounting=True,
        enforced=("associations", "limits", "qos"),
    ),
    partitions=(
        Partition("main", "UP", default=True, max_time=172800, nodes=ALIKE),
        Partition("short", "UP", max_time=600, max_nodes=2, nodes=ALIKE),
    ),
    associations=(
        Association("lab", qos=("normal", "tight")),
        Association("root", qos=("normal", "tight")),
    ),
    qos=(Qos("normal"), Qos("tight", max_submit=4)),
)


USUAL: Mapping[tuple[str, ...], str] = {
    limits.CONTROLLER: CONFIG,
    limits.PARTITIONS: f"{MAIN}\n{SHORT}\n",
    limits.NODES: SINFO,
    limits.USER: "root\n",
    tuple(limits.associations("root", "lab")): ASSOCIATIONS,
    limits.QOS: QOS,
}


def asked(
    but: Mapping[tuple[str, ...], str] = MappingProxyType({}),
    silent: Collection[str] = (),
    *,
    count_gpus: bool = True,
) -> SiteLimits | None:
    """Ask the lab, whose answers are the usual ones `but` these; commands may be silent."""

    def answer(argv: Sequence[str]) -> str:
        if argv[0] in silent:
            raise Unreachable("no answer")
        return {**USUAL, **but}[tuple(argv)]

    return limits.ask(answer, 7, count_gpus=count_gpus)


def test_what_the_lab_says_is_read() -> None:
    assert asked() == LAB


@pytest.mark.parametrize(
    ("silent", "unknown", "missing"),
    [
        (
            {"sacctmgr"},
            {"associations": None, "qos": None},
            ("sacctmgr show qos",),
        ),
        ({"id"}, {"associations": None}, ("id",)),
        (
            {"sinfo"},
            {"partitions": tuple(replace(p, nodes=None) for p in LAB.partitions or ())},
            ("sinfo",),
        ),
    ],
)
def test_what_does_not_answer_leaves_its_part_unknown_and_is_named(
    silent: set[str], unknown: dict[str, Any], missing: tuple[str, ...]
) -> None:
    assert asked(silent=silent) == replace(LAB, **unknown, missing=missing)


def test_where_the_controller_does_not_answer_nothing_is_known() -> None:
    assert asked(silent={"scontrol"}) is None


def test_a_site_without_accounting_is_not_asked_for_accounts() -> None:
    none = CONFIG.replace("accounting_storage/slurmdbd", "(null)")

    said = asked({limits.CONTROLLER: none}, silent={"sacctmgr"})

    assert said is not None
    assert (said.associations, said.qos, said.missing) == (None, None, ())


def test_lines_that_a_plug_in_prints_are_passed_over() -> None:
    banner = "Welcome | to = the site\n"
    but = {question: banner + out for question, out in USUAL.items() if question != limits.USER}

    assert asked(but) == LAB


def test_where_sinfo_hides_nodes_that_are_powered_down_nothing_is_said_of_any() -> None:
    said = asked({limits.NODES: SINFO.replace("main|8", "main|5")})

    assert said is not None
    assert [one.nodes for one in said.partitions or ()] == [None, ALIKE]


def test_where_gpus_are_not_asked_for_they_are_not_counted() -> None:
    said = asked(count_gpus=False)

    assert said is not None
    assert [one.gpus for p in said.partitions or () for one in p.nodes or ()] == [None, None]


@pytest.mark.parametrize(
    ("gres", "gpus"),
    [
        ("(null)", {}),
        ("gpu:4", {"": 4}),
        ("gpu:a100:4(S:0-1)", {"a100": 4}),
        ("gpu:a100:2(S:0,2),gpu:v100:1(S:1)", {"a100": 2, "v100": 1}),
        ("gpu:a100_1g.5gb:7,nvme:1", {"a100_1g.5gb": 7}),
        ("gpu:2,gpu:1", {"": 3}),
        ("license_gpu:9", {}),
    ],
)
def test_gpus_are_counted_by_their_type(gres: str, gpus: dict[str, int]) -> None:
    assert limits.nodes_of(f"main|1|2|3|{gres}\n", count_gpus=True) == {
        "main": [Nodes(1, 2, 3, gpus)]
    }


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ("MaxTime=UNLIMITED", {"max_time": None}),
        ("MaxTime=10:00", {"max_time": 600}),
        (
            "QoS=part AllowQos=a,b AllowAccounts=c",
            {"qos": "part", "allowed": ("a", "b"), "accounts": ("c",)},
        ),
        ("State=DRAIN", {"state": "DRAIN"}),
    ],
)
def test_a_partition_is_read_in_the_words_of_scontrol(words: str, fields: dict[str, Any]) -> None:
    (read,) = limits.partitions_of(f"{SHORT} {words}\n", {"short": ALIKE})

    assert read == replace((LAB.partitions or ())[1], **fields)


@pytest.mark.parametrize(
    ("row", "read"),
    [
        (
            "lab||normal|normal|1-00:00:00|9",
            Association("lab", "", ("normal",), "normal", 86400, 9),
        ),
        ("lab|gpu||||", Association("lab", "gpu")),
        ("lab||normal,+long|||", Association("lab")),
        ("lab||-normal|||", Association("lab")),
    ],
)
def test_an_account_is_read_and_a_list_that_only_says_what_differs_is_unknown(
    row: str, read: Association
) -> None:
    assert limits.associations_of(f"{row}\n") == (read,)


def test_a_qos_is_read_with_its_flags() -> None:
    out = "long|PartitionTimeLimit,OverPartQOS|7-00:00:00|\n"

    assert limits.qos_of(out) == (Qos("long", ("PartitionTimeLimit", "OverPartQOS"), 604800),)


def test_a_plug_in_for_submissions_is_told() -> None:
    said = asked({limits.CONTROLLER: CONFIG.replace("Plugins        = (null)", "Plugins = lua")})

    assert said is not None
    assert said.controller is not None
    assert said.controller.plugins
