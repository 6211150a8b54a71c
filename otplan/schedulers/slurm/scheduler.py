"""Slurm, as a Scheduler: what is asked, what counts as an answer, and what is believed of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from otplan.core.job import Abilities, Job, JobName, JobRef, Observed, Order
from otplan.core.values import Time
from otplan.errors import OtplanError, Refused, Unclear, Unreachable
from otplan.schedulers import notation
from otplan.schedulers.slurm import answers, argv, words
from otplan.shell.protocol import Completed, Shell

PATIENCE = 60.0
"""Seconds for a question: a busy controller may need its MessageTimeout more than once."""

LONG_PATIENCE = 180.0
"""Seconds for a submission: sbatch itself tries again for up to two minutes (sbatch.c)."""

SETTLES = 300
"""Seconds in which the job of an sbatch that nobody waited for may still appear."""

_GONE = ("Invalid job id", "already completing", "already finished", "Job is not held")
"""What Slurm says of a job that is over: nothing is left to be done."""

_NO_ACCOUNTING = "accounting storage is disabled"


@dataclass(frozen=True, slots=True)
class Site:
    """How a site is set up, by its cluster file; what sacct says of itself comes on top.

    `min_job_age` is how long the controller knows an ended job, in seconds (slurm.conf(5)).
    """

    accounting: bool = True
    requeue: bool = True
    min_job_age: int = 300
    gpu_directive: str = "gres"


class Slurm:
    """One cluster's Slurm, reached through a Shell; it keeps nothing between two questions."""

    def __init__(self, cluster: str, shell: Shell, site: Site, clock: Callable[[], Time]) -> None:
        self._cluster = cluster
        self._shell = shell
        self._site = site
        self._clock = clock

    @property
    def abilities(self) -> Abilities:
        """Return what Slurm can do there."""
        return Abilities(
            hold=True,
            array=True,
            requeue=self._site.requeue,
            update=frozenset(argv.UPDATED),
            settles=SETTLES,
            forgets=self._site.min_job_age,
            checks_parents=False,
        )

    def observe(self, known: Sequence[JobRef], lost: Sequence[JobName], since: Time) -> Observed:
        """Ask squeue once, and sacct for what it does not know: by id, then by name.

        A live job in the queue beats what accounting says of it, for accounting lags.
        """
        now = self._clock()
        try:
            queue = answers.queued(self._cluster, self._answer(argv.squeue()))
        except (OtplanError, answers.Unreadable) as error:
            return Observed(self._cluster, now, unknown=str(error))
        ids = {ref.id for ref in known if ref.cluster == self._cluster}
        try:
            past = self._past(queue, ids, lost, max(0, now - since))
        except (OtplanError, answers.Unreadable) as error:
            return Observed(self._cluster, now, _wanted(queue, ids, lost), past_unknown=str(error))
        beside = _beside(queue, past)
        jobs = _wanted((*queue, *(job for job in beside if job.name)), ids, lost)
        missing = set(lost) - {job.name for job in jobs if not job.doubted}
        return Observed(
            self._cluster,
            now,
            jobs,
            past_unknown=_incomplete(queue, beside),
            sending=self._sending(missing),
        )

    def submit(self, order: Order) -> JobRef:
        """Run sbatch; raise Refused (it does not exist) or Unclear (it may).

        An id counts even if sbatch ended badly: the job is there.
        """
        command = argv.sbatch(order, requeue=self._site.requeue, gpus=self._site.gpu_directive)
        done = self._run(argv.submitting(command, self._shell.variables()), LONG_PATIENCE)
        job = answers.submitted(done.out.decode(errors="replace"))
        if not job:
            raise _trouble(done, "sbatch")
        return JobRef(self._cluster, job)

    def change(self, job: JobRef, fields: Mapping[str, str]) -> None:
        """Change a queued job with scontrol; raise Refused where it may not, or Unclear."""
        self._do(argv.scontrol_update(job, fields))

    def release(self, jobs: Sequence[JobRef]) -> None:
        """Let held jobs go; those that are over are over."""
        if jobs:
            self._do(argv.scontrol_release(jobs), fine=_GONE)

    def cancel(self, jobs: Sequence[JobRef], elements: Mapping[JobRef, Sequence[int]]) -> None:
        """Cancel jobs, of those in `elements` only the elements named; already gone is fine."""
        if jobs:
            self._do(argv.scancel(jobs, elements), fine=_GONE)

    def nudge(self) -> None:
        """Do nothing: slurmctld works on its queue by itself."""

    def _past(
        self, queue: Sequence[Job], ids: Collection[str], lost: Sequence[JobName], seconds: int
    ) -> tuple[Job, ...]:
        """Return what accounting says of jobs that the queue does not know, or not in full."""
        if not self._site.accounting:
            return ()
        # The ended elements of an array are forgotten one by one.
        whole = {job.ref.id for job in queue if job.element is None}
        asked = sorted(set(ids) - whole, key=int)
        names = sorted(set(lost).difference(job.name for job in queue))
        found: tuple[Job, ...] = ()
        try:
            for start in range(0, len(asked), argv.MOST_IDS):
                some = asked[start : start + argv.MOST_IDS]
                found += answers.past(self._cluster, self._answer(argv.sacct_by_id(some)))
            if names:
                found += answers.past(
                    self._cluster, self._answer(argv.sacct_by_name(names, seconds))
                )
        except Unreachable as error:
            if _NO_ACCOUNTING in error.message:
                return ()
            raise
        return found

    def _sending(self, names: Collection[JobName]) -> frozenset[JobName]:
        """Return which of these names an sbatch that still lives is submitting.

        Who called it may have been killed: it goes on, and its job may appear (lab: 22.05).
        """
        if not names:
            return frozenset()
        try:
            done = self._run(["ps", "-ww", "-e", "-o", "args="], PATIENCE)
        except OtplanError:
            return frozenset()  # Its age, and the claim of the job, still keep a twin away.
        words_ = done.out.decode(errors="replace").split()
        there = {word.partition("=")[2] for word in words_ if word.startswith("--job-name=")}
        return frozenset(there & set(names))

    def _answer(self, command: Sequence[str]) -> str:
        """Return what a question printed; raise Unreachable where it ended badly."""
        done = self._run(argv.client(command, self._shell.variables()), PATIENCE)
        if done.code:
            raise Unreachable(_said(done, command[0]))
        return done.out.decode(errors="replace")

    def _do(self, command: Sequence[str], *, fine: Sequence[str] = ()) -> None:
        """Run a command that changes something; raise Refused or Unclear where it did not."""
        done = self._run(argv.client(command, self._shell.variables()), PATIENCE)
        lines = [line for line in done.err.decode(errors="replace").splitlines() if line.strip()]
        over = bool(lines) and all(any(text in line for text in fine) for line in lines)
        if done.code and not over:
            raise _trouble(done, command[0])

    def _run(self, command: Sequence[str], patience: float) -> Completed:
        return self._shell.run(command, timeout=patience)


