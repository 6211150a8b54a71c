"""The Supabase of `./dev supabase`, and a line to it that can be cut."""

import http.client
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TypeAlias
from urllib.parse import urlsplit

from tests.home_guard import ROOT

Alter: TypeAlias = Callable[[bytes], bytes | None]


def environment() -> dict[str, str]:
    """Return its URLs and keys; fail where it does not run."""
    folder = os.environ.get("OTPLAN_SUPABASE") or str(ROOT / ".cache" / "supabase")
    path = Path(folder, "keys")
    assert path.exists(), "no Supabase runs; to start it:\n\n  ./dev supabase up"
    return dict(line.split("=", 1) for line in path.read_text().splitlines())


def sql(*statements: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run statements in one session, as the owner of the database, until one fails.

    In them `:'name'` is the variable `name` (psql, Variables).
    """
    argv = ["psql", environment()["SUPABASE_DB_URL"], "-XAtq", "-v", "ON_ERROR_STOP=1"]
    argv += [word for name, value in variables.items() for word in ("-v", f"{name}={value}")]
    asked = "".join(f"{statement};\n" for statement in statements)
    return subprocess.run(argv, input=asked, capture_output=True, text=True, check=False)


def unaltered(body: bytes) -> bytes | None:
    """Return an answer as it is."""
    return body


def unheard(body: bytes) -> bytes | None:
    """Lose an answer: the connection ends without it."""
    return None


@dataclass(frozen=True, slots=True)
class Refusal:
    """What PostgREST answers where it refuses something, by its code."""

    code: str

    @property
    def body(self) -> bytes:
        """Return the answer."""
        return json.dumps({"code": self.code, "message": "refused"}).encode()


@dataclass(slots=True)
class Line:
    """What stands between: each of `alters` does something to one answer, in turn.

    `asked` are the paths of all requests so far. While it is `deaf` no request gets through, and
    it becomes so once it gave an answer of the function `last`. Where it `hangs`, who is not
    heard waits.
    """

    url: str = ""
    asked: list[str] = field(default_factory=list)
    alters: list[Alter] = field(default_factory=list)
    last: str = ""
    deaf: bool = False
    hangs: bool = False
    refuses: Mapping[str, Refusal] = field(default_factory=dict)

    def refusal(self, path: str) -> Refusal | None:
        """Return how a request is refused that has a word of `refuses` in its path."""
        return next((said for word, said in self.refuses.items() if word in path), None)

    def hear(self) -> None:
        """Let everything through again."""
        self.last, self.deaf, self.hangs = "", False, False


@contextmanager
def line() -> Iterator[Line]:
    """Forward requests on a port of its own to the Supabase, and count them."""
    to = urlsplit(environment()["SUPABASE_URL"]).netloc
    made = Line()

    class Forward(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            made.asked.append(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            while made.deaf and made.hangs:
                time.sleep(0.05)
            if made.deaf:
                self.give(0, None)
                return
            if refused := made.refusal(self.path):
                self.give(HTTPStatus.BAD_REQUEST, refused.body)
                return
            headers = dict(self.headers) | {"Accept-Encoding": ""}
            # Closed before who asked may turn out to be gone, and also where nobody answers.
            with closing(http.client.HTTPConnection(to, timeout=30)) as there:
                there.request(self.command, self.path, body, headers)
                answer = there.getresponse()
                alter = made.alters.pop(0) if made.alters else unaltered
                said = answer.read()
            if made.last and self.path.endswith(f"_{made.last}"):
                made.deaf = True
            self.give(answer.status, alter(said), answer.getheader("Content-Range"))

        do_GET = do_POST = do_PATCH = forward  # noqa: N815 - their names there

        def give(self, status: int, body: bytes | None, range: str | None = None) -> None:  # noqa: A002
            self.close_connection = body is None
            if body is not None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                if range:
                    self.send_header("Content-Range", range)
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Forward) as server:
        made.url = f"http://127.0.0.1:{server.server_port}"
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        yield made
        server.shutdown()
