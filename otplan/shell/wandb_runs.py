"""What Weights & Biases says of a run: when it began and ended, and where people look at it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from otplan.core.values import Time
from otplan.errors import OtplanError, Unreachable

TIMEOUT = 20
"""Seconds for each question to W&B."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run: its page, and when it began and ended, in seconds; 0 while it goes on."""

    url: str
    started: Time
    ended: Time


def run(path: str) -> Run:
    """Return a run by `entity/project/run-id`, as whoever WANDB_API_KEY or `wandb login` says.

    Raise OtplanError where there is none that this person may see, or nobody is signed in, and
    Unreachable where W&B does not answer.
    """
    if path.count("/") != 2:  # noqa: PLR2004 - the three parts of a path
        raise OtplanError(
            f"`{path}` names no run of W&B", "A run is entity/project/run-id, as in its address."
        )
    import wandb

    try:
        found = wandb.Api(timeout=TIMEOUT).run(path)
    except (wandb.errors.UsageError, wandb.errors.AuthenticationError) as error:
        message = f"W&B does not know who asks about {path}"
        raise OtplanError(message, "Set WANDB_API_KEY, or sign in:\n    wandb login") from error
    except wandb.errors.CommError as error:
        if "could not find" in str(error).lower():
            raise _missing(path) from error
        raise Unreachable(f"W&B did not answer about {path}: {error}") from error
    except ValueError as error:
        raise _missing(path) from error
    ended = _time(found.heartbeat_at) if found.state != "running" else 0
    return Run(found.url, _time(found.created_at), ended)


def _missing(path: str) -> OtplanError:
    mend = "A run's id is the last part of its address, and not its name."
    return OtplanError(f"W&B shows you no run {path}", mend)


def _time(text: str | None) -> Time:
    return int(datetime.fromisoformat(text).timestamp()) if text else 0
