"""What the YAML parser stumbled over, said so that it can be mended."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from otplan.load.report import Report, Spot

if TYPE_CHECKING:
    from yaml import MarkedYAMLError


class _Stumble(NamedTuple):
    """What the parser wanted, where it stopped, since where it wanted it, and the lines there."""

    problem: str
    line: str
    before: str
    at: Spot
    since: Spot


def explain(error: MarkedYAMLError, text: str, path: str, report: Report) -> None:
    """Report a syntax error at the place that is to be mended."""
    stumble = _stumble(error, text.split("\n"), path)
    code, at, message, mend = _explained(stumble)
    report.error(code, at, message, mend)


def _stumble(error: MarkedYAMLError, lines: list[str], path: str) -> _Stumble:
    mark = error.problem_mark or error.context_mark
    since = error.context_mark or mark
    at = (mark.line, mark.column) if mark else (0, 0)
    first = (since.line, since.column) if since else at
    line, before = (lines[n] if 0 <= n < len(lines) else "" for n in (at[0], at[0] - 1))
    return _Stumble(
        error.problem or error.context or "",
        line,
        before,
        (path, at[0] + 1, at[1] + 1),
        (path, first[0] + 1, first[1] + 1),
    )


def _explained(found: _Stumble) -> tuple[str, Spot, str, str]:
    """Return code, place, message and mend; the likeliest slip that fits."""
    if "maximum nesting depth" in found.problem:
        return "OT109", found.at, TOO_DEEP, UNCLOSED
    head = found.line[: len(found.line) - len(found.line.lstrip())]
    if "\t" in head:
        place = (*found.at[:2], head.index("\t") + 1)
        return "OT106", place, "A tab indents this line.", "Indent with spaces."
    if likely := _substitution(found) or _unspaced(found):
        return likely
    for part, message, mend in _STUMBLES:
        if part in found.problem:
            return "OT107", found.at, message, mend
    for part, message, mend in _SINCE:
        if part in found.problem:
            return "OT107", found.since, message, mend
    start = found.line[found.at[2] - 1 : found.at[2]]
    if start in _RESERVED:
        message = f"A plain value cannot start with `{start}`."
        return "OT107", found.at, message, "Put the value in quotes."
    message = f"The YAML parser stopped here: {found.problem}."
    return "OT107", found.at, message, "Look for a quote, bracket or colon too many or too few."


def _substitution(found: _Stumble) -> tuple[str, Spot, str, str] | None:
    """Look for `{key: ${var.x}}`: in a flow mapping the brace ends the value."""
    wanted = "did not find expected ',' or" in found.problem
    start = found.line.rfind("${", 0, found.at[2] + 1)
    if not wanted or start < 0:
        return None
    message = "Within { } or [ ] a value with `${` needs quotes."
    end = found.line.find("}", start) + 1
    mend = f'Put quotes around the whole value, as in "{found.line[start:end] or "${var.name}"}".'
    return "OT107", (*found.at[:2], start + 1), message, mend


def _unspaced(found: _Stumble) -> tuple[str, Spot, str, str] | None:
    """Look for `key:value`, which makes a text go on until the next key is one too many."""
    if "mapping values are not allowed" not in found.problem:
        return None
    match = _UNSPACED.match(found.before)
    if match is None:
        return None
    path, line, _ = found.at
    message = f"There is no space after the colon of `{match[1]}`."
    return "OT107", (path, line - 1, match.end()), message, f"Write `{match[1]}: …`."


DEEPEST: Final = 100
"""How many collections may lie within each other."""

TOO_DEEP = f"More than {DEEPEST} lists and mappings lie within each other here."
UNCLOSED = "Look for a bracket that is not closed."
"""Said also where the parser itself gives up first: a newer libyaml does, at 1,000."""

_UNSPACED = re.compile(r"\s*(?:- )?([\w.-]+):(?=[^\s:])(?!.*: )")

_RESERVED = ("@", "`", "%", "&", "*", "!", "|", ">", "]", "}", ",")

_COLON = "Put a space after the colon of a key, and quotes around a value that holds `: `."
_INDENT = "Give all keys of one mapping the same indentation, and its values more."

_STUMBLES = (
    (
        "mapping values are not allowed",
        "A `:` is one too many here, or the indentation is off.",
        _COLON,
    ),
    ("did not find expected key", "This line does not fit to those above it.", _INDENT),
    (
        "did not find expected <document start>",
        "This does not belong to what stands above.",
        _INDENT,
    ),
    (
        "did not find expected '-' indicator",
        "Here the list above ends, and no key starts.",
        _INDENT,
    ),
    (
        "did not find expected node content",
        "A value is missing here, or a bracket above is not closed.",
        "Write the value, or close the bracket.",
    ),
    (
        "block sequence entries are not allowed",
        "A list item with `-` cannot start here.",
        "Put the list on the lines below its key.",
    ),
    (
        "found unknown escape character",
        "In double quotes a backslash has a meaning, and this one has none.",
        "Use single quotes, or write the backslash twice.",
    ),
)

_SINCE = (
    ("could not find expected ':'", "This line has no `key: value`.", _COLON),
    (
        "did not find expected alphabetic or numeric character",
        "A plain value cannot start with `*` or `&`.",
        "Put the value in quotes.",
    ),
    (
        "found unexpected end of stream",
        "The quote that opens here is never closed.",
        "Close it with the same quote.",
    ),
    (
        "found unexpected document indicator",
        "The quote that opens here is never closed.",
        "Close it with the same quote.",
    ),
    (
        "did not find expected ',' or ']'",
        "The list that opens here is not closed where it should be.",
        "Put commas between its items, and `]` at its end.",
    ),
    (
        "did not find expected ',' or '}'",
        "The mapping that opens here is not closed where it should be.",
        "Put commas between its fields, and `}` at its end.",
    ),
)
