"""Submit stages: intents first, in one transaction a wave; then each job; then its outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from otplan.core import layout
from otplan.core.job import Order
from otplan.core.plan import Change
from otplan.core.record import Attempt, Fact, FactKind
from otplan.core.report import Event, Outcome
from otplan.core.stage import Stage
from otplan.errors import OtplanError, Refused, Superseded, Unclear, Unreachable
from otplan.fingerprint.naming import job_name, token
from otplan.graph.order import generations
from otplan.operations.cancelling import cancel_jobs
from otplan.operations.gates import seen_from_there
from otplan.operations.parents import look_again
from otplan.operations.progress import Said
from otplan.operations.putting import put_files
from otplan.operations.submission import (
    FULL,
    Submission,
    held_back,
    queue,
    resend,
    stop,
    withdraw,
)
from otplan.planner.edges import edges


def submit_all(submission: Submission, changes: Sequence[Change]) -> None:
    """Submit in waves, parents first; a child of what did not go through is held back."""
    todo = {change.fingerprint: change for change in changes}
    submission.replacing = frozenset(f for f, c in todo.items() if set(c.jobs) & set(c.cancels))
    submission.displaced = {f: change.cancels for f, change in todo.items()}
    stages = {stage.fingerprint: stage for stage in submission.graph.stages}
    parents = {f: [n.fingerprint for n in stages[f].needs if n.fingerprint in todo] for f in todo}
    for wave in generations(parents):
        pairs = [(stages[f], todo[f]) for f in wave]
        _submit_wave(submission, pairs, stages)


def _submit_wave(
    submission: Submission, pairs: Sequence[tuple[Stage, Change]], stages: Mapping[str, Stage]
) -> None:
    """Write the intents of a wave, then send each job and note what came of it."""
    going = _free(submission, pairs, stages)
    if not going or submission.ground.person.progress.stopped():
        submission.stopped.update(stage.fingerprint for stage, _ in pairs)
        return
    ground = submission.ground
    attempts = [_attempt(submission, stage, change) for stage, change in going]
    try:
        taken = ground.registry.intend(ground.workspace, submission.approval, attempts)
        resend(submission, attempts)
    except (Superseded, Unreachable) as trouble:
        for stage, _ in going:
            stop(submission, stage, Event.HELD_BACK, trouble.message)
        return
    ours = {(one.fingerprint, one.n) for one in taken} | submission.recorded.keys()
    mine = []
    for (stage, _), attempt in zip(going, attempts, strict=True):
        if (attempt.fingerprint, attempt.n) in ours:
            mine.append((stage, attempt))
        else:
            stop(submission, stage, Event.HELD_BACK, f"somebody else took attempt {attempt.n}")
    try:
        for stage, attempt in put_files(submission, mine):
            _send_or_withdraw(submission, stage, attempt, stages)
    finally:
        submission.flush()


def _send_or_withdraw(
    submission: Submission, stage: Stage, attempt: Attempt, stages: Mapping[str, Stage]
) -> None:
    """Send a job, unless a person or a full queue stopped that since its intent was written."""
    if submission.ground.person.progress.stopped():
        submission.stopped.add(stage.fingerprint)
        withdraw(submission, attempt, "interrupted before it was sent", "stopped")
    elif queue(stage) in submission.full:
        stop(submission, stage, Event.HELD_BACK, FULL)
        withdraw(submission, attempt, FULL, "limit")
    elif not look_again(submission, [stage], stages):  # A long wave outlasts what Slurm remembers.
        withdraw(submission, attempt, "a job that it waits for ended meanwhile", "parent")
    else:
        _send(submission, stage, attempt, stages)


def _free(
    submission: Submission, pairs: Sequence[tuple[Stage, Change]], stages: Mapping[str, Stage]
) -> list[tuple[Stage, Change]]:
    """Return what nothing holds back: no parent, full queue, closed gate or job that ended."""
    free = [stage for stage, _ in pairs if not held_back(submission, stage)]
    there = seen_from_there(submission, free, stages)
    kept = {stage.fingerprint for stage in look_again(submission, there, stages)}
    return [(stage, change) for stage, change in pairs if stage.fingerprint in kept]


def _attempt(submission: Submission, stage: Stage, change: Change) -> Attempt:
    """Return the intent: everything that must be known before the job exists.

    One that is sent again is the row that is there, under the name it was given then.
    """
    ground = submission.ground
    recorded = submission.recorded.get((stage.fingerprint, change.n))
    if recorded is not None:
        return replace(recorded, disbelieved=change.disbelieved, take_over=change.take_over)
    return Attempt(
        fingerprint=stage.fingerprint,
        n=change.n,
        address=str(stage.addresses[0]),
        role=stage.role,
        name=_name(submission, stage, change.n),
        cluster=stage.cluster,
        folder=layout.run_folder(ground.home(stage.cluster), ground.workspace, stage.fingerprint),
        digest=stage.digest,
        user=ground.person.user,
        manifest=submission.graph.resolved.workspace.manifest,
        approval=submission.approval,
        at=ground.now,
        elements=change.elements or (tuple(stage.cells) if stage.elements else ()),
        disbelieved=change.disbelieved,
        components=stage.components,
        declared=stage.declared,
        outputs=stage.outputs,
        starts=change.starts,
        take_over=change.take_over,
    )


def _name(submission: Submission, stage: Stage, n: int) -> str:
    """Return the job's name; what is sent again keeps its own, whatever its stage is called now."""
    recorded = submission.snapshot.attempts.get(stage.fingerprint, ())
    mark = token(submission.graph.resolved.workspace.id, stage.fingerprint)
    fresh = job_name(stage.addresses[0].slug, mark, n)
    return next((one.name for one in recorded if one.n == n), fresh)


