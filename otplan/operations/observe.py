"""Ask the world, in order: registry, schedulers, artifacts, catalog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from otplan.core.catalog import CatalogKey, CatalogRow
from otplan.core.evidence import Evidence, Target
from otplan.core.graph import Graph
from otplan.core.layout import run_folder
from otplan.core.record import FactKind, Recorded
from otplan.core.snapshot import Snapshot, World
from otplan.core.stage import Stage
from otplan.core.values import Time
from otplan.operations.ground import Ground
from otplan.operations.hold import process
from otplan.operations.limits import abilities, kept
from otplan.operations.looking import check
from otplan.operations.looking import look as look_at
from otplan.operations.queues import ask, unwritten
from otplan.planner.claimed import claimed
from otplan.planner.fold import fold
from otplan.planner.rows import asked_keys
from otplan.shell.table import connect


@dataclass(frozen=True, slots=True)
class Look:
    """How closely to look: not at all beyond the record, or again at what is done.

    `limits` asks sites for their limits where jobs are about to be made, which is written down.
    """

    offline: bool = False
    refresh: bool = False
    limits: bool = False


ORDINARY = Look()
TO_APPLY = Look(limits=True)


def observe(ground: Ground, graph: Graph, look: Look = ORDINARY) -> tuple[World, Snapshot]:
    """Return the raw answers and what they mean, each source asked once."""
    if look.offline:
        recorded = ground.registry.recall(ground.workspace)
        at = _recorded_at(recorded, ground.now)
        world = World(at=at, user=ground.person.user, recorded=recorded, offline=True)
        return world, fold(graph.resolved, world)
    recorded = ground.registry.read(ground.workspace)
    world = World(at=ground.now, user=ground.person.user, recorded=recorded)
    limits = kept(ground)
    world = replace(
        world,
        holder_alive=_holder_alive(ground, recorded),
        abilities=abilities(ground, limits),
        limits=limits,
        observed=ask(ground, graph.resolved, recorded),
    )
    world = replace(world, unwritten=unwritten(ground, recorded))
    world = replace(world, evidence=_evidence(ground, graph, world, look))
    snapshot = fold(graph.resolved, world)
    rows = _rows(ground, graph, snapshot)
    return replace(world, rows=rows), claimed(graph, replace(snapshot, rows=rows))


def _recorded_at(recorded: Recorded, now: Time) -> Time:
    """Return when the record last changed: how old what an offline plan says is."""
    noted = [fact.at for fact in recorded.facts] + [attempt.at for attempt in recorded.attempts]
    return max(noted, default=now)


def again(ground: Ground, graph: Graph, world: World, done: Mapping[Target, Evidence]) -> Snapshot:
    """Look again at what is done and about to be read; return what it all means then."""
    evidence = {**world.evidence, **check(ground, done)}
    return claimed(graph, fold(graph.resolved, replace(world, evidence=evidence)))


def _holder_alive(ground: Ground, recorded: Recorded) -> bool:
    """Tell whether somebody else is applying now, as far as this host can know."""
    holder = recorded.holder
    if holder is None:
        return False
    here = connect("here")
    alive = here.alive(process(holder))
    if alive is None:
        return holder.expires > ground.now
    return alive and process(holder) != here.me()


def _evidence(ground: Ground, graph: Graph, world: World, look: Look) -> dict[Target, Evidence]:
    """Look at what is not recorded as done, and, with `--refresh`, again at what is."""
    recorded = fold(graph.resolved, replace(world, observed={}, offline=True))
    fresh: list[Target] = []
    done: dict[Target, Evidence] = {}
    for stage in graph.stages:
        for element in stage.cells:
            believed = recorded.cell(stage.fingerprint, element).done
            target = target_of(ground, stage, element, recorded)
            if believed is None:
                fresh.append(target)
            elif look.refresh and (believed.files or believed.attempt):
                # What is believed on the catalog's word has no files to look at.
                done[target] = believed
    verified = {f.fingerprint for f in world.recorded.facts if f.kind is FactKind.VERIFIED}
    return {**look_at(ground, fresh, verified), **check(ground, done)}


def target_of(ground: Ground, stage: Stage, element: int, snapshot: Snapshot) -> Target:
    """Return where to look for one element of a stage."""
    home = ground.home(stage.cluster)
    place = stage.given or stage.target
    folder = place or run_folder(home, ground.workspace, stage.fingerprint)
    attempts = snapshot.attempts.get(stage.fingerprint, ())
    return Target(
        cluster=stage.cluster,
        folder=folder,
        fingerprint=stage.fingerprint,
        element=element if stage.elements else -1,
        given=bool(stage.given),
        attempts=tuple(attempt.n for attempt in attempts),
        owner=snapshot.recorded.id if stage.target else "",
    )


def _rows(
    ground: Ground, graph: Graph, snapshot: Snapshot
) -> Mapping[CatalogKey, CatalogRow | None]:
    """Return the catalog's rows of all products that it has, or should have."""
    keys = asked_keys(graph, snapshot)
    return ground.catalog.read(keys) if keys else {}
