"""Fetch stages: what lies on the Hub is brought to each cluster once, before anything reads it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from otplan.core import hub, login
from otplan.core.cluster import Cluster
from otplan.core.stage import Need, Program, Stage, Where
from otplan.core.values import canonical
from otplan.fingerprint import hashing
from otplan.kinds.moving import moving, outside

FETCH = "fetch"
"""The template of a fetch stage."""

OUTPUT = "fetched.json"
"""What a fetch leaves beside the files: their list, written last."""


def with_fetches(stages: Iterable[Stage], clusters: Mapping[str, Cluster]) -> Iterator[Stage]:
    """Yield the stages, parents first, with a fetch between what the Hub has and who reads it.

    What a stage makes hangs on what it reads, not on how that came to be here: its fingerprint
    was made before.
    """
    known: dict[str, Stage] = {}
    fetched: set[str] = set()
    for stage in stages:
        known[stage.fingerprint] = stage
        needs = []
        for need in stage.needs:
            source = known[need.fingerprint]
            if hub.repo_of(source.given) is None or stage.unpinned:
                needs.append(need)
                continue
            made = _fetch(source, stage, clusters)
            if made.fingerprint not in fetched:
                fetched.add(made.fingerprint)
                yield made
            needs.append(replace(need, fingerprint=made.fingerprint))
        yield replace(stage, needs=tuple(needs))


def _fetch(source: Stage, reader: Stage, clusters: Mapping[str, Cluster]) -> Stage:
    """Return the stage that brings a source to the cluster of its reader."""
    cluster = clusters[login.site(reader.cluster) or reader.cluster]
    parts = {hashing.INPUT: canonical([source.fingerprint]), "cluster": canonical(cluster.name)}
    role = FETCH if source.role == "source" else f"{FETCH}-{source.role}"
    place = login.where(Where.INTERNET, cluster)
    return Stage(
        addresses=source.addresses,
        role=role if cluster.name == source.cluster else f"{role}-{cluster.name}",
        template=FETCH,
        fingerprint=hashing.fingerprint(FETCH, FETCH, parts),
        components=parts,
        digest=hashing.digest(place, {}),
        cluster=place,
        program=Program(("--repo", source.given), tool="fetch.py"),
        limits=moving(cluster),
        outputs=(OUTPUT,),
        needs=(Need(source.fingerprint),),
        content=False,
        where=Where.INTERNET,
        attempts=max(reader.attempts, 2),
        options=outside(reader.options, cluster),
    )