def _send(
    submission: Submission, stage: Stage, attempt: Attempt, stages: Mapping[str, Stage]
) -> None:
    """Write the files of one attempt, make its job, and note the outcome."""
    ground = submission.ground
    ground.person.progress.tell(Said(stage.label, f"submitting attempt {attempt.n}", passing=True))
    try:
        order = _order(submission, stage, attempt, stages)
        job = ground.schedulers[stage.cluster].submit(order)
    except Refused as refused:
        if _made_room(submission, stage, refused):
            _send(submission, stage, attempt, stages)
        else:
            _refused(submission, stage, attempt, refused)
        return
    except Unclear as unclear:
        stop(submission, stage, Event.UNCLEAR, unclear.message)
        return
    except OtplanError as trouble:
        stop(submission, stage, Event.REFUSED, trouble.message)
        return
    values = {"job": job.id, "user": ground.person.user}
    key = (attempt.fingerprint, attempt.n)
    submission.note(Fact(*key, FactKind.SUBMITTED, ground.now, values=values))
    submission.seen[job] = ground.now
    for element in attempt.elements or stage.cells:
        submission.jobs[stage.fingerprint, element] = job
    submission.held += [job] if order.held else []
    submission.outcomes.append(Outcome(stage.label, Event.SUBMITTED, attempt.n, job))


def _made_room(submission: Submission, stage: Stage, refused: Refused) -> bool:
    """Let what a stage displaces go first, where a submit limit leaves no other way (rule 5).

    Where that could not be cancelled there is no more room than before.
    """
    jobs = [
        job for job in submission.displaced.get(stage.fingerprint, ()) if job not in submission.gone
    ]
    if refused.kind != "limit" or not jobs:
        return False
    try:
        submission.outcomes += cancel_jobs(submission.ground, submission.snapshot, jobs)
    except OtplanError as trouble:
        submission.ground.person.progress.tell(Said(stage.label, trouble.message))
        return False
    submission.gone.update(jobs)
    return True


def _refused(submission: Submission, stage: Stage, attempt: Attempt, refused: Refused) -> None:
    """Note that no job came of an intent, and stop its branch; what a limit holds may go later."""
    submission.stopped.add(stage.fingerprint)
    later = refused.kind == "limit"
    if later:
        submission.full.add(queue(stage))
    withdraw(submission, attempt, refused.message, refused.kind)
    event = Event.HELD_BACK if later else Event.REFUSED
    submission.outcomes.append(
        Outcome(stage.label, event, attempt.n, why=refused.message, help=refused.help)
    )


def _log(attempt: Attempt) -> str:
    """Return where the job prints to: each element of an array to a file of its own."""
    place = layout.log_pattern if attempt.elements else layout.log_path
    return place(attempt.folder, attempt.n)


def _order(
    submission: Submission, stage: Stage, attempt: Attempt, stages: Mapping[str, Stage]
) -> Order:
    """Return what the scheduler is asked for."""
    workspace = submission.graph.resolved.workspace
    return Order(
        name=attempt.name,
        script=layout.script_path(attempt.folder, attempt.n),
        folder=attempt.folder,
        log=_log(attempt),
        comment=f"otplan {workspace.name} {workspace.id} {attempt.address} {workspace.manifest}",
        limits=stage.limits,
        edges=edges(stage, stages, submission.jobs),
        elements=attempt.elements,
        at_once=stage.at_once,
        held=stage.fingerprint in submission.replacing
        and submission.ground.schedulers[stage.cluster].abilities.hold,
        options=stage.options,
    )
