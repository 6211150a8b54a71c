"""What kinds find wrong that no schema can say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from otplan.kinds import KINDS
from otplan.lint.codes import CODES
from tests.kinds.build import CLUSTER, codes, parsed, resource

RUN = {"script": "g.py"}


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, ["OT501"]),
        ({"source": {"path": "x"}}, []),
        ({"source": {"path": "x"}, "generate": RUN}, ["OT502"]),
        ({"trace": RUN}, ["OT503"]),
        ({"trace": RUN | {"tasks": "d"}}, []),
        ({"generate": RUN, "trace": RUN}, []),
        ({"generate": RUN, "trace": RUN | {"tasks": "d"}}, ["OT503"]),
        ({"generate": RUN | {"chunks": 2, "chunks_at_once": 2}}, []),
        ({"generate": RUN | {"chunks": 2, "chunks_at_once": 3}}, ["OT504"]),
        ({"generate": RUN | {"chunks_at_once": 1}}, ["OT504"]),
        ({"generate": RUN | {"chunks": 2, "join": RUN}}, []),
        ({"generate": RUN | {"join": RUN}}, ["OT505"]),
        ({"generate": RUN | {"chunks": 1, "join": RUN | {"outputs": ["/x"]}}}, ["OT509"]),
    ],
)
def test_a_dataset_is_whole(fields: dict[str, Any], found: list[str]) -> None:
    assert codes(resource("dataset.d", fields)) == found


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, ["OT507"]),
        ({"args": {"a": 1}}, ["OT507"]),
        ({"script": "a.py"}, []),
        ({"command": ["a"]}, []),
        ({"script": "a.py", "command": ["a"]}, ["OT506"]),
    ],
)
def test_a_script_has_one_thing_to_run(fields: dict[str, Any], found: list[str]) -> None:
    assert codes(resource("script.s", fields)) == found


@pytest.mark.parametrize(
    "path",
    [
        "/x",
        "~/x",
        "../x",
        "a/../b",
        "a/./b",
        ".",
        "a//b",
        "a/",
        "a\nb",
        "a\x7f",
        "a'b",
        'a"',
        "a\\",
        f"a/{'x' * 256}",
        "ä" * 128,
    ],
)
def test_an_output_outside_the_output_folder_is_refused(path: str) -> None:
    assert codes(resource("script.t", {"script": "t.py", "outputs": ["ok", path]})) == ["OT509"]


@pytest.mark.parametrize("path", ["model", "a/b.c", "-x", "a b", "..a", "ä", "x" * 255])
def test_an_output_is_any_plain_path(path: str) -> None:
    assert codes(resource("script.t", {"script": "t.py", "outputs": [path]})) == []


@pytest.mark.parametrize(
    ("name", "found"),
    [("A_1", []), ("1A", ["OT510"]), ("a-b", ["OT510"]), ("", ["OT510"]), ("OTPLAN_X", ["OT510"])],
)
def test_an_environment_variable_has_a_name_of_its_own(name: str, found: list[str]) -> None:
    assert codes(resource("eval.e", {"script": "e.py", "env": {name: "1"}})) == found


@pytest.mark.parametrize(
    ("inputs", "found"),
    [
        ({"seed": "d"}, []),
        ({"a-b": "d"}, ["OT511"]),
        ({"seed": "d", "SEED": "e"}, ["OT511", "OT511"]),
        ({"datasets": "d"}, ["OT511"]),
    ],
)
def test_an_input_has_a_name_of_its_own(inputs: dict[str, str], found: list[str]) -> None:
    assert (
        codes(resource("training.t", {"script": "t", "datasets": ["d"], "inputs": inputs})) == found
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"generate": RUN, "trace": RUN | {"inputs": {"tasks": "d"}}},
        {"generate": RUN | {"chunks": 2, "join": RUN | {"inputs": {"Chunks": "d"}}}},
    ],
)
def test_an_input_does_not_hide_what_a_program_reads_by_itself(fields: dict[str, Any]) -> None:
    assert codes(resource("dataset.d", fields)) == ["OT511"]


def test_a_config_is_a_mapping() -> None:
    files = {"config": parsed("c.yaml", [1, 2])}

    assert codes(resource("script.t", {"script": "t", "config": "c.yaml"}, files=files)) == [
        "OT508"
    ]


@pytest.mark.parametrize("time", ["0", "00:00:00", "0-0", "0m"])
def test_a_time_limit_of_no_time_is_refused(time: str) -> None:
    assert codes(resource("consolidation.c", {"training": "t", "slurm": {"time": time}})) == [
        "OT512"
    ]


@pytest.mark.parametrize(
    ("gpus", "told"), [({}, ["OT513"]), ({"gpus": 0}, ["OT513"]), ({"gpus": 1}, [])]
)
def test_a_type_of_gpu_needs_gpus(gpus: dict[str, int], told: list[str]) -> None:
    found = codes(resource("consolidation.c", {"training": "t", "gpu_type": "h100", **gpus}))

    assert [code for code in found if code == "OT513"] == told


def test_a_finding_says_where_and_what_to_do() -> None:
    one = resource("script.s", {})

    (found,) = KINDS["script"].checks(one, CLUSTER)

    assert (found.place, found.address) == (one.place, "script.s")
    assert found.help.endswith(".")


def test_every_code_of_a_resource_is_in_the_table() -> None:
    root = Path(__file__).parents[2] / "otplan"
    files = [path for path in root.rglob("*.py") if path.name != "codes.py"]
    text = "".join(path.read_text() for path in files)

    used = set(re.findall(r'"(OT5\d{2})"', text))

    assert used == {code for code in CODES if code < "OT600"}
