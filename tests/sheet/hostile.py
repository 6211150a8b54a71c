"""Hostile values, and every place of a manifest that takes a text, by its own schema."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "schema" / "manifest.schema.json").read_text())

Path_: TypeAlias = tuple[str | int, ...]

CANARY = "owned"
"""A command on PATH that nobody may ever call."""

JINJA = "{{ cycler.__init__.__globals__.os.system('owned') }}{% for x in y %}{{ 7 * 191 }}{#"
SHELL = (
    "'; owned; '\"; owned; \" $(owned) `owned` \\$(owned) \\\\' && owned || owned & owned | owned"
)

VALUES: Mapping[str, str] = {
    "everything": f"{SHELL}\nowned\n#SBATCH --wrap=owned\n{JINJA} * ? ~ {{a,b}} !! $HOME #",
    "of one line": f"{SHELL} {JINJA} * ? ~ {{a,b}} !! $HOME <(owned) >owned #",
    "a name": "$(owned) `owned`;owned&&owned|owned '\"* ~ {{ 7 * 191 }}",
    "substitution": "$(owned)",
    "backticks": "`owned`",
    "quote": "'; owned; '",
    "double quote": '"; owned; "',
    "lines": "a\nowned\n#SBATCH --wrap=owned\n",
    "return": "a\r\nowned\r\n",
    "parents": "../../owned",
    "parents inside": "a/../../../owned",
    "absolute": "/owned",
    "home": "~/owned",
    "option": "--wrap=owned",
    "short option": "-c owned",
    "jinja": JINJA,
    "unended jinja": "{% raw %}{{",
    "command list": "a; owned && owned || owned & owned | owned",
    "glob": "*",
    "brackets": "[a-z]?{a,b}~$HOME$((1+1))!!",
    "backslash": "\\",
    "comment": "a #b",
    "empty": "",
    "space": " ",
    "control": "a\x1b[2J\x07\x7f\x85b\u2028c\u202ed",
    "null": "a\0owned",
    "surrogate": "a\ud800b",
    "long": "x" * 6_000,
    "a long name": "x" * 300,
}

PROGRAM: dict[str, Any] = {
    "script": "one.py",
    "args": {"limit": 1},
    "config": "one.yaml",
    "overrides": {"rate": 1},
    "files": ["one.txt"],
    "env": {"MODE": "a"},
    "inputs": {"extra": "dataset.other"},
    "outputs": ["a.json"],
}
HARBOR: dict[str, Any] = {"engine": "engine.yaml", "harbor": "harbor.yaml"}
MODEL = {"model": "some", "benchmark": "b"}
LLAMA = {"launcher": "llamafactory", "model": "m", "datasets": ["other"], "gpus": 2}

BASES: Mapping[str, Mapping[str, dict[str, Any]]] = {
    "datasets": {
        "source": {"source": {"path": "one.txt"}},
        "generate": {"generate": PROGRAM | {"chunks": 1, "join": PROGRAM}},
        "concatenate": {"generate": PROGRAM | {"chunks": 1}},
        "generator": {"generate": {"script": "one.py", "engine": "engine.yaml"}},
        "trace": {"trace": PROGRAM | {"tasks": "other"}},
        "harbor": {"trace": {"tasks": "other", **HARBOR}},
    },
    "trainings": {
        "script": PROGRAM | {"model": "m", "datasets": ["other"]},
        "llamafactory": LLAMA | {"pretokenize": {}, "overrides": {"rate": 1}},
    },
    "consolidations": {
        "script": PROGRAM | {"training": "some"},
        "tool": {"training": "some", "base": "m"},
        "source": {"source": {"path": "one.txt"}},
    },
    "evals": {
        "script": PROGRAM | MODEL,
        "harbor": HARBOR | MODEL,
        "tasks": MODEL | {"tasks": ["a"], "lm_eval": {"seed": 1}, "shards": 1, "gpus": 1},
    },
    "scripts": {
        "script": PROGRAM,
        "command": {"command": ["run", "it"], "outputs": ["a.json"]},
    },
}
"""A valid resource for each way that a section has of being run."""

FILES = {
    "one.py": '#!/bin/sh\nexec recorder "$@"\n',
    "one.yaml": "rate: 0\n",
    "one.txt": "one\n",
    "engine.yaml": "engine: {type: openai, model: m}\n",
    "harbor.yaml": "agents: [{name: oracle}]\n",
}
ENDINGS = {"script": ".sh", "config": ".yaml", "engine": ".yaml", "harbor": ".yaml"}
"""Endings of files that fields name: without one, a name may be a preset's."""


_ORIGINS = ("source", "generate", "trace")
"""Blocks that a dataset has one of."""


@dataclass(frozen=True, slots=True)
class Point:
    """One place that takes a text: a value at a path of a base, or a key there."""

    section: str
    base: str
    path: Path_
    key: bool = False

    def with_(self, text: str) -> dict[str, Any]:
        """Return the base with a text at this place."""
        fields = copy.deepcopy(BASES[self.section][self.base])
        put(fields, self, text)
        return fields

    def __str__(self) -> str:
        """Return the place in words."""
        what = "key below " if self.key else ""
        return f"{self.section} ({self.base}): {what}{'.'.join(map(str, self.path))}"


def points() -> list[Point]:
    """Return every place of every base that takes a text."""
    return [
        Point(section, base, path, key)
        for section, bases in BASES.items()
        for path, key in texts(SCHEMA["properties"][section]["additionalProperties"])
        for base, fields in bases.items()
        if not path or path[0] in fields or path[0] not in _ORIGINS
    ]


def put(fields: dict[str, Any], point: Point, text: str) -> None:
    """Put a text at a point of these fields."""
    path = (*point.path, text) if point.key else point.path
    *way, last = path
    ending = ENDINGS.get(str(last), "") if not point.key else ""
    inner: Any = fields
    for step, following in zip(way, path[1:], strict=True):
        inner = _stepped(inner, step, following)
    if isinstance(last, int):
        inner[:] = [text]
    else:
        inner[last] = "hostile" if point.key else text + ending


def texts(schema: Mapping[str, Any]) -> Iterator[tuple[Path_, bool]]:
    """Yield the paths below a schema at which a text may stand, and mappings that take any key."""
    types = schema.get("type", ["string", "object"] if "properties" not in schema else [])
    types = [types] if isinstance(types, str) else types
    if "string" in types:
        yield (), False
    if "array" in types:
        for path, key in texts(schema.get("items", {"type": "string"})):
            yield (0, *path), key
    if "object" in types:
        yield from _of_mapping(schema)


def _stepped(inner: Any, step: str | int, following: str | int) -> Any:  # noqa: ANN401 - YAML
    wanted = list if isinstance(following, int) else dict
    if isinstance(step, int):
        inner[:] = inner if inner and isinstance(inner[0], wanted) else [wanted()]
        return inner[0]
    if not isinstance(inner.get(step), wanted):
        inner[step] = wanted()
    else:
        inner[step] = copy.copy(inner[step])
    return inner[step]


def _of_mapping(schema: Mapping[str, Any]) -> Iterator[tuple[Path_, bool]]:
    for name, inner in schema.get("properties", {}).items():
        for path, key in texts(inner):
            yield (name, *path), key
    rest = schema.get("additionalProperties", True)
    # A key that the schema does not know must be refused as well, with its line.
    yield (), True
    if isinstance(rest, dict):
        for path, key in texts(rest):
            yield ("k", *path), key
    elif rest:
        yield ("k",), False
        yield ("k", "inner"), False
        yield ("k", 0), False
