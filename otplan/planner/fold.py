"""The raw answers of one look become a snapshot: what is known of every element of every stage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from otplan.core.evidence import Evidence, Target
from otplan.core.graph import Resolved
from otplan.core.job import Job, JobRef
from otplan.core.record import Attempt, Fact
from otplan.core.snapshot import Cell, Seen, Snapshot, World
from otplan.planner.believe import believed
from otplan.planner.edges import outside_edge
from otplan.planner.published import superseded
from otplan.planner.sight import Sight, sight
from otplan.planner.standing import standings
from otplan.planner.strays import strays

T = TypeVar("T")
K = TypeVar("K")


def fold(graph: Resolved, world: World) -> Snapshot:
    """Return what exists, for the stages of the graph and for all that was ever recorded."""
    ours, orphans = strays(graph, world)
    noted = (*world.recorded.facts, *superseded(world.recorded.facts))
    facts = _grouped(noted, lambda fact: fact.fingerprint)
    attempts = _grouped((*world.recorded.attempts, *ours), lambda attempt: attempt.fingerprint)
    sizes = {stage.fingerprint: stage.elements for stage in graph.stages}
    look = sight(world)
    return Snapshot(
        at=world.at,
        cells=_cells(attempts, facts, _by_cell(world.evidence), sizes, look),
        attempts=attempts,
        recorded=world.recorded,
        user=world.user,
        abilities=world.abilities,
        rows=world.rows,
        orphans=orphans,
        outside=_outside(graph, world),
        unknown=look.silent,
        past_unknown=look.past_silent,
        offline=world.offline,
        limits=world.limits,
    )


def _grouped(rows: Iterable[T], key: Callable[[T], K]) -> dict[K, tuple[T, ...]]:
    """Group rows by a key, each group in the order given."""
    groups: dict[K, list[T]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return {name: tuple(group) for name, group in groups.items()}


def _outside(graph: Resolved, world: World) -> dict[JobRef, tuple[Job, ...]]:
    """Return what was said of the jobs outside that stages wait for."""
    awaited = {outside_edge(stage, word).job for stage in graph.stages for word in stage.after}
    said = (job for seen in world.observed.values() for job in seen.jobs if job.ref in awaited)
    return _grouped(said, lambda job: job.ref)


def _by_cell(evidence: Mapping[Target, Evidence]) -> dict[str, dict[int, Evidence]]:
    """Index evidence by fingerprint and element; a plain job is element 0."""
    cells: dict[str, dict[int, Evidence]] = defaultdict(dict)
    for target, found in evidence.items():
        cells[target.fingerprint][max(target.element, 0)] = found
    return cells


def _cells(
    attempts: Mapping[str, Sequence[Attempt]],
    facts: Mapping[str, Sequence[Fact]],
    evidence: Mapping[str, Mapping[int, Evidence]],
    sizes: Mapping[str, int],
    look: Sight,
) -> dict[tuple[str, int], Cell]:
    """Fold every element anything is known of."""
    cells = {}
    for fingerprint in dict.fromkeys((*attempts, *facts, *evidence)):
        rows, noted = attempts.get(fingerprint, ()), facts.get(fingerprint, ())
        found = evidence.get(fingerprint, {})
        for element, mine in _by_element(rows, noted, sizes.get(fingerprint, 0)).items():
            seen = _seen(rows, element, mine, found.get(element), look)
            cells[fingerprint, element] = believed(seen, mine, found.get(element), look.silent)
    return cells


def _by_element(
    attempts: Sequence[Attempt], facts: Sequence[Fact], size: int
) -> dict[int, list[Fact]]:
    """Return the facts that count for each element of a stage, also of one only recorded."""
    rows = (element for attempt in attempts for element in attempt.elements)
    last = max((*rows, *(fact.element for fact in facts), size - 1, 0))
    mine: dict[int, list[Fact]] = {element: [] for element in range(last + 1)}
    for fact in facts:
        for element in mine if fact.element < 0 else (fact.element,):
            mine[element].append(fact)
    return mine


def _seen(
    attempts: Sequence[Attempt],
    element: int,
    facts: Sequence[Fact],
    found: Evidence | None,
    look: Sight,
) -> list[Seen]:
    """Return where the attempts at one element stand, in the order they were made."""
    by_n = _grouped(facts, lambda fact: fact.n)
    return [
        seen
        for attempt in sorted(attempts, key=lambda one: one.n)
        if not attempt.elements or element in attempt.elements
        for seen in standings(attempt, element, by_n.get(attempt.n, ()), found, look)
    ]
