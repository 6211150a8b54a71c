"""Resources out of expanded ones: substituted, checked again, with their files and references."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from otplan.core.address import Address
from otplan.core.hub import COMMIT, floating
from otplan.core.resource import NamedFile, Reference, Resource
from otplan.errors import Place
from otplan.kinds.by_name import MODEL, named_model
from otplan.load.check import Checker
from otplan.load.declared import present
from otplan.load.expand import Expanded
from otplan.load.matrix import Row, key
from otplan.load.named import Files
from otplan.load.node import Node, items, plain, sound
from otplan.load.places import Places
from otplan.load.report import Report
from otplan.load.settings import check_settings
from otplan.load.substitute import Scope, substitute


@dataclass(frozen=True, slots=True)
class Maker:
    """Make resources; `floating` collects each name to be pinned and where it stands first.

    `above` is where the manifest itself says what holds for all.
    """

    var: Mapping[str, Node]
    files: Files
    lock: Mapping[str, str]
    cluster: str
    above: Mapping[str, Place] = field(default_factory=dict)
    floating: dict[str, Place] = field(default_factory=dict)

    def make(self, expanded: Expanded) -> Iterator[Resource]:
        """Yield a resource for every row in which nothing is wrong."""
        for row, address in expanded.rows:
            report = expanded.declared.report
            before = report.count
            node = self._settled(expanded, row, address)
            files = dict(self._files(expanded, node))
            # Nothing is broken where nothing was reported; then the walk is spared.
            fine = report.count == before and (not before or sound(node))
            if fine and expanded.declared.sound:
                resource = self._resource(expanded, row, address, node, files)
                check_settings(resource, report.at(str(address)))
                yield resource

    def _settled(self, expanded: Expanded, row: Row, address: Address) -> Node:
        one = expanded.declared
        node = substitute(one.node, Scope(self.var, row, one.report), one.section.shape)
        if node is not one.node:
            about: Report = one.report.at(str(address))
            Checker(one.section.name, about).check(node, one.section.shape)
        return node

    def _resource(
        self,
        expanded: Expanded,
        row: Row,
        address: Address,
        node: Node,
        files: dict[str, NamedFile],
    ) -> Resource:
        fields = plain(node)
        resource = Resource(
            address=address,
            fields=fields,
            place=node.place,
            places=Places(node, files, self.above),
            sheet=expanded.declared.section.sheet,
            cluster=fields.get("cluster", self.cluster),
            references=_references(expanded, row),
            files=files,
        )
        return replace(resource, pins=self._pins(expanded, node, resource))

    def _files(self, expanded: Expanded, node: Node) -> Iterator[tuple[str, NamedFile]]:
        for path, named, shape in present(expanded.declared.section.files, node):
            for inner, item in items(path, named):
                if file := self.files.named_by(item, shape, expanded.declared.report):
                    yield inner, file

    def _pins(self, expanded: Expanded, node: Node, resource: Resource) -> Mapping[str, str]:
        pins = {}
        for path, named, shape in present(expanded.declared.section.pins, node):
            if path == MODEL and named_model(resource) is None:
                continue
            if shape.pin == "path":
                name, fixed = f"path:{named.value}", ""
            else:
                repo = floating(shape.pin, named.value, _beside(node, path, "revision"))
                name, fixed = str(repo), repo.revision if COMMIT.fullmatch(repo.revision) else ""
            if not fixed:
                self.floating.setdefault(name, named.place)
            pins[name] = fixed or self.lock.get(name, "")
        return pins


def _beside(node: Node, path: str, key: str) -> str | None:
    """Return the text under a key beside the field at a dotted path; None where it is absent."""
    for step in path.split(".")[:-1]:
        node = node.value[step]
    found = node.value.get(key)
    return found.value if found else None


def _references(expanded: Expanded, row: Row) -> tuple[Reference, ...]:
    """Return the references of one row, a field's many as one."""
    targets: dict[str, tuple[Address, ...]] = {}
    for use, reaches in expanded.uses:
        reach = reaches[id(use.pick(row))]
        if found := reach.targets.get(key(row, reach.labels)):
            targets[use.path] = (*targets.get(use.path, ()), *found)
    return tuple(
        Reference(path, path.rpartition(".")[2].upper(), found) for path, found in targets.items()
    )
