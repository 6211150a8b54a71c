"""Slurm, as a Scheduler: what is asked, what counts as an answer, and what is believed of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from otplan.core.job import Abilities, JobName, JobRef, Observed, Order
from otplan.core.site import SiteLimits
from otplan.core.usage import Usage
from otplan.core.values import Time
from otplan.errors import OtplanError
from otplan.schedulers.slurm import answers, argv, limits, usage
from otplan.schedulers.slurm.client import GONE, Client, trouble
from otplan.schedulers.slurm.look import Look, beside, incomplete, wanted
from otplan.shell.protocol import Shell

SETTLES = 300
"""Seconds in which the job of an sbatch that nobody waited for may still appear."""


@dataclass(frozen=True, slots=True)
class Site:
    """How a site is set up, by its cluster file; what sacct says of itself comes on top.

    `min_job_age` is how long the controller knows an ended job, in seconds (slurm.conf(5)).
    """

    accounting: bool = True
    requeue: bool = True
    min_job_age: int = 300
    gpu_directive: str = "gres"
    memory_option: bool = True


class Slurm:
    """One cluster's Slurm, reached through a Shell; it keeps nothing between two questions."""

    def __init__(self, cluster: str, shell: Shell, site: Site, clock: Callable[[], Time]) -> None:
        self._cluster = cluster
        self._client = Client(shell)
        self._look = Look(cluster, self._client)
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
            limits=True,
        )

    def observe(
        self,
        known: Sequence[JobRef],
        lost: Sequence[JobName],
        since: Time,
        strangers: Collection[JobRef | JobName] = (),
    ) -> Observed:
        """Ask squeue once, and sacct for what it does not know: by id, then by name.

        A live job in the queue beats what accounting says of it, for accounting lags. Strangers
        are asked for by themselves, since `squeue --me` hides them.
        """
        now = self._clock()
        try:
            queue = self._look.queue(strangers)
        except (OtplanError, answers.Unreadable) as error:
            return Observed(self._cluster, now, unknown=str(error))
        ids = {ref.id for ref in known if ref.cluster == self._cluster}
        try:
            past = (
                self._look.past(queue, ids, lost, max(0, now - since))
                if self._site.accounting
                else ()
            )
        except (OtplanError, answers.Unreadable) as error:
            return Observed(self._cluster, now, wanted(queue, ids, lost), past_unknown=str(error))
        ended = beside(queue, past)
        jobs = wanted((*queue, *(job for job in ended if job.name)), ids, lost)
        missing = set(lost) - {job.name for job in jobs if not job.doubted}
        return Observed(
            self._cluster,
            now,
            jobs,
            past_unknown=incomplete(queue, ended),
            sending=self._look.sending(missing),
        )

    def submit(self, order: Order) -> JobRef:
        """Run sbatch; raise Refused (it does not exist) or Unclear (it may).

        An id counts even if sbatch ended badly: the job is there.
        """
        site = self._site
        command = argv.sbatch(
            order, requeue=site.requeue, gpus=site.gpu_directive, memory=site.memory_option
        )
        done = self._client.submit(command)
        job = answers.submitted(done.out.decode(errors="replace"))
        if not job:
            raise trouble(done, "sbatch")
        return JobRef(self._cluster, job)

    def change(self, job: JobRef, fields: Mapping[str, str]) -> None:
        """Change a queued job with scontrol; raise Refused where it may not, or Unclear."""
        self._client.do(argv.scontrol_update(job, fields))

    def release(self, jobs: Sequence[JobRef]) -> None:
        """Let held jobs go; those that are over are over."""
        if jobs:
            self._client.do(argv.scontrol_release(jobs), fine=GONE)

    def cancel(self, jobs: Sequence[JobRef], elements: Mapping[JobRef, Sequence[int]]) -> None:
        """Cancel jobs, of those in `elements` only the elements named; already gone is fine."""
        if jobs:
            self._client.do(argv.scancel(jobs, elements), fine=GONE)

    def usage(self, job: JobRef, element: int | None) -> Usage | None:
        """Ask sacct of one job, and sstat where it runs; what does not answer tells nothing."""
        return usage.ask(self._client, job, element, accounting=self._site.accounting)

    def limits(self) -> SiteLimits | None:
        """Ask scontrol, sinfo and sacctmgr for their limits; None where none of them answers."""
        return limits.ask(
            self._client.answer, self._clock(), count_gpus=self._site.gpu_directive != "none"
        )

    def nudge(self) -> None:
        """Do nothing: slurmctld works on its queue by itself."""
