"""Graph and snapshot become a plan: every stage decided, parents first, then what is left over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from otplan.core.graph import Graph
from otplan.core.hub import SHARDS, repo_of
from otplan.core.plan import Action, Change, Plan, Reason
from otplan.core.record import Attempt
from otplan.core.snapshot import Seen, Snapshot
from otplan.core.stage import Stage
from otplan.kinds.by_name import MODEL
from otplan.planner import diff
from otplan.planner.around import Around, Outlook
from otplan.planner.decide import decide
from otplan.planner.fetches import FETCH
from otplan.planner.joins import JOIN
from otplan.planner.need import needed
from otplan.planner.owners import owner
from otplan.planner.policy import NO_PERMISSIONS, Policy
from otplan.planner.published import published
from otplan.planner.rows import row_changes, row_notes
from otplan.planner.site_notes import site_notes
from otplan.planner.stale import live_of, state_of, undeclared, unwanted
from otplan.planner.verdict import Mood, Verdict, judge


def plan(
    graph: Graph, snapshot: Snapshot, policy: Policy = NO_PERMISSIONS, registry: str = ""
) -> Plan:
    """Return what would be done to make the world what the manifest says, and why."""
    verdicts = {stage.fingerprint: _judge(stage, snapshot, policy) for stage in graph.stages}
    changes = _declared(graph, snapshot, policy, verdicts)
    changes += row_changes(graph, snapshot)
    leftovers, notes = _leftovers(graph, snapshot, policy)
    changes += leftovers
    return Plan(
        workspace=replace(graph.resolved.workspace, id=snapshot.recorded.id),
        at=snapshot.at,
        changes=tuple(changes),
        complete=not _incomplete(graph, changes),
        offline=snapshot.offline,
        registry=registry,
        notes=(
            *notes,
            *_orphans(snapshot),
            *site_notes(graph, snapshot, changes),
            *row_notes(graph, snapshot),
        ),
        critical_seconds=_critical(graph.stages, changes),
    )


def _judge(stage: Stage, snapshot: Snapshot, policy: Policy) -> list[Verdict]:
    """Judge every element of a stage."""
    if stage.given:
        return [_given(stage, snapshot)]
    again = stage.fingerprint in policy.resubmit
    if (said := snapshot.elsewhere.get(stage.fingerprint)) and not again:
        return [Verdict(Mood.STUCK, _elsewhere(stage, said))]
    if stage.target:
        return [published(stage, snapshot, policy)]
    judged = [
        judge(stage, snapshot.cell(stage.fingerprint, e), resubmit=again) for e in stage.cells
    ]
    # These are of use to their readers only: one that is not there is made like what vanished.
    idle = stage.template in (JOIN, FETCH) and judged[0].mood is Mood.READY
    return [replace(judged[0], mood=Mood.VANISHED)] if idle else judged


def _elsewhere(stage: Stage, said: str) -> Reason:
    """Say that somebody else is at it, and what to do where their job is gone."""
    mend = f"If it goes on no more, make it here:\notplan apply --resubmit '{stage.addresses[0]}'"
    return Reason("elsewhere", said, help=mend)


def _given(stage: Stage, snapshot: Snapshot) -> Verdict:
    """Judge a place that exists already: nothing is ever submitted for it."""
    cell = snapshot.cell(stage.fingerprint, 0)
    if cell.unknown and repo_of(stage.given) is not None:
        # Its pin says that it was there; the job that fetches it will say if it no longer is.
        text = f"{stage.given} was there when it was pinned; now {cell.unknown}"
        return Verdict(Mood.DONE, Reason("source", text))
    if cell.unknown:
        return Verdict(Mood.WAIT, Reason("unknown", cell.unknown))
    if cell.found is not None and stage.role == MODEL and SHARDS in cell.found.files:
        text = f"{stage.given} holds only shards of a checkpoint: consolidate it first"
        return Verdict(Mood.STUCK, Reason("missing", text))
    if stage.unpinned or cell.found is not None or snapshot.offline:
        return Verdict(Mood.DONE, Reason("source", f"{stage.given} exists already"))
    text = cell.lacking or f"{stage.given} is not there"
    return Verdict(Mood.STUCK, Reason("missing", text, help=_mend(stage)))


def _mend(stage: Stage) -> str:
    """Say what to do about a source that is not there, or that nothing is in."""
    put = "Put there what it is to hold, or name another place."
    # A pin stays at the commit that was looked at.
    return f"{put} Then:\notplan update" if repo_of(stage.given) else put


def _declared(
    graph: Graph, snapshot: Snapshot, policy: Policy, verdicts: Mapping[str, Sequence[Verdict]]
) -> list[Change]:
    """Decide every stage, parents first, since a child's lot depends on its parents'."""
    names = diff.by_name(snapshot)
    stale = _stale(graph, snapshot)
    run = needed(graph.stages, verdicts)
    places = {stage.fingerprint: stage.cluster for stage in graph.stages}
    outlooks: dict[str, Outlook] = {}
    moving: set[str] = set()
    changes: list[Change] = []
    for stage in graph.stages:
        around = Around(
            graph=graph,
            snapshot=snapshot,
            names=names,
            policy=policy,
            outlooks=outlooks,
            places=places,
            moving=moving,
            stale=_displaced_by(stage, stale),
            needed=stage.fingerprint in run,
        )
        decided = decide(stage, verdicts[stage.fingerprint], around)
        outlooks[stage.fingerprint] = decided.outlook
        if decided.moves:
            moving.add(stage.fingerprint)
        changes += decided.changes
    return changes


def _stale(graph: Graph, snapshot: Snapshot) -> dict[tuple[str, str], tuple[Seen, ...]]:
    """Return our live jobs of unwanted fingerprints, by address and role."""
    found: dict[tuple[str, str], tuple[Seen, ...]] = {}
    for fingerprint, attempts in unwanted(snapshot, (s.fingerprint for s in graph.stages)).items():
        live = [seen for seen in live_of(snapshot, fingerprint) if owner(seen) == snapshot.user]
        if live and _ours(attempts[-1], graph, snapshot):
            key = (attempts[-1].address, attempts[-1].role)
            found[key] = (*found.get(key, ()), *live)
    return found


def _displaced_by(
    stage: Stage, stale: Mapping[tuple[str, str], tuple[Seen, ...]]
) -> tuple[Seen, ...]:
    """Return the stale jobs under a stage's names; of what is not pinned nothing can be told."""
    if stage.unpinned or not stale:
        return ()
    names = ((str(address), stage.role) for address in stage.addresses)
    return tuple(seen for name in names for seen in stale.get(name, ()))


