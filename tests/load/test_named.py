"""Named files: read once, hashed, parsed with places, and told of where they are named."""

import os
from hashlib import sha256
from pathlib import Path

import pytest

from tests.load.build import loaded, said, sound

BODY = "scripts:\n  s: {script: program.py, config: config.yaml, overrides: {b: {c: 3}}}\n"


def test_a_file_has_the_digest_of_its_bytes(tmp_path: Path) -> None:
    resource = sound(tmp_path, "scripts:\n  s: {script: program.py}\n")["script.s"]

    [file] = resource.files.values()

    assert file.path == "program.py"
    assert file.real == str((tmp_path / "program.py").resolve())
    assert file.digest == f"sha256:{sha256(b'print()' + os.linesep.encode()).hexdigest()}"
    assert file.values is None


def test_a_config_has_its_values_and_the_place_of_each(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("a: 1\nb:\n  c: 2\n  d: x\n")

    file = sound(tmp_path, BODY)["script.s"].files["config"]

    assert file.values == {"a": 1, "b": {"c": 2, "d": "x"}}
    assert file.places["b.d"].line == 4


def test_a_setting_stands_at_its_override_else_in_the_config(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("a: 1\nb:\n  c: 2\n  d: x\n")

    resource = sound(tmp_path, BODY)["script.s"]

    assert resource.where("config.b.c").path.endswith("manifest.yaml")
    assert resource.where("config.b.d") == resource.files["config"].places["b.d"]
    assert resource.where("config").line == 4


def test_json_is_read_as_json(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{\n\t"lr": 1e-5,\n\t"x": "\\ud83d\\ude00"\n}\n')

    body = BODY.replace("config.yaml", "config.json")
    file = sound(tmp_path, body)["script.s"].files["config"]

    assert file.values == {"lr": 1e-5, "x": "😀"}


def test_the_same_file_is_one_file(tmp_path: Path) -> None:
    body = "scripts:\n  s: {script: program.py}\n  t: {script: program.py, files: [program.py]}\n"

    result = loaded(tmp_path, body)

    assert [file.path for file in result.files] == ["program.py"]
    assert [list(one.files) for one in result.resources] == [["script"], ["script", "files.0"]]


def test_a_trap_in_a_config_is_a_warning_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("a: 1\nlr: 1e-5\n")

    result = loaded(tmp_path, BODY)

    assert [f"{one.severity.value} {one.place}" for one in result.diagnostics] == [
        f"warning {tmp_path}/config.yaml:2:5"
    ]
    assert len(result.resources) == 1


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("config.yaml", None, "4:35 OT401 The file `config.yaml` does not exist."),
        ("config.yaml", "a: [", "2:1 OT107 A value is missing here, or a bracket"),
        ("config.yaml", "a: 1\na: 2", "2:1 OT113 `a` is written twice"),
        ("config.yaml", "a: .nan", "1:4 OT127 `.nan` is not a finite number"),
        ("config.json", "{'a': 1}", "1:2 OT402 This is not JSON"),
        ("config.json", '{"a": NaN}', "1:1 OT402 This JSON cannot be recorded: NaN is not"),
        ("config.json", "[" * 100_000, "1:1 OT402 This JSON cannot be recorded: it is nested"),
        ("config.json", '{"a": ' + "9" * 30 + "}", "1:1 OT402 This JSON cannot be recorded: 99"),
    ],
)
def test_a_config_that_cannot_be_read_is_told(
    tmp_path: Path, name: str, content: str | None, expected: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)

    found = said(loaded(tmp_path, BODY.replace("config.yaml", name)))

    assert len(found) == 1
    assert found[0].startswith(expected)


def test_a_folder_and_a_pipe_are_no_files(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")

    found = said(loaded(tmp_path, "scripts:\n  s: {script: folder, files: [pipe]}\n"))

    assert [one.partition(" ")[2] for one in found] == [
        "OT401 The file `folder` is a folder.",
        "OT401 The file `pipe` is no regular file.",
    ]
