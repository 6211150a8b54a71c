"""A server on loopback that answers everything alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class Place:
    """What it answers; it keeps the keys that it was shown."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.status, self.body, self.location = 200, b"[]", ""
        place = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                place.keys.append(self.headers["apikey"])
                self.send_response(place.status)
                self.send_header("location", place.location)
                self.send_header("content-length", str(len(place.body)))
                self.end_headers()
                self.wfile.write(place.body)

            def log_message(self, *_: object) -> None:
                """Keep the test's output to itself."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()


@contextmanager
def place() -> Iterator[Place]:
    """Serve while this lasts."""
    made = Place()
    yield made
    made.server.shutdown()
    made.server.server_close()
