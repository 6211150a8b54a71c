"""Resources become stages: names decide nothing, equal stages are one, cycles are named."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from otplan.core.graph import Graph
from otplan.core.resource import Resource
from otplan.errors import ManifestInvalid, Place
from otplan.planner.plan import plan
from otplan.planner.resolve import resolve
from tests.kinds.build import CLUSTER, opaque, refers, resource
from tests.planner.world import WORKSPACE, Scene


def script(address: str, *reads: str, x: object = 1, **more: Any) -> Resource:  # noqa: ANN401
    """Return a script that reads these, each under its name in capitals."""
    inputs = {target.rpartition(".")[2]: target for target in reads}
    fields = {"script": "run.py", "args": {"x": x}, "inputs": inputs} | more.pop("fields", {})
    references = tuple(refers(f"inputs.{name}", target) for name, target in inputs.items())
    file = {"script": opaque("run.py")}
    return resource(address, fields, references=references, files=file, **more)


def source(name: str, path: str = "data.txt", **more: Any) -> Resource:  # noqa: ANN401
    fields = {"source": {"path": path}}
    pins = {f"path:{path}": "sha256:1"}
    return resource(f"dataset.{name}", fields, **({"pins": pins} | more))


def resolved(*resources: Resource) -> Graph:
    return resolve(WORKSPACE, resources, {"local": CLUSTER})


def prints(graph: Graph) -> Mapping[str, str]:
    """Return the fingerprint of each address."""
    return {str(a): stage.fingerprint for stage in graph.stages for a in stage.addresses}


def told(graph: Graph, before: Graph) -> list[str]:
    """Return the plan where all that was declared before is done."""
    scene = Scene([], resources=dict(graph.resources))
    for stage in before.stages:
        scene.stages = [*scene.stages, stage]
        scene.done(
            stage.fingerprint.removeprefix("v1:"), address=str(stage.addresses[0]), role=stage.role
        )
    scene.stages = graph.stages
    found = plan(graph, replace(scene.snapshot, offline=True))
    return [f"{change.action.value} {change.label}" for change in found.changes]


def test_a_renamed_resource_is_done() -> None:
    before, after = resolved(script("script.a")), resolved(script("script.new"))

    assert told(after, before) == ["= script.new/run"]


def test_what_reads_a_renamed_resource_is_done() -> None:
    before = resolved(source("a"), script("script.s", "dataset.a"))
    reads = (refers("inputs.a", "dataset.new"),)
    after = resolved(source("new"), replace(script("script.s", "dataset.a"), references=reads))

    assert prints(before)["script.s"] == prints(after)["script.s"]


def test_two_resources_that_swap_names_change_nothing() -> None:
    before = resolved(script("script.a", x=1), script("script.b", x=2))
    after = resolved(script("script.a", x=2), script("script.b", x=1))

    assert sorted(told(after, before)) == ["= script.a/run", "= script.b/run"]


def test_another_order_of_resources_changes_no_fingerprint() -> None:
    resources = [script("script.a"), script("script.b", "script.a"), script("script.c", x=2)]

    assert prints(resolved(*resources)) == prints(resolved(*reversed(resources)))


def test_a_change_reaches_all_below_it_and_nothing_beside_it() -> None:
    def declared(x: int) -> Mapping[str, str]:
        return prints(
            resolved(
                script("script.top", x=x),
                script("script.middle", "script.top"),
                script("script.bottom", "script.middle"),
                script("script.beside", x=9),
            )
        )

    before, after = declared(1), declared(2)

    changed = {address for address in before if before[address] != after[address]}
    assert changed == {"script.top", "script.middle", "script.bottom"}


def test_a_limit_changes_the_digest_and_not_the_fingerprint() -> None:
    (before,) = resolved(script("script.a")).stages
    (after,) = resolved(script("script.a", fields={"slurm": {"time": "01:00:00"}})).stages

    assert before.fingerprint == after.fingerprint
    assert before.digest != after.digest


def test_equal_stages_of_several_resources_are_one_stage() -> None:
    graph = resolved(source("a"), source("b"), script("script.s", "dataset.a", "dataset.b"))

    fetched, read = graph.stages

    assert [str(address) for address in fetched.addresses] == ["dataset.a", "dataset.b"]
    assert {need.fingerprint for need in read.needs} == {fetched.fingerprint}


def test_two_resources_that_would_make_the_same_are_refused() -> None:
    twin = script("script.b", place=Place("m.yaml", 9, 3))

    with pytest.raises(ManifestInvalid) as raised:
        resolved(script("script.a"), twin)

    (found,) = raised.value.diagnostics
    assert (found.code, found.address, str(found.place)) == ("OT391", "script.b", "m.yaml:9:3")
    assert "replicate" in found.help


def test_a_replicate_tells_equal_resources_apart() -> None:
    graph = resolved(script("script.a"), script("script.b", fields={"replicate": 2}))

    assert len(graph.stages) == 2


def test_a_cycle_is_named_with_the_lines_that_make_it() -> None:
    line = Place("m.yaml", 12, 5)
    resources = [
        script("script.a", "script.c", x=1),
        script("script.b", "script.a", x=2),
        script("script.c", "script.b", x=3, places={"inputs.b": line}),
    ]

    with pytest.raises(ManifestInvalid) as raised:
        resolved(*resources)

    (found,) = raised.value.diagnostics
    assert found.code == "OT390"
    assert "m.yaml:12:5: script.c reads script.b" in found.help.splitlines()


def test_of_two_cycles_the_shorter_is_named() -> None:
    resources = [
        script("script.a", "script.c", x=1),
        script("script.b", "script.a", x=2),
        script("script.c", "script.b", "script.d", x=3),
        script("script.d", "script.c", x=4),
    ]

    with pytest.raises(ManifestInvalid) as raised:
        resolved(*resources)

    message = raised.value.diagnostics[0].message
    assert set(message.removesuffix(" wait for each other").split(" → ")) == {
        "script.c",
        "script.d",
    }


def test_what_reads_itself_is_a_cycle() -> None:
    with pytest.raises(ManifestInvalid) as raised:
        resolved(script("script.a", "script.a"))

    assert "script.a → script.a wait for each other" in raised.value.diagnostics[0].message


def test_below_a_source_without_a_pin_nothing_has_a_fingerprint() -> None:
    graph = resolved(source("d", pins={}), script("script.s", "dataset.d"), script("script.t", x=2))

    unpinned = {str(stage.addresses[0]) for stage in graph.stages if stage.unpinned}

    assert unpinned == {"dataset.d", "script.s"}


def test_a_chain_of_five_thousand_resolves() -> None:
    first = script("script.s0")
    rest = [script(f"script.s{i}", f"script.s{i - 1}") for i in range(1, 5000)]

    graph = resolved(first, *rest)

    assert len({stage.fingerprint for stage in graph.stages}) == 5000


def test_each_of_several_that_one_input_reads_changes_the_fingerprint() -> None:
    def declared(a: int, b: int) -> str:
        reads = replace(
            script("script.s"), references=(refers("inputs.x", "script.a", "script.b"),)
        )
        return prints(resolved(script("script.a", x=a), script("script.b", x=b), reads))["script.s"]

    assert len({declared(2, 3), declared(4, 3), declared(2, 4)}) == 3
