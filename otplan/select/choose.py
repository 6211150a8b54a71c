"""Selectors choose among the stages of a graph; what no stage answers to is told, never skipped."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import cache

from otplan.core.address import Address
from otplan.core.stage import Stage
from otplan.errors import Usage
from otplan.select.spec import FAR, Method, Name, Selector, parse

_FEW = 7
"""So many names are listed where none of them comes close."""

_SUGGESTED = 3

NO_STATES: Mapping[str, str] = {}
"""No state is known: `state:` chooses nothing."""


def choose(
    stages: Sequence[Stage],
    selectors: Iterable[str],
    *,
    exclude: Iterable[str] = (),
    states: Mapping[str, str] = NO_STATES,
) -> tuple[Stage, ...]:
    """Return the stages that any selector chooses and none of `exclude` does, in their order.

    No selector at all chooses everything. `states` maps labels to a word for their state. Raise
    Usage for a selector that cannot be read, or names what is not declared; a state that no
    stage is in chooses nothing.
    """
    wanted = [parse(text) for text in selectors]
    unwanted = [parse(text) for text in exclude]
    field = _Field(stages, states)
    chosen = field.union(wanted) if wanted else {stage.fingerprint for stage in stages}
    chosen -= field.union(unwanted)
    return tuple(stage for stage in stages if stage.fingerprint in chosen)


class _Field:
    """The stages to choose from, with the edges between them in both directions."""

    def __init__(self, stages: Sequence[Stage], states: Mapping[str, str]) -> None:
        self.stages = stages
        self.states = states
        self.parents = {s.fingerprint: [need.fingerprint for need in s.needs] for s in stages}
        self.children: dict[str, list[str]] = {stage.fingerprint: [] for stage in stages}
        for child, parents in self.parents.items():
            for parent in parents:
                self.children[parent].append(child)

    def union(self, selectors: Iterable[Selector]) -> set[str]:
        """Return the fingerprints that any of these chooses."""
        chosen: set[str] = set()
        for selector in selectors:
            chosen |= self._chosen(selector)
        return chosen

    def _chosen(self, selector: Selector) -> set[str]:
        start = {stage.fingerprint for stage in self.stages if self._fits(stage, selector)}
        if not start and selector.method is not Method.STATE:
            raise self._unknown(selector)
        above = _reached(start, self.parents, selector.up)
        return above | _reached(start, self.children, selector.down)

    def _fits(self, stage: Stage, selector: Selector) -> bool:
        match selector.method:
            case Method.NAME:
                name = selector.name
                return name is not None and any(_named(stage, a, name) for a in stage.addresses)
            case Method.KIND:
                return any(
                    _like(a.kind, value) for a in stage.addresses for value in selector.values
                )
            case Method.CLUSTER:
                return any(_like(stage.cluster, value) for value in selector.values)
            case Method.STATE:
                return self.states.get(stage.label, "") in selector.values

    def _unknown(self, selector: Selector) -> Usage:
        """Say that nothing is called so, and what comes close."""
        close = self._relatives(selector) or self._similar(selector)
        words = f"did you mean {' or '.join(f'`{name}`' for name in close)}?" if close else ""
        named = self._names(selector.method)
        listed = f"there is {', '.join(named)}" if len(named) <= _FEW else ""
        return Usage(f"nothing that is declared answers to `{selector.text}`", words or listed)

    def _relatives(self, selector: Selector) -> list[str]:
        """Return what has the name that was asked for, under other labels or another role."""
        if selector.name is None:
            return []
        bare = Selector("", Method.NAME, name=Name(selector.name.address))
        return [stage.label for stage in self.stages if self._fits(stage, bare)][:_SUGGESTED]

    def _similar(self, selector: Selector) -> list[str]:
        words = (selector.name.address,) if selector.name else selector.values
        named = self._names(selector.method)
        found = (get_close_matches(word, named, n=_SUGGESTED, cutoff=0.6) for word in words)
        return [name for names in found for name in names][:_SUGGESTED]

    def _names(self, method: Method) -> list[str]:
        """Return all that such a selector could have said, without repetition, in order."""
        if method is Method.CLUSTER:
            return list(dict.fromkeys(stage.cluster for stage in self.stages))
        addresses = [address for stage in self.stages for address in stage.addresses]
        if method is Method.KIND:
            return list(dict.fromkeys(address.kind for address in addresses))
        return list(dict.fromkeys(name for address in addresses for name in _spellings(address)))


def _reached(start: Collection[str], edges: Mapping[str, Sequence[str]], steps: int) -> set[str]:
    """Return where at most so many steps lead, the start included; FAR has no bound."""
    reached, edge = set(start), set(start)
    while edge and steps != 0:
        edge = {there for here in edge for there in edges[here]} - reached
        reached |= edge
        steps -= 1 if steps != FAR else 0
    return reached


def _named(stage: Stage, address: Address, name: Name) -> bool:
    return (
        _any_like(_spellings(address), name.address)
        and (not name.role or _like(stage.role, name.role))
        and _labelled(dict(address.labels), name.labels)
    )


def _labelled(labels: Mapping[str, str], wanted: Iterable[tuple[str, str]]) -> bool:
    return all(key in labels and _like(labels[key], pattern) for key, pattern in wanted)


def _any_like(words: Iterable[str], pattern: str) -> bool:
    return any(_like(word, pattern) for word in words)


def _like(word: str, pattern: str) -> bool:
    return word == pattern or _pattern(pattern).fullmatch(word) is not None


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    """Return a pattern in which only `*` and `?` are special: brackets hold labels here."""
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."))


def _spellings(address: Address) -> tuple[str, str]:
    """Return the ways to name a resource without its labels."""
    return (address.name, f"{address.kind}.{address.name}")
