"""The URL of a database: what of it a process list shows, and what is no such URL."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from otplan.errors import OtplanError
from otplan.shell.here import Here
from otplan.shell.protocol import Completed
from otplan.shell.psql import ask


class Spying(Here):
    """A machine where psql only shows what it was given, and what its passfile holds."""

    def run(self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float = 60.0) -> Completed:
        del stdin, timeout
        url, _, file = argv[1].partition("passfile=")
        return Completed(0, f"{url}\n{Path(file).read_text()}".encode(), b"")


@pytest.mark.parametrize(
    ("url", "shown", "password"),
    [
        ("postgres://u:pw@h:5432/db", "postgres://u@h:5432/db?", "pw"),
        ("postgresql://u:p%40%2Fw@h/d?a=b", "postgresql://u@h/d?a=b&", "p@/w"),
        ("postgres://u:p@w@h/db", "postgres://u@h/db?", "p@w"),
        ("postgres://u:p[w@h/db", "postgres://u@h/db?", "p[w"),
        ("postgres://u.ref:a:b@h,i/db", "postgres://u.ref@h,i/db?", "a\\:b"),
        ("postgres://h", "postgres://h?", ""),
    ],
)
def test_the_password_is_in_a_file_and_in_no_argument(url: str, shown: str, password: str) -> None:
    assert ask(url, Path("q.sql"), Spying()) == [shown, f"*:*:*:*:{password}"]


@pytest.mark.parametrize(
    "url",
    [
        "postgres://u:pa/ss@h/db",
        "postgres://u:pa?ss@h/db",
        "postgres://u:pa#ss@h/db",
        "postgres://u@h/db?password=ss",
        "postgres://u:x@h/db?a=b&sslpassword=ss",
        "postgres://",
        "https://h/db",
    ],
)
def test_where_it_cannot_be_told_from_the_rest_nothing_is_run(url: str) -> None:
    with pytest.raises(OtplanError, match="is no address of a database") as refused:
        ask(url, Path("q.sql"), Spying())

    assert "ss@" not in refused.value.message + refused.value.help
