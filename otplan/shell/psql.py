"""SQL files and a database: applied whole or not at all, or asked, through psql.

Supabase's interface to clients takes no SQL; the owner of the database gives its URL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import quote, unquote

from otplan.errors import OtplanError
from otplan.shell.protocol import Shell

# Who writes a password as it is, with a / in it, gets no other address of it than this refusal.
_URL = re.compile(
    r"(?P<scheme>postgres(?:ql)?://)(?!.*[?&]\w*password=)"
    r"(?:(?P<user>[^:/?#@]*)(?::(?P<password>[^/?#]*))?@)?(?P<rest>[^@#/?][^@#]*)"
)


def apply(url: str, files: Sequence[Path], shell: Shell) -> None:
    """Apply files to the database at `url` (libpq, 34.1.1), each as a whole or not at all.

    Raise OtplanError at the first that is refused.
    """
    with _reached(url) as database:
        for file in files:
            _run(database, file, shell, f"{file.name} was not applied")


def ask(url: str, file: Path, shell: Shell) -> list[str]:
    """Return the lines that the query in a file answers; raise OtplanError where it is refused."""
    with _reached(url) as database:
        return _run(database, file, shell, f"{file.name} got no answer").splitlines()


def _run(database: str, file: Path, shell: Shell, trouble: str) -> str:
    done = shell.run(["psql", database, "-XAtq", "-v", "ON_ERROR_STOP=1", "-f", str(file)])
    if done.code:
        raise OtplanError(
            f"{trouble}: {done.err.decode(errors='replace').strip()}",
            "Use the URL of the database's owner, as the settings of Supabase show it.",
        )
    return done.out.decode(errors="replace")


@contextmanager
def _reached(url: str) -> Iterator[str]:
    """Give a URL without its password, which is in a file instead: others see our processes."""
    parts = _URL.fullmatch(url)
    if parts is None:
        raise OtplanError(
            "SUPABASE_DB_URL is no address of a database",
            "It is postgres://user:password@host:port/name; in the password write / ? # @ as"
            " %2F %3F %23 %40.",
        )
    password = unquote(parts["password"] or "").replace("\\", "\\\\").replace(":", "\\:")
    with NamedTemporaryFile("w", prefix="otplan-") as file:
        file.write(f"*:*:*:*:{password}\n")
        file.flush()
        user = f"{parts['user']}@" if parts["user"] else ""
        more = "&" if "?" in parts["rest"] else "?"
        yield f"{parts['scheme']}{user}{parts['rest']}{more}passfile={quote(file.name)}"
