"""What must hold between any two steps, and where everything must come to rest."""

from __future__ import annotations

from otplan.core.plan import Action, Change, Plan
from otplan.operations.deciding import adopt, retry
from otplan.planner.policy import Policy
from tests.machine.login import HOSTS, Call
from tests.machine.world import World

ROUNDS = 16
"""As many as the deepest chain may need, and some: each makes at least one stage of it.

Two hours each, they are more than a day: what a clock a day ahead noted stays unknown so long.
"""


def nothing_is_lost(world: World) -> None:
    """Hold that every live job with our mark is of an attempt that was written down."""
    names = {attempt.name for attempt in world.registry.read("lab").attempts}
    live = [job for job in world.fake.jobs() if job.state.live and " lab " in job.comment]
    lost = [job.name for job in live if job.name not in names]
    assert not lost, lost


def apply_quietly(world: World, call: Call) -> None:
    """Apply twice, and hold that this leaves nothing to do.

    An array of which some elements are missing and others ask for something else takes two.
    """
    reports = [world.apply(call), world.apply(call)]
    if any(report is None or report.partial for report in reports):
        return
    planned = world.plan(Call(call.user))
    assert planned is not None
    left = [_told(one) for one in planned.plan.changes if one.action.asks]
    assert not left, left


def settle(world: World) -> None:
    """Hold that with nothing in the way everything gets done, and then nothing changes."""
    world.fake.faults.clear()
    world.fake.blind.clear()
    world.give(there=True)
    for _ in range(ROUNDS):
        world.fake.advance(7200)
        world.jobs.finish()
        for user in HOSTS:
            world.sync(Call(user))
        plan = _plan(world)
        if _settled(plan):
            break
        _help(world, plan)
        world.apply(Call(policy=Policy(resubmit=_lost(plan))))
    _hold_still(world)


def _hold_still(world: World) -> None:
    for _ in range(2):
        world.apply(Call())
    plan = _plan(world)
    assert plan.complete
    restless = [_told(one) for one in plan.changes if not _rests(one)]
    assert not restless, restless


def _settled(plan: Plan) -> bool:
    return plan.complete and all(_rests(one) for one in plan.changes)


def _rests(change: Change) -> bool:
    """Tell whether a change says that all is well: done, or archived."""
    if change.action is Action.KEEP:
        return change.reasons[0].code in ("done", "source")
    return change.action is Action.REST and change.reasons[0].code == "archived"


def _plan(world: World) -> Plan:
    planned = world.plan(Call())
    assert planned is not None
    return planned.plan


def _help(world: World, plan: Plan) -> None:
    """Do what the plan's lines ask of a person."""
    places = {stage.fingerprint: i for i, stage in enumerate(world.graph().stages)}
    for change in plan.changes:
        if change.action is Action.BLOCKED and change.reasons[0].code == "failed":
            world.decide(Call(), retry, places[change.fingerprint])
        if change.action is Action.ADOPT:
            world.decide(Call(), adopt, places[change.fingerprint], "")
        if change.reasons[0].code in ("stuck", "unseen"):
            world.manifests["bob"] = world.manifests["ann"]
            world.apply(Call("bob"))


def _lost(plan: Plan) -> frozenset[str]:
    """Return what vanished, where nothing else is left: it is made again only when asked for.

    What something needs is made again without that.
    """
    left = [one for one in plan.changes if not _rests(one)]
    if any(one.action is not Action.KEEP or one.reasons[0].code != "lost" for one in left):
        return frozenset()
    return frozenset(one.fingerprint for one in left)


def _told(change: Change) -> str:
    return (
        f"{change.action.value} {change.label}: {change.reasons[0].code}, {change.reasons[0].text}"
    )
