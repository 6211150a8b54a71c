"""What Slurm's commands print, read into values; nothing is run here.

Plug-ins of a site may print lines of their own before an answer, so the last fitting line counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from otplan.core.job import Job, JobRef, JobState
from otplan.core.values import Time
from otplan.schedulers.slurm import words
from otplan.schedulers.slurm.argv import PAST_FIELDS, QUEUE_FIELDS

_ID = re.compile(r"(?P<id>\d+)(?:;\S+)?")
_PAST_ID = re.compile(r"(?P<id>\d+)(?:_(?P<element>\d+))?")
_ROW = re.compile(r"\d+\|")
_NAMELESS = "allocation"
_STALE = frozenset({"REQUEUED", "RESIZING"})
"""What accounting calls an earlier start, or an earlier shape, of a job that has a newer record."""


_UNDER_WAY = (JobState.RUNNING, JobState.SUSPENDED)


class Unreadable(ValueError):
    """An answer that has not the shape it should have: then it is none."""


def submitted(out: str) -> str:
    """Return the id that sbatch printed, empty where it printed none (sbatch(1), --parsable)."""
    matches = (_ID.fullmatch(line.strip()) for line in reversed(out.splitlines()))
    return next((match["id"] for match in matches if match), "")


def queued(cluster: str, out: str) -> tuple[Job, ...]:
    """Return the jobs of an answer of squeue; raise Unreadable where it is none."""
    rows = _rows(out, header="ARRAY_JOB_ID|ARRAY_TASK_ID|", fields=len(QUEUE_FIELDS))
    try:
        return tuple(_queued(cluster, row) for row in rows)
    except ValueError as error:
        raise Unreadable(str(error)) from error


def past(cluster: str, out: str) -> tuple[Job, ...]:
    """Return the jobs of an answer of sacct, of each its last start; raise Unreadable.

    Pending elements of an array are one row there: squeue knows them, and they are left out here.
    A record that is not complete yet has no name, whatever sacct puts there (seen on 22.05).
    """
    rows = _rows(out, header="JobID|User|State|", fields=len(PAST_FIELDS))
    try:
        jobs = [job for row in rows if row[2] not in _STALE for job in _past(cluster, row)]
    except ValueError as error:
        raise Unreadable(str(error)) from error
    newest = {(j.ref, j.element, j.name): j for j in sorted(jobs, key=lambda job: job.submitted)}
    return tuple(newest.values())


def _rows(out: str, *, header: str, fields: int) -> Iterator[list[str]]:
    """Yield the rows behind a header, cut into their fields."""
    lines = out.splitlines()
    begin = next((n for n, line in enumerate(lines) if line.startswith(header)), None)
    if begin is None:
        raise Unreadable(f"there is no line that begins with {header}")
    for line in lines[begin + 1 :]:
        if fields == len(QUEUE_FIELDS) and not _ROW.match(line):
            continue  # The rest of a comment that holds a newline: squeue prints it as it is.
        row = line.split("|", fields - 1)
        if len(row) == fields:
            yield [field.strip() for field in row]
        elif line.strip():
            raise Unreadable(f"there is a line with {len(row)} fields: {line[:80]}")


def _queued(cluster: str, row: list[str]) -> Job:
    id_, element, word, reason, user, submitted_, started, ended, restarts, code, name, rest = row
    state = words.state(word)
    exit_code, signal = (0, 0) if state.live else _end(code)
    return Job(
        ref=JobRef(cluster, id_),
        name=name,
        state=state,
        element=int(element) if element.isdecimal() else None,
        reason=(words.reason(reason) if state.queued else "") or words.phase(word),
        user=user,
        comment=_plain(rest.removesuffix("|")),
        held=state.queued and words.held(word, words.reason(reason)),
        restarts=int(restarts) if restarts.isdecimal() else 0,
        exit_code=exit_code,
        signal=signal,
        submitted=_time(submitted_),
        started=_time(started) if not state.queued else 0,
        ended=_time(ended) if not state.live else 0,
        # Of a job that runs it is when the limit ends it; of one that waits, when it may start.
        limit=max(_time(ended) - _time(started), 0) if state in _UNDER_WAY else 0,
        expected=_time(started) if state.queued else 0,
    )


def _past(cluster: str, row: list[str]) -> Iterable[Job]:
    id_, user, word, codes, submitted_, started, ended, name = row
    match = _PAST_ID.fullmatch(id_)
    if match is None:
        return
    state = words.state(word)
    exit_code, signal = _end(codes)
    yield Job(
        ref=JobRef(cluster, match["id"]),
        name="" if name == _NAMELESS else name,
        state=state,
        element=int(match["element"]) if match["element"] else None,
        user=user,
        exit_code=exit_code,
        signal=signal,
        submitted=_time(submitted_),
        started=_time(started),
        ended=_time(ended),
    )


def _end(text: str) -> tuple[int, int]:
    """Return exit code and signal of `3:0`; squeue of 22.05 prints a wait status (wait(2))."""
    code, colon, signal = text.partition(":")
    return (int(code), int(signal)) if colon else (int(code) >> 8, int(code) & 0x7F)


def _time(text: str) -> Time:
    """Read seconds since the epoch; what lies open has a word instead, and is 0."""
    return int(text) if text.isdecimal() else 0


def _plain(text: str) -> str:
    return "" if text == "(null)" else text
