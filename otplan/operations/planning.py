"""Make a plan: observe, decide, and look again at what it is about to rely on."""

from __future__ import annotations

from dataclasses import dataclass, replace

from otplan.core.evidence import Evidence, Target
from otplan.core.graph import Graph
from otplan.core.plan import Action, Plan
from otplan.core.snapshot import Snapshot
from otplan.operations.ground import Ground
from otplan.operations.limits import ask, doubtful
from otplan.operations.observe import ORDINARY, Look, again, observe, target_of
from otplan.operations.workspace import check_owner, check_witness
from otplan.planner.plan import plan as decide
from otplan.planner.policy import NO_PERMISSIONS, Policy


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and the snapshot it was made from."""

    plan: Plan
    snapshot: Snapshot


def make_plan(
    ground: Ground,
    graph: Graph,
    policy: Policy = NO_PERMISSIONS,
    look: Look = ORDINARY,
) -> Planned:
    """Return the plan.

    Raise ForeignState where the workspace is another manifest's, or its folder another registry's.
    What a stage about to be submitted reads is looked at again, since an input that vanished
    must be made first; that may bring up further inputs, until nothing new has vanished.
    """
    world, snapshot = observe(ground, graph, look)
    check_owner(graph, snapshot.recorded)
    if not look.offline:
        check_witness(ground, snapshot.recorded)
    planned = decide(graph, snapshot, policy, ground.registry.place)
    if look.limits and (asked := ask(ground, doubtful(ground, planned, world.limits))):
        world = replace(world, limits={**world.limits, **asked})
        snapshot = replace(snapshot, limits=world.limits)
        planned = decide(graph, snapshot, policy, ground.registry.place)
    looked: dict[Target, Evidence] = {}
    while not look.offline:
        relied = {
            t: e for t, e in _relied_on(ground, graph, planned, snapshot).items() if t not in looked
        }
        if not relied:
            break
        looked |= relied
        snapshot = again(ground, graph, world, looked)
        planned = decide(graph, snapshot, policy, ground.registry.place)
    return Planned(planned, snapshot)


def _relied_on(
    ground: Ground, graph: Graph, planned: Plan, snapshot: Snapshot
) -> dict[Target, Evidence]:
    """Return the done products that the stages about to be submitted read."""
    acts = (Action.SUBMIT, Action.REPLACE)
    submits = {change.fingerprint for change in planned.changes if change.action in acts}
    stages = {stage.fingerprint: stage for stage in graph.stages}
    read = {n.fingerprint for f in submits & set(stages) for n in stages[f].needs}
    return {
        target_of(ground, stage, element, snapshot): done
        for stage in graph.stages
        if stage.fingerprint in read and not stage.given
        for element in stage.cells
        if (done := snapshot.cell(stage.fingerprint, element).done) is not None
    }
