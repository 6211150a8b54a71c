"""Why a job failed: from how it ended and the last lines it wrote to a cause and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from otplan.core.job import JobState
from otplan.diagnose.causes import ENDINGS, EXITS, SIGNALS, STATES, Advice
from otplan.diagnose.patterns import ANYWHERE, IN_ERRORS, WRAPPERS, Pattern

_PREFIX = r"^(?:\[?(?:rank)?\d+\]?:\s?)?"
"""What srun -l and torchrun put before a line of one of many tasks."""

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
    """

    state: JobState | None = None
    exit_code: int = 0
    signal: int = 0
    cause: str = ""
    log: str = ""


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
    """
    log = _plain(ending.log)
    return (
        _stated(ending)
        or _matched(ANYWHERE, log)
        or _raised(log)
        or _matched(IN_ERRORS, log)
        or _exited(ending)
        or Diagnosis(
            "failed", f"it ended with exit code {ending.exit_code}; its log names no cause"
        )
    )


def _plain(log: str) -> str:
    """Return the log without colours, progress bars as lines, and lines of a bounded length."""
    lines = _ESCAPE.sub("", log).splitlines()
    return "\n".join(line[:_LONGEST] for line in lines)


def _stated(ending: Ending) -> Diagnosis | None:
    """Judge by the state, or by the cause that the script itself wrote."""
    advice = STATES.get(ending.state) if ending.state else None
    return _advised(advice or ENDINGS.get(ending.cause))


def _raised(log: str) -> Diagnosis | None:
    """Judge by the last exception that is not merely the news of another one."""
    if not _TRACEBACK.search(log):
        return None
    lines = [match["raised"] for match in _RAISED.finditer(log)]
    line = next((line for line in reversed(lines) if not line.startswith(WRAPPERS)), None)
    line = line or next(reversed(lines), None)
    if line is None:
        return None
    return _matched(IN_ERRORS, line) or Diagnosis(
        "exception", f"the program raised {line}", line=line
    )


def _exited(ending: Ending) -> Diagnosis | None:
    """Judge by the signal or the exit code; a shell reports signal n as 128 + n."""
    signal = ending.signal or max(ending.exit_code - 128, 0)
    return _advised(SIGNALS.get(signal) or EXITS.get(ending.exit_code))


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
