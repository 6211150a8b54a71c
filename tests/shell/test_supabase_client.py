"""Where the user's key goes to, and where not: neither elsewhere nor into a message."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from otplan.errors import OtplanError, Unreachable
from otplan.shell.keys import Session
from otplan.shell.postgrest import Service


class Place:
    """A server that answers everything alike, and keeps the keys that it was shown."""

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


@pytest.fixture
def place() -> Iterator[Place]:
    made = Place()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def elsewhere(place: Place) -> Iterator[Place]:
    """Return another server, to which the first sends on."""
    made = Place()
    place.status, place.location = 307, made.url
    yield made
    made.server.shutdown()
    made.server.server_close()


def models(url: str, key: str = "k-1") -> object:
    service = Service("catalog", Session(url, key), pauses=())
    return service.ask(
        lambda client: service.rows(client.table("models").select("*").execute().data)
    )


def test_a_redirect_takes_the_key_to_no_other_server(place: Place, elsewhere: Place) -> None:
    with pytest.raises(OtplanError, match="307"):
        models(place.url)

    assert place.keys == ["k-1"]
    assert elsewhere.keys == []


@pytest.mark.parametrize("key", ["k-1\r", "k-1\n", "k-é"])
def test_a_key_that_cannot_be_sent_is_told_by_its_name(place: Place, key: str) -> None:
    with pytest.raises(OtplanError, match=r"^SUPABASE_SERVICE_ROLE_KEY has a character") as refused:
        models(place.url, key)

    assert "k-" not in refused.value.message
    assert place.keys == []


def test_a_page_of_something_on_the_way_is_no_rows(place: Place) -> None:
    place.body = b"<html>Please log in</html>"

    with pytest.raises(Unreachable, match="cannot be asked now"):
        models(place.url)
