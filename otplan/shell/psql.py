"""SQL files and a database: applied whole or not at all, or asked, through psql.

Supabase's interface to clients takes no SQL; the owner of the database gives its URL.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import quote, unquote, urlsplit

from otplan.errors import OtplanError
from otplan.shell.protocol import Shell


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
    parts = urlsplit(url)
    if not parts.scheme.startswith("postgres") or not parts.hostname:
        raise OtplanError(
            "SUPABASE_DB_URL is no address of a database", "It begins with postgres://"
        )
    password = unquote(parts.password or "").replace("\\", "\\\\").replace(":", "\\:")
    with NamedTemporaryFile("w", prefix="otplan-") as file:
        file.write(f"*:*:*:*:{password}\n")
        file.flush()
        user, _, host = parts.netloc.rpartition("@")
        query = "&".join(filter(None, (parts.query, f"passfile={quote(file.name)}")))
        plain = parts._replace(netloc=f"{user.partition(':')[0]}@{host}", query=query)
        yield plain.geturl()
