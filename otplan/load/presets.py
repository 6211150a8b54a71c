"""Presets: settings that otplan ships by name, each a base with its own differences over it.

schema/presets/<family>.yaml has `base`, mappings by name, and `presets`, each with the name of
its base and what differs. A field that takes a file takes a preset, too, where its schema names
the family (`x-otplan-preset`): a name without the ending of a YAML or JSON file.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

from otplan import shipped
from otplan.core.resource import NamedFile
from otplan.core.values import canonical
from otplan.errors import ManifestInvalid
from otplan.load import text
from otplan.load.compose import compose
from otplan.load.node import BROKEN, Node, merge, plain, walk
from otplan.load.report import Report

_ENDINGS = (".yaml", ".yml", ".json")
_BASE = "base"


def is_name(written: str) -> bool:
    """Tell whether a field that takes both names a preset, and not a file."""
    return not written.lower().endswith(_ENDINGS)


@cache
def families() -> tuple[str, ...]:
    """Return the names of all families, sorted."""
    return tuple(sorted(path.stem for path in _folder().glob("*.yaml")))


@cache
def family(name: str) -> Mapping[str, Node]:
    """Return a family's presets by name, each whole: its own values over those of its base.

    Raise ManifestInvalid where its table cannot be read.
    """
    table, report = str(_folder() / f"{name}.yaml"), Report()
    content = text.read(table, table, report)
    root = compose(content or "", table, report)
    if root is None or report.errors:
        raise ManifestInvalid(report.ordered(table))
    bases: Mapping[str, Node] = root.value[_BASE].value
    return {name: _whole(node, bases) for name, node in root.value["presets"].value.items()}


@cache
def preset(family_name: str, name: str) -> NamedFile:
    """Return a preset as if it were a file: its values, and the place of each in the table."""
    node = family(family_name)[name]
    values = plain(node)
    digest = f"sha256:{sha256(canonical(values).encode()).hexdigest()}"
    places = {path: inner.place for path, inner in walk(node) if inner.value is not BROKEN}
    return NamedFile(name, node.at[0], digest, values, places, preset=True)


def _whole(node: Node, bases: Mapping[str, Node]) -> Node:
    own = dict(node.value)
    base = own.pop(_BASE, None)
    above = node._replace(value=own)
    return merge(bases[base.value], above) if base else above


def _folder() -> Path:
    return shipped.folder("schema") / "presets"
