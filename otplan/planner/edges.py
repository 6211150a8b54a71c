"""Which jobs a new job must wait for: those of its parents that live; what is done needs none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from otplan.core.job import Edge, JobRef
from otplan.core.snapshot import Snapshot
from otplan.core.stage import Stage
from otplan.planner.verdict import preferred

Jobs = Mapping[tuple[str, int], JobRef]
"""The job that is to make each (fingerprint, element), where it is not done yet.

A job outside the manifest stands under its cluster and the word that names it, and -1.
"""


def live_jobs(stages: Sequence[Stage], snapshot: Snapshot) -> dict[tuple[str, int], JobRef]:
    """Return the jobs that queue or run for the stages now; of twins the one that is kept."""
    found: dict[tuple[str, int], JobRef] = {}
    for stage in stages:
        for element in stage.cells:
            cell = snapshot.cell(stage.fingerprint, element)
            live = [seen for seen in cell.seen if seen.standing.live and seen.job is not None]
            kept = preferred(live, stage.digest).job if live and cell.done is None else None
            if kept is not None:
                found[stage.fingerprint, element] = kept.ref
    return found


def edges(stage: Stage, parents: Mapping[str, Stage], jobs: Jobs) -> tuple[Edge, ...]:
    """Return `afterok` edges on the parents' jobs of the same cluster, in a decided order.

    While a join stage lives, it is waited for, and not what it stands for.
    A whole array is named by its id only where one job makes all of it: once an element of that
    job failed, its id never counts as ok again (Slurm, job_array.html), so then each element is.
    """
    found: list[Edge] = []
    waited = (need for need in stage.needs if (need.through, 0) not in jobs)
    for fingerprint in dict.fromkeys(need.fingerprint for need in waited):
        parent = parents[fingerprint]
        known = {e: jobs[fingerprint, e] for e in parent.cells if (fingerprint, e) in jobs}
        mine = {e: job for e, job in known.items() if job.cluster == stage.cluster}
        if len(mine) == len(parent.cells) and len(set(mine.values())) == 1:
            found.append(Edge(next(iter(mine.values()))))
        else:
            found += [Edge(job, element) for element, job in mine.items()]
    found += [outside_edge(stage, word) for word in stage.after if outside(stage, word) in jobs]
    return tuple(found)


def outside(stage: Stage, word: str) -> tuple[str, int]:
    """Return the key of a job outside the manifest, as a word of `after` names it."""
    return f"{stage.cluster}:{word}", -1


def outside_edge(stage: Stage, word: str) -> Edge:
    """Return the job, or the element of it, that a word of `after` names: `77`, or `77_3`."""
    job, _, element = word.partition("_")
    return Edge(JobRef(stage.cluster, job), int(element) if element else None)
