"""Who calls, from where, with which clock: the environment, read in one place."""

from __future__ import annotations

import getpass
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from otplan.cli.console import Console, Telling
from otplan.errors import Usage
from otplan.operations import saved
from otplan.operations.ground import Person
from otplan.operations.project import Asked, Project, open_project
from otplan.shell import keys
from otplan.shell.table import connect


@dataclass(frozen=True, slots=True)
class Choice:
    """Which manifest, as given on the command line; without one: find it."""

    manifest: str | None = None
    variables: Sequence[str] = ()
    variable_files: Sequence[str] = ()


def person(console: Console) -> Person:
    """Return who is at the keyboard; the first interrupt is heard from here on."""
    telling = Telling(console)
    signal.signal(signal.SIGINT, telling.stop)
    return Person(
        user=_user(),
        clock=lambda: int(time.time()),
        pause=time.sleep,
        progress=telling,
        folder=str(config_folder()),
        state=str(state_folder()),
    )


def _user() -> str:
    """Return the login name, or the number of a user that has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def config_folder() -> Path:
    """Return the user's own clusters, templates and schema (XDG Base Directory)."""
    return keys.config_folder(os.environ)


def state_folder() -> Path:
    """Return what is kept of the user's between commands (XDG Base Directory)."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "otplan"


def last_plan() -> Path:
    """Return where the last plan made in this folder is kept."""
    return saved.last_path(state_folder(), Path.cwd())


def asked(choice: Choice, *, offline: bool = False) -> Asked:
    """Return which manifest is meant and what the command line adds to it.

    Without one it is what was planned last here, with its variables, else the only one there is.
    """
    before = Choice() if choice.manifest else _planned_last()
    values = variables(before) | variables(choice)
    files = (*before.variable_files, *choice.variable_files)
    path = choice.manifest or before.manifest or only_manifest()
    return Asked(path, values, files, offline, str(config_folder()))


def chosen(seen: saved.Saved) -> Choice:
    """Return the manifest and the variables of a plan that was kept.

    The manifest is named as it was then, where that still means the same file.
    """
    pairs = tuple(f"{name}={value}" for name, value in seen.variables.items())
    same = str(Path(seen.shown).resolve()) == seen.manifest
    return Choice(seen.shown if same else seen.manifest, pairs, seen.variable_files)


def project(choice: Choice, console: Console, *, offline: bool = False) -> Project:
    """Open the manifest that is meant."""
    return open_project(asked(choice, offline=offline), connect("here"), person(console))


def only_manifest() -> str:
    """Return the one manifest there is here."""
    found = sorted([*Path("manifests").glob("*.yaml"), *Path().glob("*.yaml")])
    declared = [path for path in found if _declares(path)]
    if len(declared) == 1:
        return str(declared[0])
    listed = ", ".join(map(str, declared)) or "none"
    raise Usage(f"say which manifest: in this folder there is {listed}", "otplan plan MANIFEST")


def _pair(text: str) -> tuple[str, str]:
    """Split `name=value`."""
    name, equals, value = text.partition("=")
    if not equals:
        raise Usage(f"`--var {text}` has no value", f"    --var {text}=VALUE")
    return name, value


def _planned_last() -> Choice:
    """Return what was planned last here, or nothing where that manifest is gone."""
    last = last_plan()
    seen = chosen(saved.load(last)) if last.exists() else Choice()
    return seen if seen.manifest and Path(seen.manifest).exists() else Choice()


def _declares(path: Path) -> bool:
    """Tell whether a file looks like a manifest."""
    return any(line.startswith("otplan:") for line in path.read_text(errors="replace").splitlines())


def variables(choice: Choice) -> dict[str, str]:
    """Return the variables of the command line."""
    return dict(_pair(text) for text in choice.variables)
