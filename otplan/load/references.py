"""References as written, and the declared resources they name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from otplan.load import suggest, words
from otplan.load.matrix import Row
from otplan.load.node import Node
from otplan.load.report import Report
from otplan.load.shape import Shape

_REFERENCE = re.compile(r"(?P<base>[^\[\]]+)(?:\[(?P<labels>[^\[\]]*)\])?")
_LABEL = re.compile(r"\s*(?P<label>\w+)\s*=\s*(?P<value>[^=\s](?:[^=]*[^=\s])?)\s*", re.ASCII)
_EVERY = "*"

Name = tuple[str, str]
"""Kind and name of a declared resource."""


@dataclass(frozen=True, slots=True)
class Pick:
    """A reference that resolved: whose resource, which labels are fixed, which taken together.

    With `all`, every label is. What is neither carries its labels along.
    """

    name: Name
    fixed: Mapping[str, str] = field(default_factory=dict)
    together: frozenset[str] = frozenset()
    all: bool = False

    def takes(self, row: Row) -> bool:
        """Tell whether a row of the named resource has the fixed labels."""
        return all(row[label].text == value for label, value in self.fixed.items())

    def carried(self, row: Row) -> Row:
        """Return the labels of a row that come along with it."""
        left_out = self.fixed.keys() | self.together
        return {} if self.all else {k: v for k, v in row.items() if k not in left_out}


@dataclass(frozen=True, slots=True)
class Names:
    """The declared names by kind."""

    by_kind: Mapping[str, Mapping[str, object]]

    def pick(self, node: Node, shape: Shape, path: str, report: Report) -> Pick | None:
        """Resolve a reference; None where it names nothing that is declared.

        That is reported, unless the field is open for other text.
        """
        match = _REFERENCE.fullmatch(node.value)
        names = self._named(match["base"].strip(), shape.references) if match else []
        if match is None or not names:
            self._report_unknown(node, shape, path, report)
            return None
        if len(names) > 1:
            shown = " or ".join(f"`{kind}.{name}`" for kind, name in names)
            message = f"`{words.short(node.value)}` is declared as {shown}."
            report.error("OT312", node.at, message, "Write the kind in front of the name.")
            return None
        return _labelled(names[0], match["labels"], node, report)

    def _named(self, base: str, kinds: Sequence[str]) -> Sequence[Name]:
        plain = [(kind, base) for kind in kinds if base in self.by_kind.get(kind, {})]
        if plain or "." not in base:
            return plain
        kind, _, name = base.partition(".")
        return [(kind, name)] if kind in kinds and name in self.by_kind.get(kind, {}) else []

    def _report_unknown(self, node: Node, shape: Shape, path: str, report: Report) -> None:
        base = node.value.partition("[")[0].strip()
        options = [name for kind in shape.references for name in self.by_kind.get(kind, {})]
        shown, kinds = words.short(node.value), " or ".join(shape.references)
        if shape.open:
            near = suggest.closest(base, options) if "/" not in base else ""
            if near:
                message = f"`{shown}` is no {kinds} of this manifest; it is taken as it stands."
                report.warn("OT315", node.at, message, f"Did you mean `{near}`?")
            return
        others = self._named(base, [kind for kind in self.by_kind if kind not in shape.references])
        if others:
            kind, _ = others[0]
            message = f"`{shown}` is {_article(kind)}; `{_field(path)}` takes {_article(kinds)}."
            report.error("OT311", node.at, message, suggest.mend(base, options, f"{kinds}s"))
        else:
            message = f"There is no {kinds} `{shown}`."
            report.error("OT310", node.at, message, suggest.mend(base, options, "names"))


def check_labels(pick: Pick, rows: Sequence[Row], node: Node, report: Report) -> bool:
    """Report labels and values that the named resource does not have; tell whether it has all."""
    if not (pick.fixed or pick.together):
        return True
    before = report.count
    known: dict[str, set[str]] = {}
    for row in rows:
        for label, value in row.items():
            known.setdefault(label, set()).add(value.text)
    for label in (*pick.fixed, *pick.together):
        if label not in known:
            message = f"`{pick.name[1]}` has no matrix label `{words.short(label)}`."
            report.error("OT313", node.at, message, suggest.mend(label, known, "labels"))
    for label, text in pick.fixed.items():
        if text not in known.get(label, {text}):
            message = f"`{pick.name[1]}` has no {label}={words.short(text)}."
            report.error("OT313", node.at, message, suggest.mend(text, known[label], "values"))
    return report.count == before


def _labelled(name: Name, labels: str | None, node: Node, report: Report) -> Pick | None:
    if labels is None:
        return Pick(name)
    if labels.strip() == _EVERY:
        return Pick(name, all=True)
    pairs = [_LABEL.fullmatch(part) for part in labels.split(",")]
    found = {pair["label"]: pair["value"] for pair in pairs if pair}
    if len(found) < len(pairs):
        message = f"The labels in `{words.short(node.value)}` cannot be read."
        mend = f"Write {name[1]}[label=value], with commas between several, or {name[1]}[*]."
        report.error("OT314", node.at, message, mend)
        return None
    together = frozenset(label for label, value in found.items() if value == _EVERY)
    return Pick(name, {k: v for k, v in found.items() if k not in together}, together)


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeio" else f"a {kind}"


def _field(path: str) -> str:
    return next(step for step in reversed(path.split(".")) if not step.isdigit())
