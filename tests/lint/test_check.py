"""Rules that no single kind can see."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from otplan.core.cluster import Cluster
from otplan.core.resource import Resource
from otplan.errors import Diagnostic, Place, Severity
from otplan.lint.check import check
from otplan.lint.codes import CODES
from tests.kinds.build import CLUSTER, opaque, parsed, refers, resource

SITE = replace(CLUSTER, name="site", cpus=8, gpus=4, facts={"time_required": True, "nodes": 2})
CLUSTERS = {"local": CLUSTER, "site": SITE}
TOKEN = "hf_" + "a1B2" * 8


def _script(name: str = "s", **more: Any) -> Resource:  # noqa: ANN401
    fields = {"command": ["run"]} | more.pop("fields", {})
    return resource(f"script.{name}", fields, **more)


def _check(*resources: Resource, clusters: dict[str, Cluster] = CLUSTERS) -> list[Diagnostic]:
    return list(check(resources, clusters))


def test_what_is_right_is_not_told() -> None:
    assert _check(_script()) == []


def test_what_a_kind_finds_is_told() -> None:
    assert [found.code for found in _check(resource("script.s", {}))] == ["OT507"]


@pytest.mark.parametrize(
    ("name", "mend"), [("sight", "Did you mean `site`?"), ("x", "Known here: local, site.")]
)
def test_an_unknown_cluster_is_told_with_what_was_meant(name: str, mend: str) -> None:
    (found,) = _check(_script(cluster=name))

    assert (found.code, found.help) == ("OT601", mend)


def test_a_cluster_whose_file_is_wrong_is_not_called_unknown_as_well() -> None:
    found = check([_script(cluster="broken")], CLUSTERS, ["local", "site", "broken"])

    assert found == ()


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ({}, ["OT602"]),
        ({"slurm": {"time": "1h"}}, []),
        ({"slurm": {"time": "1h"}, "cpus": 8, "gpus": 4, "nodes": 2}, []),
        ({"slurm": {"time": "1h"}, "cpus": 9}, ["OT603"]),
        ({"slurm": {"time": "1h"}, "gpus": 5, "nodes": 3}, ["OT603", "OT603"]),
    ],
)
def test_a_cluster_gives_no_more_than_it_has(fields: dict[str, Any], codes: list[str]) -> None:
    found = _check(_script(fields=fields, cluster="site"))

    assert [each.code for each in found] == codes


def test_a_machine_that_nobody_described_has_no_limits() -> None:
    assert _check(_script(fields={"cpus": 1000, "gpus": 100, "nodes": 9})) == []


def test_a_reference_to_another_cluster_is_refused() -> None:
    time = {"slurm": {"time": "1h"}}
    here = _script("here", references=(refers("inputs.x", "script.there"),))
    there = _script("there", fields=time, cluster="site")

    (found,) = _check(here, there)

    assert (found.code, found.address) == ("OT604", "script.here")


@pytest.mark.parametrize(
    ("maker", "reader", "mend"),
    [
        ({"repo": "my-org/sft"}, "eval.e", ""),
        ({"repo": "my-org/sft"}, "consolidation.c", ""),
        ({}, "eval.e", "Publish it, by `repo: owner/name` at training.sft, or name the folder"),
        (
            {"repo": "my-org/sft", "launcher": "llamafactory"},
            "consolidation.c",
            "Its repo lacks the shards: `outputs: [model, checkpoint]` at training.sft.",
        ),
        (
            {
                "repo": "my-org/sft",
                "launcher": "llamafactory",
                "outputs": ["model", "checkpoint"],
            },
            "consolidation.c",
            "",
        ),
    ],
)
def test_what_is_published_may_be_read_and_shards_only_where_they_are_published(
    maker: dict[str, Any], reader: str, mend: str
) -> None:
    field = "model" if reader.startswith("eval") else "training"
    fields = {"model": "none", "datasets": [], "slurm": {"time": "1h"}, **maker}
    made = resource("training.sft", fields, cluster="site")
    reads = resource(reader, {field: "sft"}, references=(refers(field, "training.sft"),))

    found = [one.help for one in check([made, reads], CLUSTERS) if one.code == "OT604"]

    assert [one[: len(mend)] for one in found] == ([mend] if mend else [])


@pytest.mark.parametrize(
    ("here", "there", "codes"),
    [
        (("/p",), ("/p", "/other"), []),
        (("/p/runs",), ("/p",), []),
        (("/p",), (), ["OT604"]),
        ((), ("/p",), ["OT604"]),
        (("/pro",), ("/p/runs",), ["OT604"]),
    ],
)
def test_what_lies_in_a_folder_that_both_clusters_share_may_be_read(
    here: tuple[str, ...], there: tuple[str, ...], codes: list[str]
) -> None:
    reader = _script("here", references=(refers("inputs.x", "script.there"),))
    maker = _script("there", fields={"slurm": {"time": "1h"}}, cluster="site")
    clusters = {
        "local": replace(CLUSTER, shared_folders=here),
        "site": replace(SITE, shared_folders=there, experiments_dir="/p/runs"),
    }

    found = _check(reader, maker, clusters=clusters)

    assert [each.code for each in found] == codes


@pytest.mark.parametrize(
    "secret",
    [
        TOKEN,
        f"Bearer {TOKEN}",
        "sk-" + "a1B2-" * 8,
        "AKIA" + "A1B2" * 4,
        "ghp_" + "a1B2" * 9,
        "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYW5vbiJ9.abc-_1",
        "-----BEGIN " + "OPENSSH PRIVATE KEY-----",
        "postgresql://user:word@host/db",
        "0123456789abcdef" * 2 + "01234567",
    ],
)
def test_a_secret_is_an_error_and_never_repeated(secret: str) -> None:
    (found,) = _check(_script(fields={"env": {"KEY": secret}}))

    assert (found.code, found.severity) == ("OT610", Severity.ERROR)
    assert secret not in f"{found.message}{found.help}"


def test_a_random_word_is_a_warning() -> None:
    word = "q8ZkW2nVb5Xr7TjLs0PdYh3GmCe9FuAi4oR6"

    (found,) = _check(_script(fields={"args": {"names": ["a", word]}}))

    assert (found.code, found.severity) == ("OT611", Severity.WARNING)
    assert word not in f"{found.message}{found.help}"


@pytest.mark.parametrize(
    "text",
    [
        "Qwen/Qwen3-Coder-480B-A35B-Instruct-FP8-Dynamic-Quantised",
        "0123456789abcdef0123456789abcdef01234567",
        "sha256:" + "0123456789abcdef" * 4,
        "https://example.org:8080/a/b?c=d",
        "a_very_long_name_of_an_experiment_with_many_words_in_it",
        "AVeryLongNameOfAnExperimentWithManyWordsInIt",
        "hf_transfer",
        "sk-learn",
    ],
)
def test_a_long_name_is_no_secret(text: str) -> None:
    assert _check(_script(fields={"env": {"NAME": text}})) == []


def test_a_secret_in_a_config_is_told_where_it_is() -> None:
    place = Place("c.yaml", 7, 3)
    files = {"config": parsed("c.yaml", {"token": TOKEN}, token=place), "script": opaque("a.py")}
    fields = {"script": "a.py", "config": "c.yaml"}

    (found,) = _check(resource("script.s", fields, files=files))

    assert (found.code, found.place) == ("OT610", place)


def test_the_same_finding_at_the_same_place_is_told_once() -> None:
    parts = [resource(f"script.s[a={n}]", {}) for n in (1, 2)]

    assert len(_check(*parts)) == 1


def test_findings_are_in_the_order_of_the_file() -> None:
    later = resource("script.a", {}, place=Place("m.yaml", 9, 1))
    sooner = resource("script.b", {}, place=Place("m.yaml", 2, 1))

    found = _check(later, sooner)

    assert [each.address for each in found] == ["script.b", "script.a"]


def test_every_code_has_a_line_of_its_own() -> None:
    assert len(set(CODES.values())) == len(CODES)
