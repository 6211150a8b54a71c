"""A plan, as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from otplan.core.plan import Action, Change, Plan
from otplan.core.values import Time
from otplan.views.actions import legend
from otplan.views.changes import block, origins, quiet
from otplan.views.lines import flat, wrap
from otplan.views.style import Style, Tone
from otplan.views.summary import counted, counts, sentence, told
from otplan.views.words import ago

_OFFLINE = "Offline: as last recorded{age}. Such a plan can be read, not applied."
_INCOMPLETE = (
    "Incomplete: a source could not be asked, or a revision is not pinned. "
    "Such a plan can be read, not applied."
)


def text(
    plan: Plan,
    style: Style,
    *,
    verbose: bool = False,
    now: Time | None = None,
    then: str = "otplan apply",
) -> str:
    """Return the plan: whose it is, the changes with their reasons, notes, and the sum of it.

    What is done is counted and hidden unless `verbose`. `now` tells the age of what an offline
    plan was made from. `then` is the command that carries the plan out, empty for no hint.
    """
    shown = [change for change in plan.changes if verbose or not quiet(change)]
    sections = [
        _header(plan, now, style),
        legend((change.action for change in shown), style),
        *_blocks(plan, shown, style),
        _hidden(plan, shown, style),
        [line for note in plan.notes for line in wrap(f"Note: {note}", "", style)],
        [_bold_start(sentence(plan), style)],
        [hint(then, style)] if then and _applicable(plan) else [],
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def hint(command: str, style: Style) -> str:
    """Return a command to go on with, as it stands alone on its line."""
    return f"  {style.paint(command, Tone.CYAN)}"


def _header(plan: Plan, now: Time | None, style: Style) -> list[str]:
    """Return whose plan it is and, where it cannot be applied, why not."""
    workspace = plan.workspace
    registry = f", registry {plan.registry}" if plan.registry else ""
    fresh = "" if workspace.id else ", never applied"
    lines = [flat(f"Workspace {workspace.name} of {workspace.path}{registry}{fresh}")]
    if plan.offline:
        age = "" if now is None else f" {ago(plan.at, now)}"
        lines += wrap(_OFFLINE.format(age=age), "", style)
    elif not plan.complete:
        lines += wrap(_INCOMPLETE, "", style)
    return lines


def _blocks(plan: Plan, shown: Sequence[Change], style: Style) -> Iterator[list[str]]:
    """Yield the changes; those that take one line each stand together."""
    causes = origins(plan.changes)
    blocks = [block(change, causes, style) for change in shown]
    for short, group in groupby(blocks, key=lambda lines: len(lines) == 1):
        if short:
            yield [line for lines in group for line in lines]
        else:
            yield from group


def _hidden(plan: Plan, shown: Sequence[Change], style: Style) -> list[str]:
    """Return how many changes are not shown, by what they are counted as."""
    if not shown or len(shown) == len(plan.changes):
        return []
    seen = {id(change) for change in shown}
    words = [counted(change) for change in plan.changes if id(change) not in seen]
    told_ = ", ".join(told(word, words.count(word)) for word in counts(plan) if word in words)
    return [style.paint(f"{Action.KEEP.value} {told_} (hidden)", Tone.DIM)]


def _bold_start(line: str, style: Style) -> str:
    head, dot, rest = line.partition(".")
    return style.paint(head + dot, Tone.BOLD) + rest


def _applicable(plan: Plan) -> bool:
    changing = any(change.action.changes for change in plan.changes)
    return changing and plan.complete and not plan.offline