def _wanted(
    jobs: Sequence[Job], ids: Collection[str], lost: Collection[JobName]
) -> tuple[Job, ...]:
    """Return the jobs asked for, and every live one of ours, by id and element."""
    wanted = (
        job
        for job in jobs
        if job.ref.id in ids
        or job.name in lost
        or (job.state.live and not job.doubted and notation.OWN in job.name)
    )
    return tuple(sorted(wanted, key=lambda job: (int(job.ref.id), job.element or 0, job.name)))


def _beside(queue: Sequence[Job], past: Sequence[Job]) -> tuple[Job, ...]:
    """Return what only accounting knows; what it calls live, and the queue does not, is doubted."""
    there = {(job.ref, job.element, job.name) for job in queue}
    return tuple(
        replace(job, doubted=job.state.live)
        for job in past
        if (job.ref, job.element, job.name) not in there
    )


def _incomplete(queue: Sequence[Job], beside: Sequence[Job]) -> str:
    """Say of which job accounting has only a part, and the queue nothing; empty for none."""
    there = {job.ref for job in queue}
    part = next((job.ref for job in beside if not job.name and job.ref not in there), None)
    return f"accounting does not have all of job {part.id} yet" if part else ""


def _trouble(done: Completed, command: str) -> OtplanError:
    """Return what a command's words mean: a refusal if we know them for one, else unclear."""
    said = _said(done, command)
    known = words.refusal(said)
    if known is None:
        return Unclear(said, "It may have worked all the same; the next plan looks.")
    return Refused(known.kind, said, known.help)


def _said(done: Completed, command: str) -> str:
    """Return what a command complained of, on one line."""
    lines = (done.err + b"\n" + done.out).decode(errors="replace").split("\n")
    text = "; ".join(dict.fromkeys(line.strip() for line in lines if line.strip()))
    return text[:500] or f"`{command}` ended with {done.code} and said nothing"
