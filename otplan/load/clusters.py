"""Cluster files read into clusters, or into diagnostics with their lines."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path

import msgspec
import yaml

from otplan import shipped
from otplan.core import login
from otplan.core.cluster import Cluster
from otplan.core.values import Value
from otplan.errors import Diagnostic, ManifestInvalid, OtplanError, Place
from otplan.kinds.limits import mebibytes, seconds
from otplan.load.cluster_check import Rule, error, findings, place, resolved, schema

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_PATHS = ("experiments_dir", "activate", "secrets")
_FIELDS = frozenset(one.name for one in fields(Cluster))
_UNITS = {"time": seconds, "memory": mebibytes}


def load(name: str, *, beside: str, user: str, root: str) -> Cluster:
    """Return the cluster that `clusters/<name>.yaml` describes.

    `beside` is the manifest's folder and `user` the user's config folder, whose files come
    before the shipped ones; `root` is the git root or the manifest's folder, for clusters that
    name no `experiments_dir`. `<name>@login` is the login node of a cluster. Raise OtplanError
    where there is no such cluster, and ManifestInvalid with every problem of its file.
    """
    if of := login.site(name):
        return login.node_of(load(of, beside=beside, user=user, root=root))
    if name not in names(beside=beside, user=user):
        known = ", ".join(names(beside=beside, user=user))
        raise OtplanError(f"There is no cluster `{name}`.", f"Known here: {known}.")
    file = shipped.find("clusters", f"{name}.yaml", beside=beside, user=user)
    node, own = _read(file)
    found = [*findings(node, own, file, schema())]
    values = own if found else _upon(_base(node, own, file), own)
    found += _check_places(node, values, file)
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


def _read(file: Path) -> tuple[yaml.MappingNode, dict[str, Value]]:
    """Return the nodes and the values of a file.

    The C parser is not used: deep nesting ends the interpreter.
    """
    try:
        values: dict[str, Value]
        node = yaml.compose(file.read_bytes(), Loader=yaml.SafeLoader)
        values = yaml.SafeLoader("").construct_document(node) if node else {}
    except yaml.MarkedYAMLError as trouble:
        mark = trouble.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        where = Place(str(file), line, column)
        raise _invalid(where, f"This is no YAML: {trouble.problem}.") from trouble
    except (yaml.YAMLError, RecursionError) as trouble:
        raise _invalid(Place(str(file)), "This is no YAML that could be read.") from trouble
    if not isinstance(node, yaml.MappingNode) or not all(isinstance(key, str) for key in values):
        raise _invalid(Place(str(file), 1, 1), "A cluster file is a mapping of names to values.")
    return node, values


def _invalid(where: Place, message: str) -> ManifestInvalid:
    mend = "Start from a copy of clusters/local.yaml."
    return ManifestInvalid((error("OT620", message, where, mend),))


def _base(node: yaml.MappingNode, values: Mapping[str, Value], file: Path) -> Mapping[str, Value]:
    """Return what the shipped file says that a file builds on; nothing where it has no base."""
    name = values.get("base")
    if name is None:
        return {}
    if name not in (there := names(beside="", user="")):
        where = next(place(value, file) for key, value in node.value if key.value == "base")
        message, mend = f"No shipped cluster is called `{name}`.", f"There are: {', '.join(there)}."
        raise ManifestInvalid((error("OT625", message, where, mend),))
    return _read(shipped.folder("clusters") / f"{name}.yaml")[1]


def _upon(base: Mapping[str, Value], own: Mapping[str, Value]) -> dict[str, Value]:
    """Return two files as one: what `own` says counts, and mappings are put together."""
    both = {
        key: base[key] | value
        for key, value in own.items()
        if isinstance(value, dict) and isinstance(base.get(key), dict)
    }
    return {**base, **own, **both}


def _check_places(
    node: yaml.MappingNode, values: Mapping[str, Value], file: Path
) -> Iterator[Diagnostic]:
    """Yield folders that are not where the cluster is."""
    places = {key.value: place(value, file) for key, value in node.value}
    top = Place(str(file), 1, 1)
    experiments, login = values.get("experiments_dir"), values.get("login") or "here"
    if isinstance(experiments, str) and not _expanded(experiments, login).startswith("/"):
        message, mend = "`experiments_dir` is not absolute.", "Write it from `/` on."
        yield error("OT623", message, places.get("experiments_dir", top), mend)
    for key in ("activate", "secrets") if login != "here" else ():
        if str(values.get(key)).startswith("~"):
            message = f"`{key}` is below a home, and on another machine nobody here knows which."
            yield error("OT623", message, places.get(key, top), "Write it from `/` on.")
    if experiments is None and login != "here":
        mend = "Name a folder there: the default is a folder here."
        message = "The key `experiments_dir` is missing, and jobs run on another machine."
        yield error("OT624", message, top, mend)


def _cluster(name: str, written: Mapping[str, Value], file: Path, root: str) -> Cluster:
    # null is like absence: the value's own default counts.
    values = _measured(written, schema())
    login = values.get("login", "here")
    values |= {key: _expanded(values[key], login) for key in _PATHS if key in values}
    if "activate" in values:
        values["activate"] = _sourced(values["activate"])
    variants: Mapping[str, Value] = values.pop("variants", {})
    values.setdefault("experiments_dir", f"{root}/.otplan")
    whole = {
        "name": name,
        "place": {"path": str(file), "line": 1, "column": 1},
        "facts": {key: value for key, value in values.items() if key not in _FIELDS},
        "unknown": sorted(key for key, value in written.items() if value is None),
        **{key: value for key, value in values.items() if key in _FIELDS},
    }
    seen = {each: _upon(whole, _varied(whole, said)) for each, said in variants.items()}
    return msgspec.convert(whole | {"variants": seen}, Cluster)


def _varied(whole: Mapping[str, Value], said: Mapping[str, Value]) -> Mapping[str, Value]:
    """Return what a variant says, in the fields of a cluster."""
    facts = {key: value for key, value in said.items() if key not in _FIELDS}
    known = {key: value for key, value in said.items() if key in _FIELDS}
    return known | {"facts": whole["facts"] | facts}


def _measured(value: Value, rule: Rule) -> Value:
    """Return what a file says without its nulls, in seconds and MiB."""
    if isinstance(value, dict):
        rules, other = rule.get("properties", {}), rule.get("additionalProperties") or {}
        return {
            key: _measured(each, resolved(rules.get(key, other)))
            for key, each in value.items()
            if each is not None
        }
    if isinstance(value, list):
        return [_measured(each, resolved(rule["items"])) for each in value]
    unit = rule.get("x-otplan-unit")
    return _UNITS[unit](value) if unit else value


def _sourced(activate: str) -> str:
    """Return the shell line that activates an environment; a mere path is a file to source."""
    mere = activate.startswith("/") and not activate.split()[1:]
    return f". {shlex.quote(activate)}" if mere else activate


def _expanded(path: str, login: str) -> str:
    """Return a path with `~` replaced, where it is the home on this machine."""
    return str(Path(path).expanduser()) if login == "here" and path.startswith("~/") else path
