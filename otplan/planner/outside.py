"""Jobs that a stage waits for and that no manifest declares: what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from otplan.core.job import Job, JobState
from otplan.core.plan import Action, Reason
from otplan.core.snapshot import Snapshot
from otplan.core.stage import Stage
from otplan.planner.edges import Jobs, outside, outside_edge


def outside_jobs(stages: Iterable[Stage], snapshot: Snapshot) -> Jobs:
    """Return the jobs outside that still live, by cluster and word, as edges name them."""
    return {
        outside(stage, word): outside_edge(stage, word).job
        for stage in stages
        for word in stage.after
        if any(job.state.live and not job.doubted for job in _records(stage, word, snapshot))
    }


def hindered(stage: Stage, snapshot: Snapshot) -> tuple[Action, Reason] | None:
    """Return why a stage cannot wait for a job outside: it ended badly, or is unknown."""
    for word in stage.after:
        records = _records(stage, word, snapshot)
        bad = next((job for job in records if not _well(job)), None)
        if bad is not None:
            text = f"job {word}, which it is to wait for, ended {bad.state.value}"
            return Action.BLOCKED, Reason("outside", text, help="take it out of `after`")
        silent = snapshot.unknown.get(stage.cluster) or snapshot.past_unknown.get(stage.cluster)
        if snapshot.offline and not records:
            return Action.UNKNOWN, Reason("unknown", f"job {word} was not asked for: offline")
        if silent and not _whole(word, records):
            return Action.UNKNOWN, Reason("unknown", silent)
        if any(job.doubted and job.state.live for job in records):
            text = f"accounting calls job {word} live, and the queue does not know it"
            return Action.UNKNOWN, Reason("unknown", text)
        if not records:
            text = f"job {word}, which it is to wait for, is known to nobody any more"
            mend = "take it out of `after`, if it ended well"
            return Action.BLOCKED, Reason("outside", text, help=mend)
    return None


def _well(job: Job) -> bool:
    """Tell whether a job may still end well, or did."""
    return job.state.live or job.state is JobState.COMPLETED


def _whole(word: str, records: Sequence[Job]) -> bool:
    """Tell whether these records are all that counts: of an array that ended some may be gone."""
    lives = any(job.state.live and not job.doubted for job in records)
    part = "_" not in word and any(job.element is not None for job in records)
    return lives or bool(records and not part)


def _records(stage: Stage, word: str, snapshot: Snapshot) -> list[Job]:
    """Return what is known of a job outside, of each element the newest: ids are used again."""
    edge = outside_edge(stage, word)
    newest: dict[int | None, Job] = {}
    for job in snapshot.outside.get(edge.job, ()):
        known = newest.get(job.element)
        if edge.element in (None, job.element) and (
            known is None or known.submitted <= job.submitted
        ):
            newest[job.element] = job
    return list(newest.values())
