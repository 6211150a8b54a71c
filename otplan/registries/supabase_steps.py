"""The steps that lay out the tables of the registry on Supabase, and which it still lacks.

Nothing but SQL can do that, and Supabase's interface to clients takes none: it goes through psql,
or a person pastes it into the SQL editor.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import quote, unquote, urlsplit

from otplan import shipped
from otplan.errors import OtplanError, Refused
from otplan.registries.supabase_calls import Calls
from otplan.shell.protocol import Shell


def missing(calls: Calls) -> tuple[Path, ...]:
    """Return the files that were not applied yet, in their order."""
    try:
        applied = calls.ask("otplan_applied", {}, frozenset[int])
    except Refused as refusal:
        if refusal.kind != "invalid":
            raise
        applied = frozenset()
    files = sorted((shipped.folder("schema") / "supabase").glob("*.sql"))
    return tuple(file for file in files if int(file.name.partition("_")[0]) not in applied)


def migrate(url: str, files: Sequence[Path], shell: Shell) -> None:
    """Apply files to the database at `url` (libpq, 34.1.1), each as a whole or not at all.

    Raise OtplanError at the first that is refused.
    """
    with _reached(url) as database:
        for file in files:
            done = shell.run(["psql", database, "-Xq", "-v", "ON_ERROR_STOP=1", "-f", str(file)])
            if done.code:
                said = done.err.decode(errors="replace").strip()
                raise OtplanError(
                    f"{file.name} was not applied: {said}",
                    "Use the URL of the database's owner, as the settings of Supabase show it.",
                )


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
