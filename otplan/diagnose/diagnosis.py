"""Why a job failed: from how it ended and the last lines it wrote to a cause and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from signal import SIGKILL, SIGUSR1

from otplan.core.job import JobState
from otplan.core.usage import Usage
from otplan.diagnose.causes import ENDINGS, EXITS, KILLED, SIGNALS, STATES, WARNED, Advice
from otplan.diagnose.edits import edit
from otplan.diagnose.patterns import ANYWHERE, IN_ERRORS, WRAPPERS, Pattern
from otplan.diagnose.ranks import Rank, first_failed

_PREFIX = r"^(?:(?:[\w.-]+: (?=\[))?\[?(?:rank)?(?P<rank>\d+)\]?:\s?)?"
"""What srun -l, torchrun and pdsh put before a line of one of many tasks."""

_REQUEUED = re.compile(r"CANCELLED AT \S+ DUE TO JOB REQUEUE.*\n")
"""What slurmstepd writes where a start ends and another of the same job may follow."""

_TRACEBACK = re.compile(_PREFIX + r"\s*Traceback \(most recent call last\):", re.MULTILINE)
_RAISED = re.compile(
    _PREFIX + r"(?P<raised>[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt|Failed|[a-z]Warning)"
    r"(?:: .*)?)$",
    re.MULTILINE,
)
_ESCAPE = re.compile(r"\x1b\[[\d;]*[A-Za-z]")
_LONGEST = 500
"""Characters of a line that are looked at: a line without end must not take time without end."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a job ended: its state, exit code and signal, the cause in its result.json, its log.

    `log` is the end of what it wrote; a few hundred lines are enough. `signal` is 0 for none.
    `usage` is what it took, and `limit` its time limit in seconds, 0 where that is not known.
    """

    state: JobState | None = None
    exit_code: int = 0
    signal: int = 0
    cause: str = ""
    log: str = ""
    usage: Usage | None = None
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A cause in one word, the same in plain words, what to do, and the line that says so."""

    cause: str
    words: str
    suggestion: str = ""
    line: str = ""


def diagnose(ending: Ending) -> Diagnosis:
    """Return the likeliest cause; the surest witness first.

    A scheduler's word for the end beats the log; a full disk or memory beats the exceptions it
    leads to; an exception beats other lines of the log, and these beat a bare exit code.
    Of many ranks the first one that failed counts.
    """
    log = _plain(ending.log)
    rank = first_failed(log)
    found = (
        _stated(ending)
        or _matched(ANYWHERE, log)
        or _raised(log, rank)
        or _killed(rank)
        or _matched(IN_ERRORS, log)
        or _lost(rank)
        or _exited(ending)
        or Diagnosis(
            "failed", f"it ended with exit code {ending.exit_code}; its log names no cause"
        )
    )
    return _pointed(found, ending, rank)


def _plain(log: str) -> str:
    """Return what the last start wrote, without colours, progress bars as lines.

    Starts of one job write into one log; lines have a bounded length.
    """
    lines = _ESCAPE.sub("", log).splitlines()
    return _REQUEUED.split("\n".join(line[:_LONGEST] for line in lines))[-1]


def _pointed(found: Diagnosis, ending: Ending, rank: Rank | None) -> Diagnosis:
    """Say which rank failed first, and write the edit that mends it, where that can be known."""
    told = rank is None or str(rank) in found.words
    words = found.words if told else f"{found.words}; {rank} failed first"
    line = edit(found.cause, ending.usage, ending.limit, rank.host if rank else "")
    suggestion = f"{found.suggestion}\n    {line}" if line else found.suggestion
    return replace(found, words=words, suggestion=suggestion)


def _stated(ending: Ending) -> Diagnosis | None:
    """Judge by the state, or by the cause that the script itself wrote."""
    if ending.cause == "timeout" and _signal(ending) == SIGUSR1:
        return _advised(WARNED)
    advice = STATES.get(ending.state) if ending.state else None
    return _advised(advice or ENDINGS.get(ending.cause))


def _raised(log: str, rank: Rank | None) -> Diagnosis | None:
    """Judge by the last exception of who failed first that is not merely the news of another."""
    if not _TRACEBACK.search(log):
        return None
    every = list(_RAISED.finditer(log))
    own = [match for match in every if not match["raised"].startswith(WRAPPERS)]
    first = next((match["rank"] for match in own if match["rank"]), None)
    numbers = {match["rank"] for match in own}
    known = rank is not None and not rank.local and str(rank.number) in numbers
    wanted = str(rank.number) if rank and known else first
    last = [match for match in own if match["rank"] == wanted] or own
    if not last and (rank or not every):
        return None
    line = (last or every)[-1]["raised"]
    who = str(rank) if known else f"rank {wanted}" if wanted else "the program"
    return _matched(IN_ERRORS, line) or Diagnosis("exception", f"{who} raised {line}", line=line)


def _killed(rank: Rank | None) -> Diagnosis | None:
    """Judge by a rank that was killed: what the others say of it is no cause."""
    return _advised(KILLED) if rank and rank.code == -SIGKILL else None


def _lost(rank: Rank | None) -> Diagnosis | None:
    """Say who failed first where that rank left no word of its own."""
    if rank is None:
        return None
    how = f"signal {-rank.code}" if rank.code < 0 else f"exit code {rank.code}"
    return Diagnosis(
        "rank_failed",
        f"{rank} failed first, with {how}; this log does not say why",
        "look for its lines further up, or in a log of its own; the other ranks only lost it",
    )


def _exited(ending: Ending) -> Diagnosis | None:
    """Judge by the signal or the exit code; a shell reports signal n as 128 + n."""
    return _advised(SIGNALS.get(_signal(ending)) or EXITS.get(ending.exit_code))


def _signal(ending: Ending) -> int:
    return ending.signal or max(ending.exit_code - 128, 0)


def _matched(patterns: Iterable[Pattern], log: str) -> Diagnosis | None:
    """Return the first pattern's diagnosis that the log bears out, by its last such line."""
    for pattern in patterns:
        matches = list(pattern.expression.finditer(log))
        if matches:
            return _read(pattern.advice, matches[-1])
    return None


def _read(advice: Advice, match: re.Match[str]) -> Diagnosis:
    """Fill an advice with what was found, and quote the line it was found in."""
    found = {key: value or "" for key, value in match.groupdict().items()}
    words, suggestion = advice.words.format(**found), advice.suggestion.format(**found)
    return Diagnosis(advice.cause, words, suggestion, _line_around(match.string, match.start()))


def _line_around(log: str, position: int) -> str:
    start = log.rfind("\n", 0, position) + 1
    end = log.find("\n", position)
    return log[start : end if end >= 0 else len(log)].strip()


def _advised(advice: Advice | None) -> Diagnosis | None:
    return Diagnosis(advice.cause, advice.words, advice.suggestion) if advice else None
