"""How a fake cluster is set up, and what goes wrong on it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Site:
    """How a cluster is set up, by its slurm.conf(5).

    `min_job_age` is how long the controller knows an ended job, in seconds; without
    `accounting` nobody knows it longer. `lifts` is Slurm up to 22.05: an `afterok` on a job it
    no longer knows counts as satisfied; 23.02 refuses it. `most` bounds the live jobs of a user
    (0: no bound). A lost submission may appear for `settles` seconds.
    """

    min_job_age: int = 300
    accounting: bool = True
    lifts: bool = False
    requeue: bool = True
    most: int = 0
    settles: int = 60


@dataclass(frozen=True, slots=True)
class Fault:
    """What becomes of the next submission: refused, or its reply lost.

    `refused` is the kind of a Refused. Else the reply is lost, and the job is `made` or not;
    it is seen only `late` seconds after.
    """

    refused: str = ""
    made: bool = False
    late: int = 0
