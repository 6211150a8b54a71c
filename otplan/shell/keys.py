"""The user's own keys to Supabase: from the environment, or a file that is theirs alone.

They are otplan's and never a job's: a cluster's `secrets` is another file.
"""

from __future__ import annotations

import re
import shlex
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from otplan.errors import OtplanError

URL = "SUPABASE_URL"
DATABASE = "SUPABASE_DB_URL"
"""The variable with the URL of the database itself, which only its owner has."""

_ANON, _SERVICE = "SUPABASE_ANON_KEY", "SUPABASE_SERVICE_ROLE_KEY"
_TOKEN, _EMAIL, _PASSWORD = "SUPABASE_ACCESS_TOKEN", "SUPABASE_EMAIL", "SUPABASE_PASSWORD"
NAMES = (URL, _ANON, _SERVICE, _TOKEN, _EMAIL, _PASSWORD, DATABASE)

_LINE = re.compile(r"^[ \t]*(?:export[ \t]+)?(SUPABASE_\w+)=(.*)$", re.MULTILINE)
_LITERAL = re.compile(r"'[^']*'")
_SHELL = re.compile(r"[$`\\]")


@dataclass(frozen=True, slots=True)
class Session:
    """As whom to speak to which Supabase; `named` says which variables that is from.

    A member is who a `token` says, or who signs in with an `email` and its `password`; without
    one, whoever has the key.
    """

    url: str
    key: str = field(repr=False)
    named: str = _SERVICE
    token: str = field(default="", repr=False)
    email: str = ""
    password: str = field(default="", repr=False)

    def scrubbed(self, text: str) -> str:
        """Return a text without any secret of ours."""
        for secret in filter(None, (self.key, self.token, self.password)):
            text = text.replace(secret, f"<{self.named}>")
        return text


def config_folder(environment: Mapping[str, str]) -> Path:
    """Return the folder of the user's own files (XDG Base Directory)."""
    return Path(environment.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "otplan"


def secrets_file(environment: Mapping[str, str]) -> Path:
    """Return where the user's own keys may lie: lines `NAME=value`, as a shell would take them."""
    return config_folder(environment) / "secrets.env"


def session(environment: Mapping[str, str], url: str = "") -> Session:
    """Return as whom to speak to the Supabase at `url`, or to the one that is named.

    A member comes before the service role, which may do everything, and that before anon. Where
    nothing is named, `key` or `url` is empty: that is told only by who speaks.
    """
    known = settings(environment, url)
    to, anon, service = (url or known.get(URL, "")), known.get(_ANON, ""), known.get(_SERVICE, "")
    token = known.get(_TOKEN, "")
    # The command line of Supabase keeps a token of another kind (sbp_...) under this name.
    if token.startswith("eyJ"):
        return Session(to, anon or service, _TOKEN, token=token)
    email, password = known.get(_EMAIL, ""), known.get(_PASSWORD, "")
    if email and password:
        return Session(to, anon or service, _EMAIL, email=email, password=password)
    return Session(to, service or anon, _SERVICE if service else _ANON)


def settings(environment: Mapping[str, str], url: str = "") -> dict[str, str]:
    """Return what is set, by name: in the environment, else in the user's file.

    The file's count only where they are of the same Supabase: a key is sent to no other. Raise
    OtplanError for a file that others may read, or that only a shell could.
    """
    mine = {name: environment[name] for name in NAMES if name in environment}
    kept = dict(_kept(secrets_file(environment)))
    to = url or mine.get(URL, "")
    if to and kept.get(URL, to).rstrip("/") != to.rstrip("/"):
        return mine
    return kept | mine


def _kept(file: Path) -> Iterator[tuple[str, str]]:
    """Yield what a file sets, without running it."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
        mode = file.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise OtplanError(f"{file} cannot be read: {error.strerror}") from error
    if mode & (stat.S_IRGRP | stat.S_IROTH):
        raise OtplanError(f"{file} has keys, and others may read it", f"    chmod 600 {file}")
    for line in _LINE.finditer(text):
        name, value = line[1], _value(line[2])
        if value is None:
            number = text.count("\n", 0, line.start()) + 1
            raise OtplanError(
                f"{file}:{number}: {name} is something that only a shell could work out",
                "Write the value itself, in single quotes.",
            )
        yield name, value


def _value(text: str) -> str | None:
    """Return what a shell would make of the right side of `=`; None where it would have to run."""
    if _SHELL.search(_LITERAL.sub("", text)):
        return None
    try:
        words = shlex.split(text, comments=True)
    except ValueError:  # A quote that is not closed.
        return None
    return "".join(words) if len(words) < 2 else None  # noqa: PLR2004 - one word, or none
