"""The sections, and the schemas that are generated from them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from otplan import shipped
from otplan.core.resource import Affects, Property
from otplan.kinds import KINDS
from otplan.load import sections

EDITOR: dict[str, Any] = json.loads((shipped.folder("schema") / "manifest.schema.json").read_text())
EXAMPLE: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("example.yaml").read_text())
STRICT = sections.strict()


def _schemas() -> Iterator[tuple[str, dict[str, Any]]]:
    yield "editor", EDITOR
    yield "manifest", STRICT["manifest"]
    for name, section in STRICT["sections"].items():
        yield name, section["schema"]


def _properties(schema: dict[str, Any], prefix: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, inner in schema.get("properties", {}).items():
        yield f"{prefix}.{name}", inner
        yield from _properties(inner, f"{prefix}.{name}")
    for key in ("additionalProperties", "items"):
        if isinstance(schema.get(key), dict):
            yield from _properties(schema[key], f"{prefix}.*")


def _keywords(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _keywords(inner)
    if isinstance(value, list):
        for inner in value:
            yield from _keywords(inner)


def _errors(schema: dict[str, Any], value: object) -> list[str]:
    return [error.message for error in Draft7Validator(schema).iter_errors(value)]


def _resource(section: str, **fields: object) -> list[str]:
    return _errors(STRICT["sections"][section]["schema"], fields)


@pytest.mark.parametrize("name", sorted(sections.generate()))
def test_a_generated_file_is_what_the_sections_say(name: str) -> None:
    written = (shipped.folder("schema") / name).read_bytes()

    assert written == sections.generate()[name], "Run: python -m otplan.load.sections"


@pytest.mark.parametrize(("name", "schema"), list(_schemas()))
def test_every_schema_is_valid_draft_07(name: str, schema: dict[str, Any]) -> None:
    Draft7Validator.check_schema(schema)


@pytest.mark.parametrize(("name", "schema"), list(_schemas()))
def test_every_schema_is_flat(name: str, schema: dict[str, Any]) -> None:
    composed = {"$ref", "allOf", "anyOf", "oneOf", "not", "if", "include"}

    assert composed.isdisjoint(_keywords(schema))


@pytest.mark.parametrize("name", ["top", *sections.SECTIONS])
def test_every_property_says_what_it_is_and_what_it_affects(name: str) -> None:
    schema = sections.source(name) if name == "top" else sections.section(name)

    for path, inner in _properties(schema, name):
        assert inner["x-otplan-affects"] in {each.value for each in Affects}, path
        assert inner["description"].endswith("."), path
        assert inner["examples"], path


@pytest.mark.parametrize("name", sections.SECTIONS)
def test_every_example_and_default_is_valid(name: str) -> None:
    for path, inner in _properties(sections.section(name), name):
        given = [*inner["examples"], *([inner["default"]] if "default" in inner else [])]
        for example in given:
            bare = {key: value for key, value in inner.items() if key != "required"}
            assert _errors(bare, example) == [], path


def test_every_section_is_that_of_a_kind() -> None:
    expected = {kind.SECTION: kind.NAME for kind in KINDS.values()}

    found = {name: section["kind"] for name, section in STRICT["sections"].items()}

    assert found == expected


def test_the_example_of_the_design_is_valid_for_editors_and_at_the_top_level() -> None:
    assert _errors(EDITOR, EXAMPLE) == []
    assert _errors(STRICT["manifest"], EXAMPLE) == []


def test_the_resources_of_the_example_are_valid_after_substitution() -> None:
    assert _resource("evals", **EXAMPLE["evals"]["tb2"]) == []
    assert _resource("scripts", **EXAMPLE["scripts"]["figures"]) == []
    assert _resource("datasets", **EXAMPLE["datasets"]["tasks"]) == []
    training = EXAMPLE["trainings"]["sft"] | EXAMPLE["defaults"]["trainings"]
    assert _resource("trainings", **training) == []


@pytest.mark.parametrize(
    "value", ["${var.n}", "${matrix.n}0", "x${var.n}"], ids=["whole", "front", "inside"]
)
@pytest.mark.parametrize("field", ["nodes", "memory", "replicate", "launcher"])
def test_editors_admit_a_substitution_for_every_scalar(field: str, value: str) -> None:
    manifest = {"otplan": 1, "workspace": "w", "evals": {"e": {field: value}}}

    assert _errors(EDITOR, manifest) == []


@pytest.mark.parametrize(
    ("field", "value"), [("nodes", "many"), ("memory", "lots"), ("launcher", "other"), ("gpus", -1)]
)
def test_editors_admit_no_other_text(field: str, value: object) -> None:
    manifest = {"otplan": 1, "workspace": "w", "evals": {"e": {field: value}}}

    assert len(_errors(EDITOR, manifest)) == 1


@pytest.mark.parametrize("section", sections.SECTIONS)
def test_editors_ask_for_no_field_that_a_default_may_give(section: str) -> None:
    manifest = {"otplan": 1, "workspace": "w", section: {"a": {}}, "defaults": {section: {}}}

    assert _errors(EDITOR, manifest) == []


@pytest.mark.parametrize(
    "manifest",
    [
        {},
        {"otplan": 1},
        {"otplan": 2, "workspace": "w"},
        {"otplan": 1, "workspace": "W"},
        {"otplan": 1, "workspace": "w" * 41},
        {"otplan": 1, "workspace": "w", "unknown": 1},
        {"otplan": 1, "workspace": "w", "vars": {"a": {"type": "text"}}},
        {"otplan": 1, "workspace": "w", "code": "here"},
        {"otplan": 1, "workspace": "w", "evals": {"a b": {}}},
        {"otplan": 1, "workspace": "w", "defaults": {"agents": {}}},
    ],
)
def test_both_schemas_refuse_a_wrong_top_level(manifest: dict[str, Any]) -> None:
    assert _errors(EDITOR, manifest)
    assert _errors(STRICT["manifest"], manifest)


@pytest.mark.parametrize(
    ("section", "fields"),
    [
        ("trainings", {"datasets": ["d"], "script": "a.py"}),
        ("trainings", {"model": "m", "datasets": [], "script": "a.py"}),
        ("evals", {"model": "m", "script": "a.py"}),
        ("datasets", {"source": {"paths": "data"}}),
        ("datasets", {"generate": {"script": "a.py", "chunks": 0}}),
        ("datasets", {"generate": {"script": "a.py", "unknown": 1}}),
        ("scripts", {"command": "make figures"}),
        ("scripts", {"env": {"N": 1}}),
        ("scripts", {"args": {"a": {"b": 1}}}),
        ("scripts", {"args": {"--a": 1}}),
        ("scripts", {"attempts": 21}),
        ("scripts", {"nodes": True}),
        ("scripts", {"memory": "16GB"}),
        ("scripts", {"slurm": {"comment": "mine"}}),
        ("scripts", {"slurm": {"time": 86400}}),
        ("scripts", {"slurm": {"time": "1h30m"}}),
        ("scripts", {"matrix": {"a": []}}),
        ("scripts", {"matrix": {"a": ["x,y"]}}),
    ],
)
def test_the_strict_pass_refuses_what_cannot_be(section: str, fields: dict[str, Any]) -> None:
    assert len(_resource(section, **fields)) == 1


@pytest.mark.parametrize("text", ["w\n", "w\n\n", "\nw"])
def test_a_line_feed_is_no_part_of_a_name(text: str) -> None:
    assert _errors(STRICT["manifest"], {"otplan": 1, "workspace": text})
    assert _errors(STRICT["manifest"], {"otplan": 1, "workspace": "w", "evals": {text: {}}})
    assert _resource("scripts", memory=f"1{text}".replace("w", "G"))


def test_a_sheet_has_nested_properties_and_open_keys() -> None:
    sheet = sections.sheet("datasets")

    assert sheet["generate.chunks_at_once"] == Property(Affects.QUEUE)
    assert sheet["generate.outputs"] == Property(Affects.RESULT, ["data.jsonl"])
    assert sheet["generate.join.args.*"] == Property(Affects.RESULT)
    assert sheet["slurm.time"] == Property(Affects.QUEUE)
    assert "slurm.*" not in sheet


def test_a_sheet_is_made_once() -> None:
    assert sections.sheet("evals") is sections.sheet("evals")


def test_strict_keeps_what_the_loader_needs_and_no_words() -> None:
    words = set(_keywords(STRICT["sections"]["trainings"]["schema"]))
    config = STRICT["sections"]["trainings"]["schema"]["properties"]["config"]

    assert "examples" not in words
    assert config["x-otplan-file"] == "parsed"
    assert "description" not in config
