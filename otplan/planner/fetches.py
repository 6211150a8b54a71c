"""Fetch stages: what lies on the Hub is brought to each cluster once, before anything reads it.

That is what exists there already, and what a stage of another cluster publishes there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from otplan.core import hub, login
from otplan.core.cluster import Cluster, share
from otplan.core.stage import Need, Program, Stage, Where
from otplan.core.values import canonical
from otplan.fingerprint import hashing
from otplan.kinds.by_name import INPUT, MODEL
from otplan.kinds.moving import moving, outside
from otplan.kinds.publishing import PUBLISH

FETCH = "fetch"
"""The template of a fetch stage."""

OUTPUTS = ("fetched.json", ".")
"""What a fetch leaves: the list of the files, written last, and all of them, by their bytes."""

_PLAIN = ("source", PUBLISH)
"""Roles of what is fetched that say nothing more of it."""


def with_fetches(stages: Iterable[Stage], clusters: Mapping[str, Cluster]) -> Iterator[Stage]:
    """Yield the stages, parents first, with a fetch between what the Hub has and who reads it.

    What a stage makes hangs on what it reads, not on how that came to be here: its fingerprint
    was made before.
    """
    listed = tuple(stages)
    known = {stage.fingerprint: stage for stage in listed}
    senders = {need.fingerprint: one for one in listed if one.target for need in one.needs}
    yielded: set[str] = set()
    for stage in listed:
        needs = []
        for need in stage.needs:
            source = known[need.fingerprint]
            way = _way(source, senders.get(source.fingerprint), stage, clusters)
            yield from (one for one in way if one.fingerprint not in yielded)
            yielded.update(one.fingerprint for one in way)
            named = INPUT if source.role == MODEL else need.input
            there = replace(need, fingerprint=way[-1].fingerprint, input=named) if way else need
            needs.append(there)
        if stage.fingerprint not in yielded:
            yielded.add(stage.fingerprint)
            yield replace(stage, needs=tuple(needs))


def _way(
    source: Stage, sender: Stage | None, reader: Stage, clusters: Mapping[str, Cluster]
) -> tuple[Stage, ...]:
    """Return the stages by which a source comes to its reader; none where it is there."""
    if reader.unpinned:
        return ()
    if source.role == MODEL and _reaches_out(reader, clusters):
        return ()  # Its program finds it by its name, in whatever cache there is.
    if hub.repo_of(source.given) is not None:
        return (_fetch(source, reader, ("--repo", source.given), clusters),)
    if sender is None or not _apart(source, reader, clusters):
        return ()
    return sender, _fetch(sender, reader, _sent(sender, source), clusters)


def brought(stage: Stage) -> str:
    """Return the repo that a stage brings here; empty for a stage that brings none."""
    return stage.program.argv[1] if stage.template == FETCH else ""


def _reaches_out(reader: Stage, clusters: Mapping[str, Cluster]) -> bool:
    """Tell whether the job of a reader has the internet itself."""
    return clusters[login.site(reader.cluster) or reader.cluster].internet in ("", "compute")


def _apart(source: Stage, reader: Stage, clusters: Mapping[str, Cluster]) -> bool:
    """Tell whether a reader does not see the files of what it reads from its own cluster."""
    here, there = (clusters[login.site(one.cluster) or one.cluster] for one in (reader, source))
    return here.name != there.name and not share(there.experiments_dir, here, there)


def _sent(sender: Stage, source: Stage) -> tuple[str, ...]:
    """Return how what is published is asked for; its commit is put in once it is known.

    Of a product that is one folder the repo holds what is in it (templates/tools/publish.py).
    """
    into = ("--into", *source.outputs) if len(source.outputs) == 1 else ()
    return ("--repo", sender.target, "--published", sender.fingerprint, *into)


def _fetch(
    source: Stage, reader: Stage, argv: tuple[str, ...], clusters: Mapping[str, Cluster]
) -> Stage:
    """Return the stage that brings a source to the cluster of its reader."""
    cluster = clusters[login.site(reader.cluster) or reader.cluster]
    # A model by name is one to all kinds of readers.
    what = source.given if source.role == MODEL else source.fingerprint
    parts = {hashing.INPUT: canonical([what]), "cluster": canonical(cluster.name)}
    role = FETCH if source.role in _PLAIN else f"{FETCH}-{source.role}"
    place = login.where(Where.INTERNET, cluster)
    return Stage(
        addresses=source.addresses,
        role=role if cluster.name == source.cluster else f"{role}-{cluster.name}",
        template=FETCH,
        fingerprint=hashing.fingerprint(FETCH, FETCH, parts),
        components=parts,
        digest=hashing.digest(place, {}),
        cluster=place,
        program=Program(argv, tool="fetch.py"),
        limits=moving(cluster),
        outputs=OUTPUTS,
        needs=(Need(source.fingerprint),),
        content=False,
        where=Where.INTERNET,
        attempts=max(reader.attempts, 2),
        options=outside(reader.options, cluster),
    )
