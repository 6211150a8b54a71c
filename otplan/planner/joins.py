"""Join stages: where a stage would wait for very many jobs, small ones of its own stand between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from otplan.core.stage import Limits, Need, Program, Stage
from otplan.core.values import canonical
from otplan.fingerprint import hashing

JOIN = "join"
"""The template of a join stage."""

MOST = 4_000
"""Jobs that one job may wait for: at 30 bytes an id, `--dependency` stays below the 128 KiB that
an argument may have (execve(2))."""

_TIME = 3_600
"""Seconds that a job which only checks what others made may take."""


def with_joins(stages: Iterable[Stage]) -> Iterator[Stage]:
    """Yield the stages, parents first, with joins before those that wait for too many jobs.

    What a join stands for is still an input of its reader, but no edge any more.
    """
    cells: dict[str, int] = {}
    places: dict[str, str] = {}
    for stage in stages:
        cells[stage.fingerprint], places[stage.fingerprint] = len(stage.cells), stage.cluster
        read = [need.fingerprint for need in stage.needs]
        near = [one for one in dict.fromkeys(read) if places[one] == stage.cluster]
        if stage.unpinned or sum(cells[one] for one in near) <= MOST:
            yield stage
            continue
        joins = [_join(stage, i, some) for i, some in enumerate(_groups(near, cells), 1)]
        yield from joins
        through = {need.fingerprint: join.fingerprint for join in joins for need in join.needs}
        needs = (replace(n, through=through.get(n.fingerprint, "")) for n in stage.needs)
        yield replace(stage, needs=(*needs, *(Need(join.fingerprint) for join in joins)))


def _groups(read: Sequence[str], cells: Mapping[str, int]) -> Iterator[list[str]]:
    """Yield the fingerprints in groups that one job can wait for; no stage is cut in two."""
    group: list[str] = []
    for fingerprint in read:
        if group and sum(cells[one] for one in (*group, fingerprint)) > MOST:
            yield group
            group = []
        group.append(fingerprint)
    yield group


def _join(stage: Stage, number: int, read: Sequence[str]) -> Stage:
    """Return a stage that is done when all it reads is made; it asks for one node only."""
    parts = {hashing.INPUT: canonical(list(read))}
    return Stage(
        addresses=stage.addresses,
        role=f"join-{number}",
        template=JOIN,
        fingerprint=hashing.fingerprint("join", "join", parts),
        components=parts,
        digest=hashing.digest(stage.cluster, {}),
        cluster=stage.cluster,
        program=Program(argv=("true",)),
        limits=Limits(time=_TIME),
        needs=tuple(Need(fingerprint) for fingerprint in read),
        content=False,
        attempts=stage.attempts,
        options=stage.options,
    )
