"""Plans kept in files: the one made last, for `otplan apply`, and those asked for with `--out`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import msgspec

from otplan.core.plan import Plan
from otplan.core.values import Time
from otplan.errors import OtplanError, Usage
from otplan.planner.policy import NO_PERMISSIONS, Policy

DAY = 86400
"""Seconds for which the plan made last here can be applied without naming it."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A plan with what is needed to make it again: manifest, variables and permissions.

    `manifest` is its real path; `shown` how it was written, seen from the folder of the plan.
    `applied` says that it was done, wholly or in part.
    """

    otplan_plan: int
    manifest: str
    plan: Plan
    variables: Mapping[str, str] = field(default_factory=dict)
    variable_files: tuple[str, ...] = ()
    shown: str = ""
    policy: Policy = NO_PERMISSIONS
    applied: bool = False


def save(path: Path, saved: Saved) -> None:
    """Write a plan whole, or leave what was there; raise OtplanError where it cannot be written."""
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        half.write_bytes(msgspec.json.encode(saved))
        half.replace(path)
    except OSError as error:
        raise OtplanError(f"{path} cannot be written: {error.strerror}") from error


def load(path: Path) -> Saved:
    """Read a plan back; raise Usage where the file is none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Saved)
    except FileNotFoundError:
        raise Usage(f"there is no file {path}") from None
    except (msgspec.MsgspecError, OSError) as error:
        raise Usage(
            f"{path} is not a plan of this otplan ({error})", "otplan plan --out FILE"
        ) from error


def is_plan(path: Path) -> bool:
    """Tell whether a file is a saved plan rather than a manifest."""
    try:
        with path.open("rb") as file:
            return file.read(15) == b'{"otplan_plan":'
    except OSError:
        return False


def last_path(state: Path, here: Path) -> Path:
    """Return where the last plan made in a folder is kept, in the user's state folder."""
    return state / "plans" / f"{sha256(str(here).encode()).hexdigest()[:16]}.json"


def last(path: Path, now: Time) -> Saved:
    """Return the plan made last; raise Usage where there is none, or it is older than a day."""
    if not path.exists():
        raise Usage("no plan was made here", "otplan plan MANIFEST")
    saved = load(path)
    if abs(now - saved.plan.at) > DAY:
        raise Usage("the last plan made here is older than a day", f"otplan plan {saved.shown}")
    return saved
