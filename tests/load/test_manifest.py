"""A manifest as a whole: every resource, every problem in one run, in file order."""

from pathlib import Path

import pytest

from otplan.errors import ManifestInvalid
from otplan.load.manifest import load, read
from tests.load.build import loaded, said, sound

SEVERAL = """
cluster: 3
defaults:
  slrum: {account: a}
  trainings: {nodes: none, script: program.py}
trainings:
  a: {model: m, datasets: [x], gpus: -1}
  b: {modle: m, datasets: [d], args: {x: no}}
  b: {model: m, datasets: [d], memory: 1 G}
datasets:
  d: {generate: {script: gone.py, args: {x: "${var.y}"}}}
"""


def test_all_problems_are_told_in_one_run_in_file_order(tmp_path: Path) -> None:
    found = [" ".join(one.split()[:2]) for one in said(loaded(tmp_path, SEVERAL))]

    assert found == [
        "4:10 OT203",
        "6:3 OT201",
        "7:22 OT203",
        "9:28 OT310",
        "9:38 OT206",
        "10:7 OT201",
        "10:42 OT122",
        "11:3 OT113",
        "11:40 OT205",
        "13:26 OT401",
        "13:45 OT302",
    ]


def test_load_raises_all_of_them(tmp_path: Path) -> None:
    loaded(tmp_path, SEVERAL)

    with pytest.raises(ManifestInvalid) as caught:
        load(str(tmp_path / "manifest.yaml"))

    assert len(caught.value.diagnostics) == 11


def test_what_is_sound_is_a_resource_beside_what_is_not(tmp_path: Path) -> None:
    body = "scripts:\n  a: {script: program.py}\n  b: {script: gone.py}\n  c: {script: 3}\n"

    assert [str(one.address) for one in loaded(tmp_path, body).resources] == ["script.a"]


def test_defaults_lie_below_and_keep_their_places(tmp_path: Path) -> None:
    body = """
    defaults:
      scripts: {nodes: 2, env: {A: "1"}, slurm: {qos: high}}
      slurm: {account: mine, qos: low}
    scripts:
      s: {script: program.py, env: {B: "2"}, slurm: {time: "1:00"}}
    """

    resource = sound(tmp_path, body)["script.s"]

    assert resource.fields == {
        "nodes": 2,
        "env": {"A": "1", "B": "2"},
        "slurm": {"account": "mine", "qos": "high", "time": "1:00"},
        "script": "program.py",
    }
    assert [resource.where(path).line for path in ("nodes", "slurm.account", "env.B")] == [5, 6, 8]


def test_a_resource_says_what_it_is_and_where(tmp_path: Path) -> None:
    body = (
        "cluster: big\nscripts:\n  s: {script: program.py}\n  t: {script: program.py, cluster: x}\n"
    )

    resources = sound(tmp_path, body)

    assert str(resources["script.s"].place) == f"{tmp_path}/manifest.yaml:5:3"
    assert [one.cluster for one in resources.values()] == ["big", "x"]
    assert resources["script.s"].property("args.x").affects.value == "result"


def test_the_manifests_own_fields_have_their_defaults(tmp_path: Path) -> None:
    result = loaded(tmp_path, "code: [src]\ncatalog: {created_by: me}\n")

    assert (result.workspace, result.cluster, result.registry, result.state) == (
        "demo",
        "local",
        "sqlite",
        "",
    )
    assert (result.code, result.catalog) == (("src",), {"created_by": "me"})


def test_where_a_cluster_is_the_manifests_own_that_line_is_its_place(tmp_path: Path) -> None:
    body = (
        "cluster: big\nscripts:\n  s: {script: program.py}\n  t: {script: program.py, cluster: x}\n"
    )

    found = sound(tmp_path, body)

    assert [found[f"script.{name}"].where("cluster").line for name in "st"] == [3, 6]


def test_keys_with_x_are_places_for_anchors(tmp_path: Path) -> None:
    body = "x-base: &base {nodes: 2}\nscripts:\n  s: {<<: *base, script: program.py}\n"

    resource = sound(tmp_path, body)["script.s"]

    assert resource.get("nodes") == 2
    assert resource.where("nodes").line == 3


def test_an_error_of_a_matrix_is_told_once(tmp_path: Path) -> None:
    body = "scripts:\n  s: {script: gone.py, matrix: {a: [1, 2, 3]}, args: {x: '${matrix.b}'}}\n"

    assert [one.split()[1] for one in said(loaded(tmp_path, body))] == ["OT401", "OT306"]


def test_a_value_that_only_some_combinations_break_names_the_first(tmp_path: Path) -> None:
    body = "scripts:\n  s: {script: program.py, matrix: {n: [1, 0]}, nodes: '${matrix.n}'}\n"

    [found] = loaded(tmp_path, body).diagnostics

    assert found.address == "script.s[n=0]"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "1:1 OT209 This is no manifest: the file is empty."),
        (b"- a", "1:1 OT209 This is no manifest: the file has a list"),
        (b"\xff\xfeo\x00", "1:1 OT103 The file is not UTF-8 text"),
        (b"otplan: 1\nworkspace: d\xe9mo\n", "2:13 OT103 The byte 0xe9 is not UTF-8."),
        (b"otplan: 1\nworkspace: d\x00\n", "1:1 OT103 The file is not UTF-8 text"),
        (b"otplan: 1\nworkspace: d\x07\n", "2:13 OT105 The character U+0007"),
        (b"otplan: 1\rworkspace: De\r", "2:12 OT205 `workspace` cannot be `De`."),
        (b"otplan: 1\r\nworkspace: De\r\n", "2:12 OT205 `workspace` cannot be `De`."),
        (b"otplan: 2\nworkspace: demo\n", "1:9 OT204 `otplan` cannot be `2`."),
        (b"otplan: 1\n", "1:1 OT202 This needs the field `workspace`."),
        (b"otplan: 1\nworkspace: De\n", "2:12 OT205 `workspace` cannot be `De`."),
        (b"\xef\xbb\xbfotplan: 1\nworkspace: demo\n", "1:1 OT104 The file starts with a byte"),
        (b"otplan: 1\nworkspace: demo\nscripts: {a b: {}}\n", "3:11 OT208 `a b` cannot be a"),
    ],
)
def test_a_file_that_is_no_manifest_is_told(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "manifest.yaml"
    path.write_bytes(content)

    [found] = said(read(str(path)))

    assert found.startswith(expected)


def test_a_manifest_that_is_not_there_is_told(tmp_path: Path) -> None:
    [found] = read(str(tmp_path / "gone.yaml")).diagnostics

    assert (found.code, found.message) == (
        "OT101",
        "The file cannot be read: No such file or directory.",
    )
