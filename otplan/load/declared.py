"""Resources as declared: each with its defaults below it, checked once before substitution."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from otplan.core.resource import Property
from otplan.load import sections
from otplan.load.check import Checker
from otplan.load.node import Node, merge, select
from otplan.load.report import Report
from otplan.load.shape import Shape, marked, shape

Field = tuple[tuple[str, ...], Shape]
"""The steps to a field, and its shape."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the manifest, with those of its fields that name something."""

    name: str
    kind: str
    shape: Shape
    sheet: Mapping[str, Property]
    references: tuple[Field, ...]
    files: tuple[Field, ...]
    pins: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Declared:
    """A resource before substitution; `node` has the defaults and no matrix, which is apart.

    It is `sound` if the check found nothing wrong with it.
    """

    section: Section
    name: str
    node: Node
    matrix: Node | None
    report: Report
    sound: bool

    @property
    def key(self) -> tuple[str, str]:
        """Return kind and name."""
        return self.section.kind, self.name


@cache
def section(name: str) -> Section:
    """Return a section as its strict schema has it."""
    told = sections.strict()["sections"][name]
    whole = shape(told["schema"])
    fields = (tuple(marked(whole, mark)) for mark in ("references", "file", "pin"))
    return Section(name, told["kind"], whole, sections.sheet(name), *fields)


@cache
def top() -> Shape:
    """Return the shape of a manifest, its sections and defaults left open."""
    return shape(sections.strict()["manifest"])


def present(fields: Iterable[Field], node: Node) -> Iterator[tuple[str, Node, Shape]]:
    """Yield (dotted path, node, shape) for those of these fields that a resource has."""
    for steps, one in fields:
        if steps[0] in node.value:
            for path, inner in select(node, steps):
                yield path, inner, one


def declared(root: Node, report: Report) -> list[Declared]:
    """Return every resource in file order, its defaults in place; report what does not fit."""
    defaults = _defaults(root, report)
    found: list[Declared] = []
    for name, part in root.value.items():
        if name in sections.SECTIONS and isinstance(part.value, dict):
            found += _resources(section(name), part, defaults.get(name), report)
    return found


def _resources(
    one: Section, part: Node, defaults: Node | None, report: Report
) -> Iterator[Declared]:
    for name, own in part.value.items():
        if isinstance(own.value, dict):
            about = report.at(f"{one.kind}.{name}")
            node = merge(defaults, own) if defaults else own
            before = report.count
            Checker(one.name, about, raw=True).check(node, one.shape)
            fields = dict(node.value)
            matrix = fields.pop("matrix", None)
            whole = node._replace(value=fields, twins=())
            yield Declared(one, name, whole, matrix, about, report.count == before)


def _defaults(root: Node, report: Report) -> Mapping[str, Node]:
    """Return the defaults of every section, with those of `slurm` below its own."""
    whole = root.value.get("defaults")
    given = dict(whole.value) if whole and isinstance(whole.value, dict) else {}
    slurm = given.pop("slurm", None)
    found = {}
    for name in sections.SECTIONS:
        layer = given.get(name)
        if slurm:
            below = slurm._replace(value={"slurm": slurm}, twins=())
            layer = merge(below, layer) if layer else below
        if layer and isinstance(layer.value, dict):
            one = section(name)
            Checker(name, report.at(f"defaults.{name}"), raw=True, partial=True).check(
                layer, one.shape
            )
            found[name] = layer
    return found
