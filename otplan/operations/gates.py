"""What comes from another cluster: before a job is sent, its inputs must be seen from there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from otplan.core import layout
from otplan.core.hub import repo_of
from otplan.core.report import Event
from otplan.core.stage import Stage
from otplan.errors import Unreachable
from otplan.operations.submission import Submission, stop
from otplan.shell.protocol import Shell


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
        missing |= {(name, path) for path in _unseen(submission.ground.shells[name], paths)}
    kept = []
    for stage in wave:
        gone = [path for path in foreign[stage.fingerprint] if (stage.cluster, path) in missing]
        if gone:
            why = f"{gone[0]} is not to be seen from {stage.cluster}"
            stop(submission, stage, Event.HELD_BACK, why)
        else:
            kept.append(stage)
    return kept


def _unseen(shell: Shell, paths: Iterable[str]) -> list[str]:
    """Return which paths are not there; all of them, where the host does not answer."""
    listed = sorted(paths)
    try:
        return [path for path, size in shell.sizes(listed).items() if size is None]
    except Unreachable:
        return listed


def _foreign(submission: Submission, stage: Stage, stages: Mapping[str, Stage]) -> Iterator[str]:
    """Yield the markers, or given places, that a stage reads from other clusters."""
    ground = submission.ground
    for fingerprint in dict.fromkeys(need.fingerprint for need in stage.needs):
        parent = stages[fingerprint]
        if parent.cluster == stage.cluster:
            continue
        if repo_of(parent.given or parent.target):
            continue  # The Hub is seen from everywhere that is to fetch from it.
        if parent.given:
            yield parent.given
            continue
        run = layout.run_folder(ground.home(parent.cluster), ground.workspace, fingerprint)
        for element in parent.cells:
            yield layout.marker_path(run, element if parent.elements else -1)
