"""The story of `otplan why`: what the plan says of one stage, what led there, how it ended."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from otplan.core import layout
from otplan.core.graph import Graph
from otplan.core.job import JobRef, JobState
from otplan.core.plan import Action, Change, Plan
from otplan.core.snapshot import Seen, Snapshot, Standing
from otplan.core.stage import Stage
from otplan.core.told import AttemptRow, Cause, Explanation, Neighbour
from otplan.diagnose.diagnosis import Ending, diagnose
from otplan.operations.asking import main_changes, states
from otplan.operations.ground import Ground
from otplan.operations.logs import end_of
from otplan.operations.planning import Planned
from otplan.operations.secrets import scrubbed
from otplan.operations.spans import Noted, ends, noted_of, span
from otplan.planner.runs import run_of

TAIL = 65536
"""Bytes of a log's end that are looked at for the cause of a failure."""

LINES = 8
"""Lines of a log's end that are shown."""


@dataclass(frozen=True, slots=True)
class _Told:
    """An attempt at one element as it stands, and the row that tells of it."""

    seen: Seen
    row: AttemptRow


def explain(ground: Ground, graph: Graph, planned: Planned, stage: Stage) -> Explanation:
    """Return what there is to say of a stage: its change, what led there, its attempts."""
    main, words = main_changes(planned.plan), states(graph, planned)
    noted = ends(planned.snapshot)
    told = [one for e in stage.cells for one in _told(stage, e, planned.snapshot, noted)]
    counting = _counting(told)
    counts = _asked(ground, counting) if counting else None
    log = _tail(ground, stage, counts.row) if counts else ""
    reads = dict.fromkeys(graph.labels[need.fingerprint] for need in stage.needs)
    read_by = [
        one.label
        for one in graph.stages
        if any(need.fingerprint == stage.fingerprint for need in one.needs)
    ]
    change = main[stage.fingerprint]
    return Explanation(
        change=change,
        folder=layout.run_folder(ground.home(stage.cluster), ground.workspace, stage.fingerprint),
        run=run_of(stage, planned.snapshot),
        chain=_chain(change, planned.plan, graph),
        cause=_diagnosed(counts, log) if counts and _failed(counts) else None,
        latest=counts.row if counts else None,
        lines=_last(log),
        attempts=[(counts if counts and one is counting else one).row for one in told],
        reads=[Neighbour(label, words[label]) for label in reads],
        read_by=[Neighbour(label, words[label]) for label in read_by],
    )


def _chain(change: Change, plan: Plan, graph: Graph) -> list[Change]:
    """Follow the reasons upstream, nearest first; what is stuck is so because of a parent."""
    by_label = {one.label: one for one in reversed(plan.changes)}
    chain: list[Change] = []
    while (above := by_label.get(_via(change, by_label, graph))) and above not in chain:
        chain.append(above)
        change = above
    return chain


def _via(change: Change, changes: Mapping[str, Change], graph: Graph) -> str:
    """Return the label of the stage above that a change comes from, or nothing."""
    stage = next((one for one in graph.stages if one.fingerprint == change.fingerprint), None)
    if change.reasons[0].via or change.reasons[0].code != "stuck" or stage is None:
        return change.reasons[0].via
    above = (graph.labels[need.fingerprint] for need in stage.needs)
    return next((label for label in above if changes[label].action is Action.BLOCKED), "")


def _told(stage: Stage, element: int, snapshot: Snapshot, noted: Noted) -> Iterable[_Told]:
    """Yield each attempt at one element, the oldest first."""
    for seen in snapshot.cell(stage.fingerprint, element).seen:
        end = noted_of(seen, noted)
        ran = span(seen, end, snapshot.at)
        row = AttemptRow(
            n=seen.attempt.n,
            job=str(end.get("job", "")),
            how=seen.cause or seen.standing.value,
            at=seen.at,
            seconds=ran.seconds,
            limit=ran.limit,
            expected=ran.expected,
            log=layout.log_path(seen.attempt.folder, seen.attempt.n, _place(stage, element)),
            element=_place(stage, element),
            exit_code=int(end.get("exit_code", 0)),
            signal=int(end.get("signal", 0)),
        )
        yield _Told(seen, row)


def _place(stage: Stage, element: int) -> int:
    """Return the element as paths name it: -1 for a plain job."""
    return element if stage.elements else -1


def _counting(told: Sequence[_Told]) -> _Told | None:
    """Return the last failure of the first element that failed, else one that runs or the newest.

    None where nothing was ever tried.
    """
    last = {one.row.element: one for one in told}.values()
    newest = max(last, key=lambda one: (one.row.how == "running", one.row.n), default=None)
    return next(filter(_failed, last), newest)


def _failed(told: _Told) -> bool:
    seen = told.seen
    return seen.standing in (Standing.ENDED, Standing.LOST) and bool(seen.cause)


def _asked(ground: Ground, told: _Told) -> _Told:
    """Return an attempt with what its scheduler tells of its use, if it ran."""
    row, cluster = told.row, told.seen.attempt.cluster
    if not (row.job and cluster in ground.schedulers and (row.seconds or row.how == "running")):
        return told
    element = None if row.element < 0 else row.element
    usage = ground.schedulers[cluster].usage(JobRef(cluster, row.job), element)
    limit = row.limit or (usage.time if usage and usage.time else 0)
    return replace(told, row=replace(row, usage=usage, limit=limit))


def _tail(ground: Ground, stage: Stage, row: AttemptRow) -> str:
    """Return the end of a log as it may be seen; nothing where there is none."""
    content = end_of(ground, stage.cluster, row.log, TAIL)
    return scrubbed(ground, stage.cluster, content.decode(errors="replace"))


def _last(text: str) -> tuple[str, ...]:
    """Return the last lines of a log; of a progress bar, what it shows last."""
    lines = (line.rstrip("\r").rpartition("\r")[2] for line in text.rstrip().split("\n"))
    return tuple(deque((line for line in lines if line), maxlen=LINES))


def _diagnosed(told: _Told, log: str) -> Cause:
    """Say what the end of a log means."""
    row, state = told.row, told.seen.why
    ending = Ending(
        state=JobState(state) if state in JobState.__members__ else None,
        exit_code=row.exit_code,
        signal=row.signal,
        cause=told.seen.cause,
        log=log,
        usage=row.usage,
        limit=row.limit,
    )
    found = diagnose(ending)
    return Cause(found.words, found.suggestion, _last(log), row)
