"""The story of `otplan logs`: the end of a log, and what comes to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from otplan.core import layout
from otplan.core.job import JobRef
from otplan.core.snapshot import Snapshot
from otplan.core.stage import Stage
from otplan.errors import Usage
from otplan.operations.ground import Ground
from otplan.operations.progress import Said
from otplan.operations.secrets import scrubbed

LARGEST = 1 << 26
"""Bytes of a log that are read; nobody reads on from there in a terminal."""


@dataclass(frozen=True, slots=True)
class Log:
    """The log of one attempt at one element, and the job that writes it, if one lives.

    `label` is the stage's, with the element of an array.
    """

    label: str
    cluster: str
    path: str
    job: JobRef | None


def newest_logs(snapshot: Snapshot, stages: Sequence[Stage]) -> list[Log]:
    """Return the logs of the newest attempts; raise Usage where nothing was ever submitted."""
    found = []
    for stage in stages:
        for element in stage.cells:
            seen = snapshot.cell(stage.fingerprint, element).seen
            if seen:
                last = seen[-1]
                path = layout.log_path(
                    last.attempt.folder, last.attempt.n, element if stage.elements else -1
                )
                job = last.job.ref if last.job and last.standing.live else None
                label = f"{stage.label}, element {element}" if stage.elements else stage.label
                found.append(Log(label, stage.cluster, path, job))
    if not found:
        raise Usage("nothing was ever submitted for these, so there is no log", "otplan status")
    return found


def follow(ground: Ground, log: Log, lines: int, *, live: bool) -> Iterator[str]:
    """Yield the last lines of a log; with `live`, go on until its job ends."""
    content = _read(ground, log)
    if live and log.job is not None and not content:
        ground.person.progress.tell(Said(log.label, "printed nothing yet; waiting for it"))
    yield _shown(ground, log, b"".join(content.splitlines(keepends=True)[-lines:]))
    at = len(content)
    while live and log.job is not None and not ground.person.progress.stopped():
        over = not _lives(ground, log.job)
        content = _read(ground, log)
        if content[at:]:
            yield _shown(ground, log, content[at:])
        at = len(content)
        if over:
            return
        ground.person.pause(0.5)


def _shown(ground: Ground, log: Log, content: bytes) -> str:
    """Return a part of a log as it may be seen."""
    return scrubbed(ground, log.cluster, content.decode(errors="replace"))


def _read(ground: Ground, log: Log) -> bytes:
    """Return what was written so far."""
    return ground.shells[log.cluster].read([log.path], limit=LARGEST)[log.path] or b""


def _lives(ground: Ground, job: JobRef) -> bool:
    """Tell whether a job queues or runs."""
    observed = ground.schedulers[job.cluster].observe([job], [], ground.now)
    return any(one.ref == job and one.state.live for one in observed.jobs)
