"""The story of `otplan sync --publish`: run here, and wait for, what only a login node may."""

from __future__ import annotations

from collections.abc import Sequence

from otplan.core import login
from otplan.core.graph import of_resolved
from otplan.core.job import JobRef
from otplan.core.record import FactKind
from otplan.core.report import Outcome, Report
from otplan.operations.cancelling import cancel_jobs
from otplan.operations.continuing import go_on
from otplan.operations.ground import Ground
from otplan.operations.planning import make_plan
from otplan.operations.progress import Said
from otplan.planner.policy import Policy

HERE = Policy(login=True)
PAUSE = 0.5
"""Seconds between two looks at a queue of this machine."""


def publish(ground: Ground) -> Report:
    """Go on with what is approved, the stages of the login node included, until they are over.

    An interrupt cancels those that still run: the next call begins them again, and what was sent
    or brought already is not moved twice.
    """
    outcomes: list[Outcome] = []
    jobs: list[JobRef] = []
    while True:
        report = go_on(ground, HERE)
        outcomes += report.outcomes
        before, jobs = jobs, _unfinished(ground)
        # Whose end nobody noted since lies in the queue of a colleague, or of another machine.
        if not jobs or jobs == before or report.interrupted or not _over(ground, jobs):
            break
    stopped = ground.person.progress.stopped()
    if stopped and jobs:
        outcomes += _cancelled(ground, jobs)
    return Report(ground.workspace, tuple(outcomes), interrupted=stopped)


def _unfinished(ground: Ground) -> list[JobRef]:
    """Return the jobs of login nodes that nobody knows to be over."""
    recorded = ground.registry.read(ground.workspace)
    there = {(a.fingerprint, a.n): a.cluster for a in recorded.attempts if login.site(a.cluster)}
    ended = {(f.fingerprint, f.n) for f in recorded.facts if f.kind is FactKind.ENDED}
    return [
        JobRef(there[fact.fingerprint, fact.n], str(fact.values["job"]))
        for fact in recorded.facts
        if fact.kind is FactKind.SUBMITTED
        and (fact.fingerprint, fact.n) in there
        and (fact.fingerprint, fact.n) not in ended
    ]


def _over(ground: Ground, jobs: Sequence[JobRef]) -> bool:
    """Wait until none of these jobs is seen alive; False where a person does not want to wait."""
    said: set[JobRef] = set()
    while not ground.person.progress.stopped():
        live = False
        for name in sorted({job.cluster for job in jobs}):
            mine = [job for job in jobs if job.cluster == name]
            observed = ground.schedulers[name].observe(mine, (), ground.now)
            if observed.unknown:
                ground.person.progress.tell(Said(name, observed.unknown))
            for job in observed.jobs:
                live = live or (job.state.live and job.ref in mine)
                if job.started and job.ref not in said:
                    said.add(job.ref)
                    ground.person.progress.tell(Said(job.name, "runs on this machine"))
        if not live:
            return True
        ground.person.pause(PAUSE)
    return False


def _cancelled(ground: Ground, jobs: Sequence[JobRef]) -> list[Outcome]:
    """Cancel the jobs that were waited for; that is no failure of theirs."""
    approval = ground.registry.read(ground.workspace).approval
    if approval is None:
        return []
    snapshot = make_plan(ground, of_resolved(approval.graph)).snapshot
    live = [
        seen.job.ref
        for cell in snapshot.cells.values()
        for seen in cell.seen
        if seen.job is not None and seen.standing.live and seen.job.ref in jobs
    ]
    return cancel_jobs(ground, snapshot, live) if live else []
