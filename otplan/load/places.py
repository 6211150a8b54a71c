"""Where every field of a resource was written, worked out when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from otplan.core.resource import NamedFile
from otplan.errors import Place
from otplan.load.node import Node, walk

_CONFIG, _OVERRIDES = "config.", "overrides."


class Places(Mapping[str, Place]):
    """The places of a resource's fields by dotted path, and of the settings it hands over.

    `config.<leaf>` is where the override of that leaf stands, else its line in the named file;
    the same with a program's prefix, as in `generate.config.<leaf>`. `above` is where the manifest
    says for all what a resource does not say itself.
    """

    def __init__(
        self, node: Node, files: Mapping[str, NamedFile], above: Mapping[str, Place]
    ) -> None:
        self._node = node
        self._files = files
        self._above = above

    def __getitem__(self, path: str) -> Place:
        return self._known[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    @cached_property
    def _known(self) -> Mapping[str, Place]:
        known = {**self._above, **{path: node.place for path, node in walk(self._node)}}
        for field, file in self._files.items():
            known |= {f"{field}.{leaf}": place for leaf, place in file.places.items()}
        for path in [path for path in known if _is_override(path)]:
            known[path.replace(_OVERRIDES, _CONFIG, 1)] = known[path]
        return known


def _is_override(path: str) -> bool:
    before, found, _ = path.partition(_OVERRIDES)
    return bool(found) and (not before or before.endswith("."))
