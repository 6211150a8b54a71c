"""One look at a Slurm: squeue, sacct for what that does not know, and the process list."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from otplan.core.job import Job, JobName, JobRef
from otplan.errors import OtplanError, Unreachable
from otplan.schedulers import notation
from otplan.schedulers.slurm import answers, argv
from otplan.schedulers.slurm.client import GONE, Client

_NO_ACCOUNTING = "accounting storage is disabled"


@dataclass(frozen=True, slots=True)
class Look:
    """What is asked of one cluster; every method raises Unreachable where nobody answers."""

    cluster: str
    client: Client

    def queue(self, strangers: Collection[JobRef | JobName]) -> tuple[Job, ...]:
        """Return what the queue knows of our jobs and of those of strangers, each once."""
        refs = [one for one in strangers if isinstance(one, JobRef)]
        asked = [ref.id for ref in refs if ref.cluster == self.cluster]
        names = [one for one in strangers if isinstance(one, str)]
        whose = [argv.of_ids(sorted(asked, key=int))] if asked else []
        whose += [argv.of_names(sorted(names))] if names else []
        found = list(answers.queued(self.cluster, self.client.answer(argv.squeue())))
        for those in whose:
            # Of a single id that it does not know, squeue complains.
            said = self.client.answer(argv.squeue(those), fine=GONE)
            found += answers.queued(self.cluster, said) if said else ()
        return tuple({(job.ref, job.element, job.name): job for job in found}.values())

    def past(
        self, queue: Sequence[Job], ids: Collection[str], lost: Sequence[JobName], seconds: int
    ) -> tuple[Job, ...]:
        """Return what accounting says of jobs that the queue does not know, or not in full."""
        # The ended elements of an array are forgotten one by one.
        whole = {job.ref.id for job in queue if job.element is None}
        asked = sorted(set(ids) - whole, key=int)
        names = sorted(set(lost).difference(job.name for job in queue))
        found: tuple[Job, ...] = ()
        try:
            for start in range(0, len(asked), argv.MOST_IDS):
                some = asked[start : start + argv.MOST_IDS]
                found += answers.past(self.cluster, self.client.answer(argv.sacct_by_id(some)))
            for start in range(0, len(names), argv.MOST_NAMES):
                some = names[start : start + argv.MOST_NAMES]
                said = self.client.answer(argv.sacct_by_name(some, seconds))
                found += answers.past(self.cluster, said)
        except Unreachable as error:
            if _NO_ACCOUNTING in error.message:
                return ()
            raise
        return found

    def sending(self, names: Collection[JobName]) -> frozenset[JobName]:
        """Return which of these names an sbatch that still lives is submitting.

        Who called it may have been killed: it goes on, and its job may appear (lab: 22.05).
        """
        if not names:
            return frozenset()
        try:
            done = self.client.run(["ps", "-ww", "-e", "-o", "args="])
        except OtplanError:
            return frozenset()  # Its age, and the claim of the job, still keep a twin away.
        words_ = done.out.decode(errors="replace").split()
        there = {word.partition("=")[2] for word in words_ if word.startswith("--job-name=")}
        return frozenset(there & set(names))


def wanted(jobs: Sequence[Job], ids: Collection[str], lost: Collection[JobName]) -> tuple[Job, ...]:
    """Return the jobs asked for, and every live one of ours, by id and element."""
    wanted = (
        job
        for job in jobs
        if job.ref.id in ids
        or job.name in lost
        or (job.state.live and not job.doubted and notation.OWN in job.name)
    )
    return tuple(sorted(wanted, key=lambda job: (int(job.ref.id), job.element or 0, job.name)))


def beside(queue: Sequence[Job], past: Sequence[Job]) -> tuple[Job, ...]:
    """Return what only accounting knows; what it calls live, and the queue does not, is doubted."""
    there = {(job.ref, job.element, job.name) for job in queue}
    return tuple(
        replace(job, doubted=job.state.live)
        for job in past
        if (job.ref, job.element, job.name) not in there
    )


def incomplete(queue: Sequence[Job], beside: Sequence[Job]) -> str:
    """Say of which job accounting has only a part, and the queue nothing; empty for none."""
    there = {job.ref for job in queue}
    part = next((job.ref for job in beside if not job.name and job.ref not in there), None)
    return f"accounting does not have all of job {part.id} yet" if part else ""