def _ours(attempt: Attempt, graph: Graph, snapshot: Snapshot) -> bool:
    """Tell whether this manifest and this user made an attempt: only then it is acted on."""
    return attempt.user == snapshot.user and attempt.manifest == graph.resolved.workspace.manifest


def _leftovers(graph: Graph, snapshot: Snapshot, policy: Policy) -> tuple[list[Change], list[str]]:
    """Return changes for our own undeclared records, and notes on those of others (rule 6)."""
    declared = {(str(a), s.role) for s in graph.stages for a in s.addresses}
    changes: list[Change] = []
    notes: list[str] = []
    for fingerprint, attempts in unwanted(snapshot, (s.fingerprint for s in graph.stages)).items():
        last = attempts[-1]
        named = (last.address, last.role) in declared
        if not _ours(last, graph, snapshot):
            if not named or live_of(snapshot, fingerprint):
                state = state_of(snapshot, fingerprint)
                by = f"declared by {last.user} in {last.manifest}"
                notes.append(f"{last.address} is {state}, {by}")
        elif not named:
            changes.append(undeclared(fingerprint, snapshot, policy))
    return changes, list(dict.fromkeys(notes))


def _orphans(snapshot: Snapshot) -> list[str]:
    """Tell of jobs that look like ours and are in no record."""
    return [
        f"job {job.ref} ({job.name}) is in no record; it is not touched" for job in snapshot.orphans
    ]


def _incomplete(graph: Graph, changes: Sequence[Change]) -> bool:
    """Tell whether something could not be known: such a plan can be read, not applied."""
    unknown = any(c.action is Action.UNKNOWN and c.reasons[0].code == "unknown" for c in changes)
    return unknown or any(stage.unpinned for stage in graph.stages)


def _critical(stages: Sequence[Stage], changes: Sequence[Change]) -> int:
    """Return the seconds of the longest chain of what is still to run, by its time limits."""
    going = (Action.SUBMIT, Action.REPLACE)
    kept = (Action.KEEP, Action.UPDATE)
    running = {c.fingerprint for c in changes if c.action in going or (c.action in kept and c.jobs)}
    until: dict[str, int] = {}
    for stage in stages:
        own = (stage.limits.time or 0) if stage.fingerprint in running else 0
        until[stage.fingerprint] = own + max((until[n.fingerprint] for n in stage.needs), default=0)
    return max(until.values(), default=0)
