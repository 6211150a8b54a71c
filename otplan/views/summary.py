"""The sentence at the end of a plan: how much of what it would do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from otplan.core.plan import Action, Change, Plan
from otplan.views.actions import archived, lost
from otplan.views.words import duration, hours

_HOUR = 3_600

_WORDS = {
    "submit": ("to submit", "to submit"),
    "update": ("to update", "to update"),
    "replace": ("to replace", "to replace"),
    "cancel": ("to cancel", "to cancel"),
    "catalog": ("catalog row to write", "catalog rows to write"),
    "done": ("done", "done"),
    "kept": ("under way", "under way"),
    "lost": ("lost and not needed", "lost and not needed"),
    "behind": ("waits for another stage", "wait for another stage"),
    "waiting": ("waits for `otplan continue`", "wait for `otplan continue`"),
    "login": ("waits for `otplan sync --publish`", "wait for `otplan sync --publish`"),
    "archived": ("archived", "archived"),
    "adopt": ("to adopt or remake", "to adopt or remake"),
    "blocked": ("needs you", "need you"),
    "unknown": ("unknown", "unknown"),
}
"""What is counted, in the order in which it is told: for one and for many."""

_COUNTED = {
    Action.SUBMIT: "submit",
    Action.UPDATE: "update",
    Action.REPLACE: "replace",
    Action.CANCEL: "cancel",
    Action.CATALOG: "catalog",
    Action.KEEP: "done",
    Action.REST: "waiting",
    Action.ADOPT: "adopt",
    Action.BLOCKED: "blocked",
    Action.UNKNOWN: "unknown",
}


def counts(plan: Plan) -> dict[str, int]:
    """Return how many changes fall under each word, in the order of telling, zeros included."""
    found = Counter(counted(change) for change in plan.changes)
    return {word: found[word] for word in _WORDS}


def counted(change: Change) -> str:
    """Return under which word a change is counted.

    A kept stage with jobs is under way.
    """
    if change.action is Action.KEEP and change.jobs:
        return "kept"
    if lost(change):
        return "lost"
    if archived(change):
        return "archived"
    if change.action is Action.REST and any(each.code == "upstream" for each in change.reasons):
        return "behind"
    if change.action is Action.REST and change.reasons[0].code == "login":
        return "login"
    return _COUNTED[change.action]


def told(word: str, number: int) -> str:
    """Return a count in words: `3 to submit`, `1 needs you`."""
    one, many = _WORDS[word]
    return f"{number:,} {one if number == 1 else many}"


def sentence(plan: Plan) -> str:
    """Return the summary: counts without zeros, then what it may cost and how long it takes."""
    listed = ", ".join(told(word, number) for word, number in counts(plan).items() if number)
    changing = any(change.action.changes for change in plan.changes)
    head = f"Plan: {listed}." if changing else f"No changes. {listed}." if listed else "No changes."
    return " ".join([head, *_cost(plan)])


def gpu_seconds(plan: Plan) -> int:
    """Return the most GPU time that the changes may take, in seconds."""
    return sum(change.gpu_seconds for change in plan.changes)


def _cost(plan: Plan) -> Iterator[str]:
    parts = []
    if gpus := gpu_seconds(plan):
        parts.append(f"{hours(gpus)} GPU-hours at most")
    if long := plan.critical_seconds:
        parts.append(f"{f'{hours(long)} h' if long >= _HOUR else duration(long)} critical path")
    if parts:
        yield f"{'; '.join(parts)}."
