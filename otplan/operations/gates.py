"""What comes from another cluster: before a job is sent, its inputs must be seen from there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from otplan.core import layout
from otplan.core.report import Event
from otplan.core.stage import Stage
from otplan.operations.submission import Submission, stop


def seen_from_there(
    submission: Submission, wave: Sequence[Stage], stages: Mapping[str, Stage]
) -> list[Stage]:
    """Return the stages of a wave whose inputs their own cluster sees; hold back the others.

    One bulk read a cluster, and none where nothing comes from another one. What both clusters
    name as shared may be mounted at one of them only, or appear there later.
    """
    foreign = {s.fingerprint: tuple(_foreign(submission, s, stages)) for s in wave}
    missing: set[tuple[str, str]] = set()
    for name in sorted({stage.cluster for stage in wave if foreign[stage.fingerprint]}):
        paths = {p for s in wave if s.cluster == name for p in foreign[s.fingerprint]}
        sizes = submission.ground.shells[name].sizes(sorted(paths))
        missing |= {(name, path) for path, size in sizes.items() if size is None}
    kept = []
    for stage in wave:
        gone = [path for path in foreign[stage.fingerprint] if (stage.cluster, path) in missing]
        if gone:
            why = f"{gone[0]} is not to be seen from {stage.cluster}"
            stop(submission, stage, Event.HELD_BACK, why)
        else:
            kept.append(stage)
    return kept


def _foreign(submission: Submission, stage: Stage, stages: Mapping[str, Stage]) -> Iterator[str]:
    """Yield the markers, or given places, that a stage reads from other clusters."""
    ground = submission.ground
    for fingerprint in dict.fromkeys(need.fingerprint for need in stage.needs):
        parent = stages[fingerprint]
        if parent.cluster == stage.cluster:
            continue
        if parent.given:
            yield parent.given
            continue
        run = layout.run_folder(ground.home(parent.cluster), ground.workspace, fingerprint)
        for element in parent.cells:
            yield layout.marker_path(run, element if parent.elements else -1)
