"""Which field made the difference: old and new, where it stands, chained upstream."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import msgspec

from otplan.core.graph import Graph
from otplan.core.plan import FieldChange, Reason
from otplan.core.record import Attempt
from otplan.core.snapshot import Snapshot
from otplan.core.stage import Stage
from otplan.core.values import canonical
from otplan.fingerprint.hashing import INPUT
from otplan.kinds.places import where

Names = Mapping[tuple[str, str], Sequence[Attempt]]
"""Attempts by address and role, oldest first: what was made under a name."""


def by_name(snapshot: Snapshot) -> Names:
    """Index every recorded attempt by the address and role it was made under."""
    rows = sorted(
        (one for attempts in snapshot.attempts.values() for one in attempts),
        key=lambda one: (one.approval, one.at, one.n),
    )
    index: dict[tuple[str, str], list[Attempt]] = defaultdict(list)
    for row in rows:
        index[row.address, row.role].append(row)
    return index


def previous(stage: Stage, names: Names) -> Attempt | None:
    """Return the newest attempt at the same address and role under another fingerprint."""
    for address in stage.addresses:
        for attempt in reversed(names.get((str(address), stage.role), ())):
            if attempt.fingerprint != stage.fingerprint:
                return attempt
    return None


def changed(stage: Stage, before: Attempt, graph: Graph) -> Reason:
    """Say which fields differ from what was last made under this name."""
    reads = _reads(stage, before.components, graph)
    own = _fields(stage, before.components, stage.components, graph)
    via = _via(stage, before, graph, frozenset(reads))
    fields = (*own, *reads.values())
    names = ", ".join(change.field for change in fields) or (
        f"{via} changed" if via else "its recipe changed"
    )
    text = f"{names} changed since attempt {before.n}" if fields else names
    return Reason("changed", text, via=via, fields=fields)


def _fields(
    stage: Stage, old: Mapping[str, str], new: Mapping[str, str], graph: Graph
) -> tuple[FieldChange, ...]:
    """Return the fields of its own that differ, in the order of their names."""
    resource = graph.resources.get(stage.addresses[0])
    return tuple(
        FieldChange(
            path, old.get(path, ""), new.get(path, ""), where(resource, path) if resource else None
        )
        for path in sorted({*old, *new})
        if not path.startswith(INPUT) and old.get(path) != new.get(path)
    )


def _reads(stage: Stage, old: Mapping[str, str], graph: Graph) -> dict[str, FieldChange]:
    """Return the inputs that read more, less or in another order than before, by component.

    As many as before, but others: then what they read changed, and not the list of it.
    """
    resource = graph.resources.get(stage.addresses[0])
    found: dict[str, FieldChange] = {}
    for path in sorted(path for path in {*old, *stage.components} if path.startswith(INPUT)):
        before, now = _listed(old.get(path)), _listed(stage.components.get(path))
        moved = before != now and (len(before) != len(now) or sorted(before) == sorted(now))
        if moved:
            place = where(resource, path) if resource else None
            found[path] = FieldChange(path, _named(before, graph), _named(now, graph), place)
    return found


def _listed(text: str | None) -> list[str]:
    """Return the fingerprints that an input reads."""
    return msgspec.json.decode(text, type=list[str]) if text else []


def _named(fingerprints: Sequence[str], graph: Graph) -> str:
    """Write stages by their labels, and those that are gone by their fingerprints."""
    return canonical([graph.labels.get(one, one) for one in fingerprints]) if fingerprints else ""


def _via(stage: Stage, before: Attempt, graph: Graph, listed: Collection[str]) -> str:
    """Return the label of the first upstream whose fingerprint was another one before."""
    for need in stage.needs:
        path = f"{INPUT}{need.input}"
        old = _listed(before.components.get(path))
        if need.input and path not in listed and need.fingerprint not in old:
            return graph.labels[need.fingerprint]
    return ""


def redeclared(stage: Stage, before: Mapping[str, str], graph: Graph) -> tuple[FieldChange, ...]:
    """Return what is asked for differently: limits, queue, script, never the result."""
    return _fields(stage, before, stage.declared, graph)
