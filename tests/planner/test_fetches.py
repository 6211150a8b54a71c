"""What lies on the Hub is brought to each cluster once, and changes no fingerprint on its way."""

from dataclasses import replace
from typing import Any

import pytest

from otplan.core.cluster import Cluster
from otplan.core.login import node_of, where
from otplan.core.stage import Stage, Where
from otplan.errors import Place
from otplan.planner.fetches import FETCH, with_fetches
from tests.planner.world import stage

PLACE = Place("c.yaml")
SOURCE = replace(stage("seeds"), given="hf:dataset:my-org/seeds@" + "a" * 40, role="source")


def cluster(name: str = "c", **more: Any) -> Cluster:  # noqa: ANN401 - any field of it
    return Cluster(name, "slurm", f"/x/{name}", PLACE, **more)


def fetched(*readers: Stage, **more: Any) -> list[Stage]:  # noqa: ANN401 - any field of it
    clusters = {name: cluster(name, **more) for name in ("c", "d")}
    return list(with_fetches([SOURCE, *readers], clusters))


def test_readers_of_one_cluster_share_one_fetch_before_the_first_of_them() -> None:
    found = fetched(stage("one", "seeds"), stage("two", "seeds"))

    assert [each.label for each in found] == [
        "script.seeds/source",
        "script.seeds/fetch",
        "script.one/run",
        "script.two/run",
    ]
    fetch = found[1]
    assert (fetch.template, fetch.content, fetch.where) == (FETCH, False, Where.INTERNET)
    assert fetch.program.argv == ("--repo", SOURCE.given)
    assert [need.input for need in found[2].needs] == ["seeds"]
    assert {need.fingerprint for each in found[2:] for need in each.needs} == {fetch.fingerprint}


def test_each_cluster_has_a_fetch_of_its_own() -> None:
    found = fetched(stage("one", "seeds"), stage("two", "seeds", cluster="d"))

    assert [each.label for each in found if each.template == FETCH] == [
        "script.seeds/fetch",
        "script.seeds/fetch-d",
    ]


def test_a_reader_is_what_it_was_without_a_fetch() -> None:
    reader = stage("one", "seeds")

    found = fetched(reader)[-1]

    assert (found.fingerprint, found.components) == (reader.fingerprint, reader.components)


@pytest.mark.parametrize(
    ("internet", "brought"),
    [("", False), ("compute", False), ("partition:data", True), ("login", True), ("none", True)],
)
def test_a_model_by_name_is_brought_only_where_jobs_have_no_internet(
    internet: str, brought: bool
) -> None:
    there: dict[str, Any] = {"given": f"hf:model:my-org/base@{'a' * 40}", "role": "model"}
    models = [replace(stage(name), **there) for name in ("ofone", "oftwo")]
    readers = [stage("one", "ofone"), stage("two", "oftwo")]
    readers = [replace(one, needs=(replace(one.needs[0], input=""),)) for one in readers]

    found = list(with_fetches([*models, *readers], {"c": cluster(internet=internet)}))

    names = {need.input for each in found[-2:] for need in each.needs}
    assert [each.role for each in found if each.template == FETCH] == ["fetch-model"] * brought
    assert names == ({"NAMED_MODEL"} if brought else {""})


def test_what_another_cluster_publishes_is_fetched_behind_its_publishing() -> None:
    made = replace(stage("sft"), outputs=("model",))
    sent = replace(stage("sent", "sft"), target="hf:model:my-org/sft", role="publish")
    near, far = stage("near", "sft"), stage("far", "sft", cluster="d")
    clusters = {name: cluster(name) for name in ("c", "d")}

    found = list(with_fetches([made, far, near, sent], clusters))

    labels = ["script.sft/run", "script.sent/publish", "script.sent/fetch-d", "script.far/run"]
    assert [each.label for each in found] == [*labels, "script.near/run"]
    _, _, fetch, reader, other = found
    wanted = ("--published", sent.fingerprint, "--into", "model")
    assert fetch.program.argv == ("--repo", "hf:model:my-org/sft", *wanted)
    assert [need.fingerprint for need in fetch.needs] == [sent.fingerprint]
    assert [(n.fingerprint, n.input) for n in reader.needs] == [(fetch.fingerprint, "sft")]
    assert reader.fingerprint == far.fingerprint
    assert other == near


def test_clusters_that_share_the_folder_need_no_repo() -> None:
    sent = replace(stage("sent", "sft"), target="hf:model:my-org/sft", role="publish")
    clusters = {name: cluster(name, shared_folders=("/x",)) for name in ("c", "d")}
    whole = [stage("sft"), sent, stage("far", "sft", cluster="d")]

    assert list(with_fetches(whole, clusters)) == whole


def test_what_is_no_repo_is_not_fetched() -> None:
    here = replace(SOURCE, given="/data/seeds")

    assert list(with_fetches([here, stage("one", "seeds")], {})) == [here, stage("one", "seeds")]


@pytest.mark.parametrize(
    ("internet", "place", "options"),
    [
        ("compute", "c", {"account": "a", "partition": "gpu", "qos": "long"}),
        ("", "c", {"account": "a", "partition": "gpu", "qos": "long"}),
        ("partition:data", "c", {"account": "a", "partition": "data"}),
        ("login", "c@login", {"account": "a", "partition": "gpu", "qos": "long"}),
        ("none", "c@login", {"account": "a", "partition": "gpu", "qos": "long"}),
    ],
)
def test_it_runs_where_the_internet_is(internet: str, place: str, options: dict[str, str]) -> None:
    asked = {"account": "a", "partition": "gpu", "qos": "long", "constraint": "h100"}
    reader = stage("one", "seeds", options=asked)

    fetch = fetched(reader, internet=internet)[1]

    assert (fetch.cluster, fetch.options) == (place, options)


def test_it_asks_for_no_more_time_than_there_is() -> None:
    fetch = fetched(stage("one", "seeds"), max_time=600)[1]

    assert (fetch.limits.time, fetch.limits.nodes, fetch.limits.gpus) == (600, 1, 0)


def test_a_login_node_is_the_cluster_without_its_queue() -> None:
    site = cluster(internet="login", python="/env/bin/python", secrets="/s", default_qos="q")

    node = node_of(site)

    assert (node.name, node.scheduler, node.default_qos) == ("c@login", "local", "")
    assert (node.experiments_dir, node.python, node.secrets) == ("/x/c", "/env/bin/python", "/s")
    assert where(Where.INTERNET, site) == node.name
    assert where(Where.COMPUTE, site) == site.name
