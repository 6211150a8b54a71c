"""Cluster files read into clusters, or into diagnostics with their lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from otplan import shipped
from otplan.core.cluster import Cluster
from otplan.core.values import Value
from otplan.errors import Diagnostic, ManifestInvalid, OtplanError, Place, Severity

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_TYPES: Mapping[str, tuple[type, str]] = {
    "string": (str, "a text"),
    "integer": (int, "a whole number"),
    "boolean": (bool, "true or false"),
    "object": (dict, "a mapping"),
    "array": (list, "a list"),
    "null": (type(None), "null"),
}
_PATHS = ("experiments_dir", "activate", "secrets")
_LISTS = ("shared_folders",)
_FIELDS = ("scheduler", "login", "python", "activate", "secrets", "cpus", "gpus", "env", *_LISTS)


def load(name: str, *, beside: str, user: str, root: str) -> Cluster:
    """Return the cluster that `clusters/<name>.yaml` describes.

    `beside` is the manifest's folder and `user` the user's config folder, whose files come
    before the shipped ones; `root` is the git root or the manifest's folder, for clusters that
    name no `experiments_dir`. Raise OtplanError where there is no such cluster, and
    ManifestInvalid with every problem of its file.
    """
    if name not in names(beside=beside, user=user):
        known = ", ".join(names(beside=beside, user=user))
        raise OtplanError(f"There is no cluster `{name}`.", f"Known here: {known}.")
    file = shipped.find("clusters", f"{name}.yaml", beside=beside, user=user)
    node, values = _read(file)
    found = [*_check_keys(node, file), *_check_values(node, values, file)]
    if found:
        raise ManifestInvalid(tuple(sorted(found, key=lambda each: each.place or Place(""))))
    return _cluster(name, values, file, root)


def names(*, beside: str, user: str) -> tuple[str, ...]:
    """Return the names of all clusters there are, sorted."""
    files = (
        path
        for folder in shipped.folders("clusters", beside=beside, user=user)
        for path in folder.glob("*.yaml")
    )
    return tuple(sorted({path.stem for path in files if _NAME.fullmatch(path.stem)}))


@cache
def _schema() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = json.loads(
        (shipped.folder("schema") / "cluster.schema.json").read_bytes()
    )
    return loaded


def _read(file: Path) -> tuple[yaml.MappingNode, dict[str, Value]]:
    """Return the nodes and the values of a file.

    The C parser is not used: deep nesting ends the interpreter.
    """
    try:
        values: dict[str, Value]
        node = yaml.compose(file.read_bytes(), Loader=yaml.SafeLoader)
        values = yaml.SafeLoader("").construct_document(node) if node else {}
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        place = Place(str(file), line, column)
        raise _invalid(place, f"This is no YAML: {error.problem}.") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise _invalid(Place(str(file)), "This is no YAML that could be read.") from error
    if not isinstance(node, yaml.MappingNode) or not all(isinstance(key, str) for key in values):
        raise _invalid(Place(str(file), 1, 1), "A cluster file is a mapping of names to values.")
    return node, values


def _invalid(place: Place, message: str) -> ManifestInvalid:
    mend = "Start from a copy of clusters/local.yaml."
    return ManifestInvalid((Diagnostic("OT620", Severity.ERROR, message, place, help=mend),))


def _check_keys(node: yaml.MappingNode, file: Path) -> Iterator[Diagnostic]:
    """Yield keys that are there twice, that nobody knows, and that are missing."""
    for inner in (node, *(v for _, v in node.value if isinstance(v, yaml.MappingNode))):
        yield from _check_twice(inner, file)
    known = _schema()["properties"]
    for key, _ in node.value:
        if key.value not in known:
            close = get_close_matches(str(key.value), known, n=1)
            mend = f"Did you mean `{close[0]}`?" if close else f"Known keys: {', '.join(known)}."
            yield _error("OT622", f"Unknown key `{key.value}`.", _place(key, file), mend)
    there = {key.value for key, _ in node.value}
    for key in _schema()["required"]:
        if key not in there:
            mend = f"Add `{key}`: {known[key]['description']}"
            yield _error("OT624", f"The key `{key}` is missing.", Place(str(file), 1, 1), mend)


def _check_twice(node: yaml.MappingNode, file: Path) -> Iterator[Diagnostic]:
    first: dict[str, int] = {}
    for key, _ in node.value:
        if line := first.get(key.value):
            message = f"The key `{key.value}` is there twice; the first is in line {line}."
            yield _error("OT621", message, _place(key, file), "Remove one of the two.")
        first.setdefault(key.value, key.start_mark.line + 1)


def _check_values(
    node: yaml.MappingNode, values: Mapping[str, Value], file: Path
) -> Iterator[Diagnostic]:
    rules, places = _schema()["properties"], {k.value: _place(v, file) for k, v in node.value}
    for key, value in values.items():
        if key in rules and (mend := _mend(value, rules[key])):
            yield _error("OT623", f"`{key}` cannot be that.", places[key], mend)
    experiments, login = values.get("experiments_dir"), values.get("login") or "here"
    if isinstance(experiments, str) and not _expanded(experiments, login).startswith("/"):
        message, mend = "`experiments_dir` is not absolute.", "Write it from `/` on."
        yield _error("OT623", message, places["experiments_dir"], mend)
    for key in ("activate", "secrets") if login != "here" else ():
        if str(values.get(key)).startswith("~"):
            message = f"`{key}` is below a home, and on another machine nobody here knows which."
            yield _error("OT623", message, places[key], "Write it from `/` on.")
    if experiments is None and login != "here":
        mend = "Name a folder there: the default is a folder here."
        message = "The key `experiments_dir` is missing, and jobs run on another machine."
        yield _error("OT624", message, Place(str(file), 1, 1), mend)


def _mend(value: Value, rule: Mapping[str, Any]) -> str:
    """Return what a value must be; empty where it is that."""
    types = rule["type"] if isinstance(rule["type"], list) else [rule["type"]]
    wanted = " or ".join(_TYPES[name][1] for name in types)
    # In Python true is a number, in YAML it is none.
    if not any(type(value) is _TYPES[name][0] for name in types):
        return f"Write {wanted}."
    if value not in rule.get("enum", [value]):
        return f"Write one of {', '.join(each for each in rule['enum'] if each)}."
    if isinstance(value, int) and value < rule.get("minimum", value):
        return f"Write {rule['minimum']} or more."
    if isinstance(value, str) and len(value) < rule.get("minLength", 0):
        return "Write it out, or null."
    if isinstance(value, str) and not re.search(rule.get("pattern", ""), value):
        return f"Write {rule['examples'][0]}, for instance."
    if isinstance(value, dict) and not all(type(inner) is str for inner in value.values()):
        return "Write every value in quotes."
    if isinstance(value, list) and not all(_absolute(inner) for inner in value):
        return "Write every folder from `/` on."
    return ""


def _cluster(name: str, written: Mapping[str, Value], file: Path, root: str) -> Cluster:
    # null is like absence: the value's own default counts.
    values = {key: value for key, value in written.items() if value is not None}
    login = values.get("login", "here")
    values |= {key: _expanded(values[key], login) for key in _PATHS if key in values}
    values |= {key: tuple(values[key]) for key in _LISTS if key in values}
    return Cluster(
        name=name,
        experiments_dir=values.get("experiments_dir", f"{root}/.otplan"),
        place=Place(str(file), 1, 1),
        facts={k: v for k, v in values.items() if k not in (*_FIELDS, "experiments_dir")},
        **{key: values[key] for key in _FIELDS if key in values},
    )


def _absolute(value: Value) -> bool:
    return isinstance(value, str) and value.startswith("/")


def _expanded(path: str, login: str) -> str:
    """Return a path with `~` replaced, where it is the home on this machine."""
    return str(Path(path).expanduser()) if login == "here" and path.startswith("~/") else path


def _place(node: yaml.Node, file: Path) -> Place:
    return Place(str(file), node.start_mark.line + 1, node.start_mark.column + 1)


def _error(code: str, message: str, place: Place, mend: str) -> Diagnostic:
    return Diagnostic(code, Severity.ERROR, message, place, help=mend)
