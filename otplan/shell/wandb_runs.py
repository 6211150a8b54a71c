"""What Weights & Biases says of runs: when they began and ended, and where people look at them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from otplan.core.values import Time, Value
from otplan.errors import OtplanError, Unreachable

if TYPE_CHECKING:
    import wandb

TIMEOUT = 20
"""Seconds for each question to W&B."""

AT_ONCE = 100
"""Runs in one question."""

_LIVE = ("running", "pending", "preempting")


@dataclass(frozen=True, slots=True)
class Run:
    """A run: its page, and when it began and ended, in seconds; 0 while it goes on.

    `state` is W&B's word for it, `metrics` the numbers that it ended with.
    """

    url: str
    started: Time
    ended: Time
    state: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)


def run(path: str) -> Run:
    """Return a run by `entity/project/run-id`, as whoever WANDB_API_KEY or `wandb login` says.

    Raise OtplanError where there is none that this person may see, or nobody is signed in, and
    Unreachable where W&B does not answer.
    """
    if path.count("/") != 2:  # noqa: PLR2004 - the three parts of a path
        raise OtplanError(
            f"`{path}` names no run of W&B", "A run is entity/project/run-id, as in its address."
        )
    project, _, name = path.rpartition("/")
    found = runs(project, [name])
    if name not in found:
        mend = "A run's id is the last part of its address, and not its name."
        raise OtplanError(f"W&B shows you no run {path}", mend)
    return found[name]


def runs(project: str, names: Sequence[str], key: str = "") -> dict[str, Run]:
    """Return those of some runs of `entity/project` that W&B shows, by their ids.

    It is asked who asks, and once for each hundred. `key` is for where neither WANDB_API_KEY nor
    `wandb login` says one. Raise OtplanError where nobody is signed in, and Unreachable where W&B
    does not answer.
    """
    import wandb

    try:
        api = _api(project, key)
        parts = range(0, len(names), AT_ONCE)
        return {
            each.id: _run(each)
            for start in parts
            for each in _listed(api, project, names[start : start + AT_ONCE])
        }
    finally:
        wandb.teardown()  # A process of its own does the asking, and would outlive it.


def _api(project: str, key: str) -> wandb.Api:
    """Return the client; it asks W&B who we are, and nobody at a terminal."""
    import wandb

    try:
        wandb.setup(wandb.Settings(silent=True))
        if wandb.login(prompt=False, verify=False):
            key = ""
        elif not key:
            raise _unknown(project)
        # Without an entity it would ask for ours.
        own = {"entity": project.partition("/")[0]}
        return wandb.Api(own, timeout=TIMEOUT, api_key=key or None)
    except wandb.errors.AuthenticationError as error:
        cause = error.__cause__
        if cause is not None and getattr(cause, "response", None) is None:
            raise Unreachable(f"W&B did not answer about {project}: {error}") from error
        raise _unknown(project) from error


def _listed(api: wandb.Api, project: str, names: Sequence[str]) -> Iterator[Any]:
    """Return the runs of a project that have these ids; none where there is no such project."""
    import wandb
    from wandb.apis.normalize import normalize_exceptions

    chosen = {"name": {"$in": list(names)}}
    found = api.runs(project, chosen, per_page=AT_ONCE, lazy=False)
    try:
        return iter(normalize_exceptions(list)(found))
    except wandb.errors.CommError as error:
        if "could not find" in str(error).lower():
            return iter(())
        raise Unreachable(f"W&B did not answer about {project}: {error}") from error


def _run(found: Any) -> Run:  # noqa: ANN401 - wandb's own
    ended = 0 if found.state in _LIVE else _time(found.heartbeat_at)
    summary = found.summary_metrics
    metrics = {name: summary[name] for name in sorted(summary) if _number(name, summary[name])}
    return Run(found.url, _time(found.created_at), ended, found.state, metrics)


def _number(name: str, value: Value) -> bool:
    """Tell whether an entry of a summary is a metric: a number, and none of W&B's own."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value) and not name.startswith("_")


def _unknown(project: str) -> OtplanError:
    message = f"W&B does not know who asks about {project}"
    return OtplanError(message, "Set WANDB_API_KEY, or sign in:\n    wandb login")


def _time(text: str | None) -> Time:
    return int(datetime.fromisoformat(text).timestamp()) if text else 0
