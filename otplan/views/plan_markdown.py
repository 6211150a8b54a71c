"""A plan as a comment on a pull request: the sum of it open, the rest folded away."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from otplan.core.plan import Change, Plan
from otplan.views.changes import block, origins, quiet
from otplan.views.lines import fit, flat
from otplan.views.style import Style
from otplan.views.summary import counted, counts, sentence, told

LIMIT = 65_536
"""Characters GitHub takes for one comment."""

_RESERVE = 400
"""Characters kept for the frame of each group: its heading, fences, and what was cut."""

_NOTES, _NOTE = 5, 300
"""So many notes are shown, each cut to so many characters."""

_STYLE = Style(width=100, unicode=True)


def markdown(plan: Plan, *, limit: int = LIMIT) -> str:
    """Return at most `limit` characters: the summary, then every group of changes, collapsed.

    Where it does not fit, changes are left out and counted; the summary and the number in each
    heading are always there.
    """
    parts = [f"### Plan of `{_code(plan.workspace.name)}`", f"**{_prose(sentence(plan))}**"]
    parts += [f"> {_prose(fit(flat(note), _NOTE, _STYLE))}" for note in plan.notes[:_NOTES]]
    groups = _groups(plan)
    room = limit - sum(len(part) + 2 for part in parts) - _RESERVE * len(groups)
    causes = origins(plan.changes)
    for word, changes in groups.items():
        folded, used = _fold(told(word, len(changes)), changes, causes, room)
        parts.append(folded)
        room -= used
    return "\n\n".join(parts) + "\n"


def _groups(plan: Plan) -> dict[str, list[Change]]:
    """Return the changes that have something to say, by what they are counted as."""
    groups: dict[str, list[Change]] = {word: [] for word in counts(plan)}
    for change in plan.changes:
        if not quiet(change):
            groups[counted(change)].append(change)
    return {word: changes for word, changes in groups.items() if changes}


def _fold(
    title: str, changes: Sequence[Change], causes: Mapping[str, Change], room: int
) -> tuple[str, int]:
    """Return a collapsed group and how many characters its changes took of the room."""
    blocks, used = [], 0
    for body in _bodies(changes, causes):
        if used + len(body) + 1 > room:
            break
        blocks.append(body)
        used += len(body) + 1
    left = len(changes) - len(blocks)
    text = "\n".join(blocks)
    heading = re.sub(r"`([^`]*)`", r"<code>\1</code>", title)
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    cut = f"\n\n… and {left:,} more, shown by `otplan plan`." if left else ""
    inside = f"{fence}diff\n{text}\n{fence}" if blocks else ""
    return f"<details><summary>{heading}</summary>\n\n{inside}{cut}\n\n</details>", used


def _bodies(changes: Sequence[Change], causes: Mapping[str, Change]) -> Iterator[str]:
    for change in changes:
        yield "\n".join(block(change, causes, _STYLE))


def _code(words: str) -> str:
    return flat(words).replace("`", "'")


def _prose(words: str) -> str:
    """Return words in which Markdown and HTML find nothing of theirs but code spans."""
    return re.sub(r"(`[^`]*`)|([\\*_\[\]<>|~#@])", _escaped, flat(words))


def _escaped(match: re.Match[str]) -> str:
    code, mark = match.groups()
    return code or f"\\{mark}"
