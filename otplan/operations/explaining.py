"""The story of `otplan why`: what the plan says of one stage, what led there, how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from otplan.core import layout
from otplan.core.graph import Graph
from otplan.core.job import JobState
from otplan.core.plan import Action, Change, Plan
from otplan.core.record import Fact, FactKind
from otplan.core.snapshot import Seen, Snapshot, Standing
from otplan.core.stage import Stage
from otplan.core.told import AttemptRow, Cause, Explanation, Neighbour
from otplan.core.values import Value
from otplan.diagnose.diagnosis import Ending, diagnose
from otplan.operations.asking import main_changes, states
from otplan.operations.ground import Ground
from otplan.operations.logs import end_of
from otplan.operations.planning import Planned
from otplan.operations.secrets import scrubbed

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
    told = [one for e in stage.cells for one in _told(stage, e, planned.snapshot)]
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
        chain=_chain(change, planned.plan, graph),
        cause=_cause(ground, stage, told),
        attempts=[one.row for one in told],
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


def _told(stage: Stage, element: int, snapshot: Snapshot) -> Iterable[_Told]:
    """Yield each attempt at one element, the oldest first."""
    noted = [fact for fact in snapshot.recorded.facts if fact.fingerprint == stage.fingerprint]
    for seen in snapshot.cell(stage.fingerprint, element).seen:
        mine = [f for f in noted if f.n == seen.attempt.n and f.element in (-1, element)]
        end = _end(seen, mine)
        started = int(end.get("started", 0))
        until = int(end.get("ended", 0)) or (snapshot.at if seen.standing.live else started)
        row = AttemptRow(
            n=seen.attempt.n,
            job=str(end.get("job", "")),
            how=seen.cause or seen.standing.value,
            at=seen.at,
            seconds=max(until - started, 0) if started else 0,
            log=layout.log_path(seen.attempt.folder, seen.attempt.n, _place(stage, element)),
            element=_place(stage, element),
            exit_code=int(end.get("exit_code", 0)),
            signal=int(end.get("signal", 0)),
        )
        yield _Told(seen, row)


def _place(stage: Stage, element: int) -> int:
    """Return the element as paths name it: -1 for a plain job."""
    return element if stage.elements else -1


def _end(seen: Seen, facts: Iterable[Fact]) -> Mapping[str, Value]:
    """Return how an attempt ended: from its job where that was seen, else from the record."""
    if seen.job is not None:
        job = seen.job
        return {
            "job": job.ref.id,
            "exit_code": job.exit_code,
            "signal": job.signal,
            "started": job.started,
            "ended": job.ended,
        }
    kinds = (FactKind.SUBMITTED, FactKind.ENDED)
    return {k: v for kind in kinds for f in facts if f.kind is kind for k, v in f.values.items()}


def _cause(ground: Ground, stage: Stage, told: Iterable[_Told]) -> Cause | None:
    """Return the likely cause of the first element's last failure."""
    last = {one.row.element: one for one in told}
    for one in last.values():
        if one.seen.standing in (Standing.ENDED, Standing.LOST) and one.seen.cause:
            return _diagnosed(ground, stage, one)
    return None


def _diagnosed(ground: Ground, stage: Stage, told: _Told) -> Cause:
    """Read the end of a log and say what it means."""
    row = told.row
    content = end_of(ground, stage.cluster, row.log, TAIL)
    text = scrubbed(ground, stage.cluster, content.decode(errors="replace"))
    state = told.seen.why
    ending = Ending(
        state=JobState(state) if state in JobState.__members__ else None,
        exit_code=row.exit_code,
        signal=row.signal,
        cause=told.seen.cause,
        log=text,
    )
    found = diagnose(ending)
    return Cause(found.words, found.suggestion, tuple(text.splitlines()[-LINES:]), row)
