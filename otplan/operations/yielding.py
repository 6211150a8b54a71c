"""What gives way: queued jobs changed in place, and jobs cancelled once the new ones are in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from otplan.core.plan import Change, Effect
from otplan.core.record import Attempt, Fact, FactKind
from otplan.core.report import Event, Outcome
from otplan.core.stage import Stage
from otplan.errors import OtplanError, Refused
from otplan.operations.cancelling import cancel_jobs
from otplan.operations.parents import look_again
from otplan.operations.submission import Submission, held_back
from otplan.planner.edges import edges
from otplan.planner.jobs import attempts_by_job
from otplan.schedulers import notation


def update_queued(submission: Submission, changes: Sequence[Change]) -> None:
    """Change queued jobs in place: their limits, their edges, their hold."""
    stages = {stage.fingerprint: stage for stage in submission.graph.stages}
    for change in changes:
        effect, stage = change.effect, stages[change.fingerprint]
        if submission.ground.person.progress.stopped():
            return
        if effect is Effect.REEDGE and not _may_wait(submission, stage, stages):
            submission.stopped.update(need.fingerprint for need in stage.needs)
            continue
        try:
            _update(submission, change, stages)
        except OtplanError as trouble:
            # Its parents' jobs stay, for it still waits for them.
            submission.stopped.update(need.fingerprint for need in stage.needs)
            help_ = trouble.help
            if effect is Effect.REDECLARE and isinstance(trouble, Refused):
                _fix(submission, change, stage, trouble.message)
                help_ = "it is replaced instead by the next:\n    otplan apply"
            outcome = Outcome(stage.label, Event.REFUSED, why=trouble.message, help=help_)
            submission.outcomes.append(outcome)
            continue
        submission.outcomes.append(Outcome(stage.label, Event.UPDATED, job=change.jobs[0]))


def _may_wait(submission: Submission, stage: Stage, stages: Mapping[str, Stage]) -> bool:
    """Tell whether a queued job may be given its new edges: what it would wait for is there."""
    return not held_back(submission, stage) and bool(look_again(submission, [stage], stages))


def _fix(submission: Submission, change: Change, stage: Stage, why: str) -> None:
    """Note that queued jobs cannot be changed to this: the next plan replaces them."""
    ground, owners = submission.ground, attempts_by_job(submission.snapshot)
    values = {"digest": stage.digest, "why": why}
    facts = [
        Fact(owner.fingerprint, owner.n, FactKind.FIXED, ground.now, values=values)
        for owner in (owners[job] for job in change.jobs)
    ]
    ground.registry.note(ground.workspace, facts)


def _update(submission: Submission, change: Change, stages: Mapping[str, Stage]) -> None:
    """Do to queued jobs what one change says."""
    stage = stages[change.fingerprint]
    scheduler = submission.ground.schedulers[stage.cluster]
    match change.effect:
        case Effect.RELEASE:
            scheduler.release(change.jobs)
        case Effect.REEDGE:
            wanted = notation.dependency(edges(stage, stages, submission.jobs))
            for job in change.jobs:
                scheduler.change(job, {"dependency": wanted})
        case _:
            _redeclare(submission, change, stage)


def _redeclare(submission: Submission, change: Change, stage: Stage) -> None:
    """Change what is asked for, and note what it was changed to."""
    ground = submission.ground
    fields = {name: _wanted(stage, name) for name in change.fields}
    for job in change.jobs:
        ground.schedulers[change.cluster].change(job, fields)
    owners = attempts_by_job(submission.snapshot)
    facts = [_updated(submission, stage, owners[job]) for job in change.jobs]
    ground.registry.note(ground.workspace, facts)


def _updated(submission: Submission, stage: Stage, attempt: Attempt) -> Fact:
    """Return the fact of what was last sent, in a round of its own: it may be as once before."""
    rounds = sum(
        1
        for fact in submission.snapshot.recorded.facts
        if (fact.fingerprint, fact.n, fact.kind)
        == (attempt.fingerprint, attempt.n, FactKind.UPDATED)
    )
    values = {"digest": stage.digest, "declared": dict(stage.declared), "round": 1 + rounds}
    return Fact(
        attempt.fingerprint, attempt.n, FactKind.UPDATED, submission.ground.now, values=values
    )


def cancel_displaced(submission: Submission, changes: Sequence[Change]) -> None:
    """Cancel what another job replaced, and only then let that go.

    Where it did not go through, the old one is kept.
    """
    jobs = [
        job
        for change in changes
        if change.fingerprint not in submission.stopped
        for job in change.cancels
        if job not in submission.gone
    ]
    if submission.ground.person.progress.stopped():
        return
    if jobs:
        submission.outcomes += cancel_jobs(submission.ground, submission.snapshot, jobs)
    kept = {job for (f, _), job in submission.jobs.items() if f in submission.stopped}
    for name, scheduler in submission.ground.schedulers.items():
        if held := [job for job in submission.held if job.cluster == name and job not in kept]:
            scheduler.release(held)


def _wanted(stage: Stage, field: str) -> str:
    """Return what a field should be, as scontrol takes it."""
    if field == "time":
        return notation.time(stage.limits.time or 0)
    return stage.options[field.replace("_", "-")]
