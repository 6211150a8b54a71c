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

WINDOW = 1 << 18
"""Bytes of a log's end that are looked at first for the lines asked for; it may be far away."""

LARGEST = 1 << 26
"""Bytes of a log's end that are looked at most; nobody reads more of it in a terminal."""


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
    at = _size(ground, log.cluster, log.path)
    if live and log.job is not None and not at:
        ground.person.progress.tell(Said(log.label, "printed nothing yet; waiting for it"))
    yield _shown(ground, log, _last(ground, log, at, lines))
    while live and log.job is not None and not ground.person.progress.stopped():
        over = not _lives(ground, log.job)
        while content := _read(ground, log.cluster, log.path, at):
            yield _shown(ground, log, content)
            at += len(content)
        if over:
            return
        ground.person.pause(0.5)


def _shown(ground: Ground, log: Log, content: bytes) -> str:
    """Return a part of a log as it may be seen."""
    return scrubbed(ground, log.cluster, content.decode(errors="replace"))


def end_of(ground: Ground, cluster: str, path: str, length: int) -> bytes:
    """Return the last bytes of a log, so many at most."""
    start = max(0, _size(ground, cluster, path) - length)
    return _read(ground, cluster, path, start)[-length:]


def _last(ground: Ground, log: Log, end: int, lines: int) -> bytes:
    """Return the last lines of what was written up to `end`; not much more than them is read."""
    window = WINDOW
    while True:
        start = max(0, end - window)
        shell = ground.shells[log.cluster]
        content = shell.read([log.path], limit=end - start, start=start)[log.path] or b""
        if start == 0 or content.count(b"\n") > lines or window >= LARGEST:
            return b"".join(content.splitlines(keepends=True)[-lines:])
        window *= 4


def _size(ground: Ground, cluster: str, path: str) -> int:
    """Return how much was written so far."""
    return ground.shells[cluster].sizes([path])[path] or 0


def _read(ground: Ground, cluster: str, path: str, start: int) -> bytes:
    """Return what was written from `start` on, or the beginning of that."""
    return ground.shells[cluster].read([path], start=start)[path] or b""


def _lives(ground: Ground, job: JobRef) -> bool:
    """Tell whether a job queues or runs; a queue that does not answer has ended nothing."""
    observed = ground.schedulers[job.cluster].observe([job], [], ground.now)
    if observed.unknown:
        return True
    return any(one.ref == job and one.state.live for one in observed.jobs)
