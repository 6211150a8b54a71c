"""A manifest: its file read into resources, and everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from otplan.core.resource import NamedFile, Resource
from otplan.core.values import Value
from otplan.errors import Diagnostic, ManifestInvalid, Place, Severity
from otplan.load import lock as locks
from otplan.load import text
from otplan.load.check import Checker
from otplan.load.compose import compose
from otplan.load.declared import declared, top
from otplan.load.expand import expand
from otplan.load.named import Files
from otplan.load.node import Node, plain
from otplan.load.queries import Queries
from otplan.load.report import Report
from otplan.load.resources import Maker
from otplan.load.substitute import Scope, substitute
from otplan.load.variables import settle

_OWN = ("workspace", "cluster", "registry", "state", "code", "catalog")
_DEFAULTS = {"cluster": "local", "registry": "sqlite"}


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a manifest says.

    `code` is `live`, paths, or empty for the tracked tree. `files` are those that fields name,
    each once. `floating` is where each name that wants a pin stands; `lock` what is pinned.
    With an error among the diagnostics the resources are only those that are sound.
    """

    path: str
    workspace: str
    cluster: str
    registry: str
    state: str
    code: str | tuple[str, ...]
    catalog: Mapping[str, str]
    resources: tuple[Resource, ...]
    diagnostics: tuple[Diagnostic, ...]
    files: tuple[NamedFile, ...]
    floating: Mapping[str, Place]
    lock: Mapping[str, str]


def load(
    path: str,
    *,
    variables: Mapping[str, str] | None = None,
    var_files: Sequence[str] = (),
    lock: Mapping[str, str] | None = None,
) -> Loaded:
    """Read a manifest; `lock` is read beside it where none is given.

    Raise ManifestInvalid with all diagnostics if any of them is an error.
    """
    loaded = read(path, variables=variables, var_files=var_files, lock=lock)
    if any(found.severity is Severity.ERROR for found in loaded.diagnostics):
        raise ManifestInvalid(loaded.diagnostics)
    return loaded


def read(
    path: str,
    *,
    variables: Mapping[str, str] | None = None,
    var_files: Sequence[str] = (),
    lock: Mapping[str, str] | None = None,
) -> Loaded:
    """Read a manifest as `load` does, and keep errors among the diagnostics."""
    report = Report()
    pins = locks.pinned(path, report) if lock is None else lock
    root = _root(path, report)
    var = settle(root.value.get("vars"), variables or {}, var_files, report) if root else {}
    own = _own(root, var, report)
    files = Files(str(Path(path).parent), report)
    above = {"cluster": root.value["cluster"].place} if root and "cluster" in root.value else {}
    maker = Maker(var, files, pins, own["cluster"], above)
    queries = Queries(var, pins, maker.floating)
    expanded = expand(list(queries.settle(declared(root, report))), var, report) if root else []
    resources = tuple(resource for one in expanded for resource in maker.make(one))
    return Loaded(
        path=path,
        **own,
        resources=resources,
        diagnostics=report.ordered(path),
        files=files.named,
        floating=maker.floating,
        lock=pins,
    )


def _root(path: str, report: Report) -> Node | None:
    """Return the top of a manifest, checked as far as it is not a resource's; None without one."""
    content = text.read(path, path, report)
    if content is None:
        return None
    before = report.count
    root = compose(content, path, report)
    if root and isinstance(root.value, dict):
        Checker("", report).check(root, top())
        return root
    if report.count == before:
        what = "has a list or a single value at its top" if root and root.value else "is empty"
        message = f"This is no manifest: the file {what}."
        mend = "A manifest is a mapping that starts with:\n  otplan: 1\n  workspace: my-workspace"
        report.error("OT209", (path, 1, 1), message, mend)
    return None


def _own(root: Node | None, var: Mapping[str, Node], report: Report) -> dict[str, Any]:
    """Return the fields of the manifest itself, as `Loaded` has them."""
    shapes = top().fields
    found: dict[str, Value] = {}
    for key in _OWN:
        node = root.value.get(key) if root else None
        if node is not None:
            settled = substitute(node, Scope(var, {}, report), shapes[key])
            if settled is not node:
                Checker("", report).check(settled, shapes[key], key)
            found[key] = plain(settled)
    return {key: _fit(key, found.get(key)) for key in _OWN}


def _fit(key: str, value: Value) -> Value:
    """Return a field of the manifest, its default where it is absent or was reported."""
    if key == "catalog":
        return value if isinstance(value, dict) else {}
    if key == "code" and isinstance(value, list):
        return tuple(value)
    return value if isinstance(value, str) else _DEFAULTS.get(key, "")
