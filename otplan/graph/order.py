"""The order of a graph, parents first, and its shortest cycle where there is none."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import TypeVar

K = TypeVar("K", bound=Hashable)


def order(parents: Mapping[K, Sequence[K]]) -> tuple[K, ...] | None:
    """Return every key, wave by wave and else as given; None where there is a cycle."""
    try:
        return tuple(TopologicalSorter(parents).static_order())
    except CycleError:
        return None


def shortest_cycle(parents: Mapping[K, Sequence[K]]) -> tuple[K, ...]:
    """Return the keys of a shortest cycle, each followed by a parent of it; empty if none.

    A shortest cycle goes through a node with several ways on, unless the knot is one ring:
    so only those are searched from.
    """
    best: tuple[K, ...] = ()
    for knot in _knots(parents):
        inside = {
            key: [p for p in parents.get(key, ()) if p in knot] for key in parents if key in knot
        }
        starts = [key for key, on in inside.items() if len(on) > 1] or list(inside)[:1]
        for start in starts:
            found = _way_back(start, inside, len(best) or len(inside) + 1)
            best = found or best
    return best


def _knots(parents: Mapping[K, Sequence[K]]) -> list[set[K]]:
    """Return the sets of keys that reach each other; networkx costs its import only here."""
    import networkx as nx

    graph: nx.DiGraph[K] = nx.DiGraph((key, p) for key, ps in parents.items() for p in ps)
    knots: list[set[K]] = [set(c) for c in nx.strongly_connected_components(graph)]
    return [k for k in knots if len(k) > 1 or any(key in parents.get(key, ()) for key in k)]


def _way_back(start: K, on: Mapping[K, Sequence[K]], below: int) -> tuple[K, ...]:
    """Return the shortest way from `start` to itself that has fewer than `below` keys."""
    came: dict[K, K] = {}
    queue = deque([(start, 1)])
    while queue:
        key, length = queue.popleft()
        if start in on[key]:
            return _trace(start, key, came)
        if length + 1 < below:
            fresh = [k for k in on[key] if k not in came and k != start]
            came.update(dict.fromkeys(fresh, key))
            queue.extend((k, length + 1) for k in fresh)
    return ()


def _trace(start: K, end: K, came: Mapping[K, K]) -> tuple[K, ...]:
    """Walk back from `end` to `start` over the keys one came from."""
    way = [end]
    while way[-1] != start:
        way.append(came[way[-1]])
    return tuple(reversed(way))


def children(parents: Mapping[K, Sequence[K]]) -> dict[K, list[K]]:
    """Turn the arrows round: every key with those that name it as a parent."""
    turned: dict[K, list[K]] = {key: [] for key in parents}
    for key, above in parents.items():
        for parent in above:
            turned[parent].append(key)
    return turned


def generations(parents: Mapping[K, Sequence[K]]) -> list[list[K]]:
    """Return the keys in waves: each has all its parents in earlier ones."""
    depth: dict[K, int] = {}
    for key in order(parents) or ():
        depth[key] = 1 + max((depth[p] for p in parents.get(key, ())), default=-1)
    waves: list[list[K]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for key, level in depth.items():
        waves[level].append(key)
    return waves
