"""The troubles otplan expects, as one tree, and the diagnostic they are told with.

    OtplanError                 1   anything below, and what has no code of its own
    ├── ManifestInvalid         3   the files say something that cannot be planned
    ├── Busy                    4   somebody else is applying
    ├── WorldMoved              5   what was approved is no longer what would be done
    ├── PartlyDone              6   some branches went through, some did not
    ├── Declined                7   the answer was not `yes`, or nobody was there to ask
    ├── Unreachable             8   a source could not be asked: unknown, never absent
    ├── Usage                  64   the command line does not make sense
    ├── Refused                 1   a scheduler or catalog understood and said no
    ├── Unclear                 1   a scheduler may or may not have done it
    ├── Superseded              1   a newer approval exists than the one being served
    └── ForeignState            1   a registry or folder belongs to another workspace

The number is the exit code of the command (design part 12).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """How much a diagnostic weighs: only errors make a manifest invalid."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something is written: a file, its line and column counted from 1 (0: all of it)."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Return `path:line:column`, as editors and compilers write it."""
        if not self.line:
            return self.path
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding about a file: what is wrong, where, and what to do.

    `code` is `OT` and three digits, with a page in docs/diagnostics.md.
    `help` is the mend; a command to type stands alone on its own line in it.
    """

    code: str
    severity: Severity
    message: str
    place: Place | None = None
    address: str = ""
    help: str = ""


class OtplanError(Exception):
    """Say what is wrong, where, and what to do; the command ends with `exit_code`."""

    exit_code = 1

    def __init__(self, message: str, help: str = "") -> None:  # noqa: A002 - the word users see
        super().__init__(message)
        self.message = message
        self.help = help


class ManifestInvalid(OtplanError):
    """Carry every problem found in the files, in file order."""

    exit_code = 3

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        count = sum(1 for d in diagnostics if d.severity is Severity.ERROR)
        super().__init__(f"{count} problem{'s' if count != 1 else ''} in the manifest")
        self.diagnostics = diagnostics


class Busy(OtplanError):
    """Somebody else is applying to this workspace right now."""

    exit_code = 4


class WorldMoved(OtplanError):
    """What was shown and approved is no longer what would be done."""

    exit_code = 5


class PartlyDone(OtplanError):
    """Some branches went through and some did not, or jobs failed under `--wait`."""

    exit_code = 6


class Declined(OtplanError):
    """The answer was not `yes`, or there was no terminal to ask at."""

    exit_code = 7


class Unreachable(OtplanError):
    """A source could not be asked now; what it knows is unknown, never absent."""

    exit_code = 8


class Usage(OtplanError):
    """The command line does not make sense."""

    exit_code = 64


class Refused(OtplanError):
    """The other side understood and said no; asking again changes nothing.

    `kind` is `limit` (a submit limit: later may do), `dependency` (a parent it no longer
    knows), `denied` (a right is missing) or `invalid` (it never will); what a database
    says besides is in `otplan.shell.postgrest`.
    """

    def __init__(self, kind: str, message: str, help: str = "") -> None:  # noqa: A002
        super().__init__(message, help)
        self.kind = kind


class Unclear(OtplanError):
    """The other side gave no clear answer: the job may exist. Look it up before asking again."""


class Superseded(OtplanError):
    """A newer approval exists; intents that serve an older one are not taken."""


class ForeignState(OtplanError):
    """A registry or a folder belongs to another workspace or manifest."""
