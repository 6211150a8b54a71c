"""Everything there is to say of one stage: what it is, why it stands so, what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from signal import Signals

from otplan.core.plan import Change, Reason
from otplan.core.told import AttemptRow, Cause, Explanation, Neighbour
from otplan.core.units import count, mebibytes
from otplan.core.values import Time
from otplan.views import document
from otplan.views.changes import block
from otplan.views.lines import advice, clean, flat, wrap
from otplan.views.style import Style, Tone
from otplan.views.table import filled, table
from otplan.views.words import ago, coming, moment, spent

_HEADERS = ("ATTEMPT", "ELEMENT", "JOB", "HOW", "EXIT", "WHEN", "RAN")

_HOW = {
    "boot_fail": "its node did not boot",
    "called_off": "called off",
    "code": "no code there",
    "ended": "ended well",
    "inputs": "inputs not as planned",
    "no_evidence": "made nothing",
    "node_fail": "its node failed",
    "out_of_memory": "out of memory",
    "incomplete": "too few valid trials",
    "secrets": "no secrets there",
    "server_died": "its model server died",
    "server_late": "its model server was too slow",
    "timeout": "time limit",
    "tunnel": "no tunnel",
    "unsent": "not sent",
    "void": "called off",
}
"""How an attempt stands, where its own word is not plain enough."""

_FOR_MEMORY = ("killed", "out_of_memory")
_NAMES = {number.value: f" ({number.name})" for number in Signals}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    format_version: str = document.FORMAT_VERSION
    stages: Sequence[_Stage]


@dataclass(frozen=True, slots=True)
class _Stage:
    action: str
    explanation: Explanation


def text(explanation: Explanation, style: Style, *, now: Time) -> str:
    """Return the change with its reasons, the chain above it, its last failure, its attempts."""
    sections = [
        block(_answered(explanation.change), {}, style),
        _upstream(explanation.chain, style),
        list(_cause(explanation.cause, now, style)) if explanation.cause else [],
        list(_now(explanation, now, style)),
        _attempts(explanation.attempts, now, style),
        _neighbours("Reads", explanation.reads, style),
        _neighbours("Read by", explanation.read_by, style),
        list(_where(explanation)),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def json(explanations: Sequence[Explanation]) -> str:
    """Return a document with the same of several stages; actions as symbols, and as verbs."""
    told = [_Stage(each.change.action.name.lower(), each) for each in explanations]
    return document.encode(_Document(stages=told))


def _upstream(chain: Sequence[Change], style: Style) -> list[str]:
    if not chain:
        return []
    lines = [line for change in chain for line in block(change, {}, style)]
    return [style.paint("Because upstream", Tone.BOLD), *(f"  {line}" for line in lines)]


def _answered(change: Change) -> Change:
    """Return a change without the advice to ask why: this is the answer."""
    return replace(change, reasons=tuple(map(_other_advice, change.reasons)))


def _other_advice(reason: Reason) -> Reason:
    lines = reason.help.splitlines()
    return replace(
        reason, help="\n".join(line for line in lines if not line.startswith("otplan why"))
    )


def _cause(cause: Cause, now: Time, style: Style) -> Iterator[str]:
    yield style.paint("Why it failed", Tone.BOLD)
    if cause.attempt:
        yield from wrap(f"{_told(cause.attempt, now)}:", "  ", style)
    yield from _quoted(cause.lines, "    ", style)
    end = "" if cause.words.endswith((".", "?", "!")) else "."
    yield from wrap(f"Likely cause: {cause.words}{end}", "  ", style)
    yield from advice(cause.suggestion, "  ", style)


def _now(explanation: Explanation, now: Time, style: Style) -> Iterator[str]:
    """Yield how the attempt that counts stands, where no failure is told of."""
    if explanation.cause or explanation.latest is None:
        return
    end = ":" if explanation.lines else "."
    yield from wrap(f"{_told(explanation.latest, now)}{end}", "", style)
    yield from _quoted(explanation.lines, "  ", style)


def _quoted(lines: Sequence[str], indent: str, style: Style) -> Iterator[str]:
    """Yield lines of a log."""
    for line in lines:
        yield f"{indent}{style.paint(clean(line), Tone.DIM)}"


def _told(row: AttemptRow, now: Time) -> str:
    """Return `Attempt 1, job 12, exit code 3, after 2:05 of 10:00, at most 90 MiB of memory`."""
    bare = row.how in ("failed", "killed") and _exit(row)
    word = "" if bare else _HOW.get(row.how, row.how)
    ran = spent(row.seconds, row.limit)
    if row.how == "running":
        word, ran = f"running {ran}".rstrip(), ""
    parts = [
        f"Attempt {row.n}",
        f"element {row.element}" if row.element >= 0 else "",
        f"job {row.job}" if row.job else "",
        word,
        _exit(row),
        f"after {ran}" if ran else "",
        _memory(row),
        _start(row, now) if row.how == "queued" else "",
    ]
    return flat(", ".join(filter(None, parts)))


def _memory(row: AttemptRow) -> str:
    """Say what it held beside what it may; a failure for memory says that nobody knows."""
    if row.usage and row.usage.peak is not None:
        limit = f" (limit {mebibytes(row.usage.memory)})" if row.usage.memory else ""
        return f"at most {mebibytes(row.usage.peak)} of memory{limit}"
    return "nobody knows how much memory it took" if row.how in _FOR_MEMORY else ""


def _start(row: AttemptRow, now: Time) -> str:
    """Say when a queued one is expected to start."""
    if not row.expected:
        return "when it will start is not known"
    at = f"{moment(row.expected, now)}, {coming(row.expected, now)}"
    return f"expected to start {at} (the scheduler's guess)"


def _exit(row: AttemptRow) -> str:
    if row.signal:
        return f"signal {row.signal}{_NAMES.get(row.signal, '')}"
    named = _NAMES.get(row.exit_code - 128, "")  # As a shell tells that a signal ended a program.
    return f"exit code {row.exit_code}{named}" if row.exit_code else ""


def _attempts(rows: Sequence[AttemptRow], now: Time, style: Style) -> list[str]:
    """Return a table of the attempts; of an array, only of the elements with something to tell."""
    well = [row for row in rows if row.element >= 0 and row.how == "ended"]
    cells = [
        [
            str(row.n),
            str(row.element) if row.element >= 0 else "",
            row.job,
            _HOW.get(row.how, row.how),
            _exit(row).removeprefix("exit code "),
            ago(row.at, now) if row.at else "",
            spent(row.seconds, row.limit),
        ]
        for row in rows
        if row not in well
    ]
    lines = table(*filled(_HEADERS, cells), style).splitlines() if cells else []
    return [*lines, f"{count(len(well), 'element')} ended well."] if well else lines


def _neighbours(title: str, found: Sequence[Neighbour], style: Style) -> list[str]:
    rows = [flat(f"  {each.label}   {each.state}") for each in found]
    return [style.paint(title, Tone.BOLD), *rows] if rows else []


def _where(explanation: Explanation) -> Iterator[str]:
    if explanation.change.place:
        yield flat(f"Declared at {explanation.change.place}")
    if explanation.folder:
        yield flat(f"Runs in     {explanation.folder}")
    if explanation.run:
        yield flat(f"Reports to  {explanation.run}")
    if log := _log(explanation):
        yield flat(f"Prints to   {log}")
    yield f"Fingerprint {explanation.change.fingerprint}"


def _log(explanation: Explanation) -> str:
    """Return the log of the failure, else of the last attempt."""
    if explanation.cause and explanation.cause.attempt:
        return explanation.cause.attempt.log
    return explanation.attempts[-1].log if explanation.attempts else ""
