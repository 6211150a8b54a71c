"""One apply's submitting, as it goes: what went through, what is held back, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from otplan.core.graph import Graph
from otplan.core.job import JobRef
from otplan.core.record import Attempt, Fact, FactKind
from otplan.core.report import Event, Outcome
from otplan.core.snapshot import Snapshot
from otplan.core.stage import Stage
from otplan.core.values import Time
from otplan.operations.ground import Ground

_Queue: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]

AT_ONCE = 20
"""Facts that are noted together: each writing waits for the disk, or for the network."""

FULL = "the queue takes no more jobs of yours now"


@dataclass(slots=True)
class Submission:
    """One apply's submitting, as it goes: who has which job by now, and what came of each.

    It is the one thing here that changes, because a child's order names its parents' jobs.
    `replacing` are the fingerprints whose own queued jobs give way: what replaces them is `held`
    until those are gone, since both would do the same. `displaced` are the jobs that give way to
    each fingerprint, and `gone` those that had to go first. `full` are the queues that a submit
    limit closed: a cluster with the options of what it refused. `seen` says when a job was last
    known to live, where that was after the snapshot. `rounds` counts how often an attempt was sent
    again; `unnoted` are facts that are still to be noted.
    """

    ground: Ground
    graph: Graph
    snapshot: Snapshot
    approval: int
    jobs: dict[tuple[str, int], JobRef]
    outcomes: list[Outcome] = field(default_factory=list)
    stopped: set[str] = field(default_factory=set)
    replacing: frozenset[str] = frozenset()
    held: list[JobRef] = field(default_factory=list)
    displaced: dict[str, tuple[JobRef, ...]] = field(default_factory=dict)
    gone: set[JobRef] = field(default_factory=set)
    full: set[_Queue] = field(default_factory=set)
    seen: dict[JobRef, Time] = field(default_factory=dict)
    rounds: dict[tuple[str, int], int] = field(default_factory=dict)
    unnoted: list[Fact] = field(default_factory=list)

    def note(self, fact: Fact) -> None:
        """Note a fact soon, with others: a job whose fact is lost is found again by its name."""
        self.unnoted.append(fact)
        if len(self.unnoted) >= AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Note what was put off."""
        if self.unnoted:
            self.ground.registry.note(self.ground.workspace, self.unnoted)
            self.unnoted = []

    @property
    def recorded(self) -> dict[tuple[str, int], Attempt]:
        """Return the attempts that were recorded before, by fingerprint and number."""
        return {(one.fingerprint, one.n): one for one in self.snapshot.recorded.attempts}


def held_back(submission: Submission, stage: Stage) -> bool:
    """Hold a stage back whose parent did not go through, or whose queue is full, and say so."""
    if queue(stage) in submission.full:
        stop(submission, stage, Event.HELD_BACK, FULL)
        return True
    blocked = next(
        (n.fingerprint for n in stage.needs if n.fingerprint in submission.stopped), None
    )
    if blocked is None:
        return False
    stop(
        submission, stage, Event.HELD_BACK, f"{submission.graph.labels[blocked]} did not go through"
    )
    return True


def stop(submission: Submission, stage: Stage, event: Event, why: str) -> None:
    """Stop a branch, and say why."""
    submission.stopped.add(stage.fingerprint)
    submission.outcomes.append(Outcome(stage.label, event, why=why))


def resend(submission: Submission, attempts: Sequence[Attempt]) -> None:
    """Note which intents were there before: a job may come of them from now on."""
    now, facts = submission.ground.now, []
    noted = Counter(
        (fact.fingerprint, fact.n)
        for fact in submission.snapshot.recorded.facts
        if fact.kind is FactKind.RESENT
    )
    for key in ((one.fingerprint, one.n) for one in attempts):
        if key in submission.recorded:
            submission.rounds[key] = 1 + noted[key]
            facts.append(Fact(*key, FactKind.RESENT, now, values={"round": 1 + noted[key]}))
    if facts:
        submission.ground.registry.note(submission.ground.workspace, facts)


def withdraw(submission: Submission, attempt: Attempt, why: str, kind: str) -> None:
    """Note that no job will come of an intent, so that nobody waits for one."""
    key = (attempt.fingerprint, attempt.n)
    fact = Fact(
        attempt.fingerprint,
        attempt.n,
        FactKind.WITHDRAWN,
        submission.ground.now,
        values={"why": why, "kind": kind, "round": submission.rounds.get(key, 0)},
    )
    submission.ground.registry.note(submission.ground.workspace, [fact])


def queue(stage: Stage) -> _Queue:
    """Return what a submit limit is for, as far as we can tell: a cluster with these options."""
    return stage.cluster, tuple(sorted(stage.options.items()))
