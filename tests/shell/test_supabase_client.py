"""Where the user's key goes to, and where not: neither elsewhere nor into a message."""

import json
from collections.abc import Iterator

import pytest

from otplan.errors import OtplanError, Refused, Unreachable
from otplan.shell.keys import Session
from otplan.shell.postgrest import Service
from tests.shell.place import Place, place


@pytest.fixture
def here() -> Iterator[Place]:
    with place() as made:
        yield made


@pytest.fixture
def elsewhere(here: Place) -> Iterator[Place]:
    """Return another server, to which the first sends on."""
    with place() as made:
        here.status, here.location = 307, made.url
        yield made


def models(url: str, key: str = "k-1") -> object:
    service = Service("catalog", Session(url, key), pauses=())
    return service.ask(
        lambda client: service.rows(client.table("models").select("*").execute().data)
    )


def test_a_redirect_takes_the_key_to_no_other_server(here: Place, elsewhere: Place) -> None:
    with pytest.raises(OtplanError, match="307"):
        models(here.url)

    assert here.keys == ["k-1"]
    assert elsewhere.keys == []


@pytest.mark.parametrize("key", ["k-1\r", "k-1\n", "k-é"])
def test_a_key_that_cannot_be_sent_is_told_by_its_name(here: Place, key: str) -> None:
    with pytest.raises(OtplanError, match=r"^SUPABASE_SERVICE_ROLE_KEY has a character") as refused:
        models(here.url, key)

    assert "k-" not in refused.value.message
    assert here.keys == []


def test_a_page_of_something_on_the_way_is_no_rows(here: Place) -> None:
    here.body = b"<html>Please log in</html>"

    with pytest.raises(Unreachable, match="cannot be asked now"):
        models(here.url)


def test_a_value_that_its_column_does_not_take_is_refused_and_named(here: Place) -> None:
    # As PostgREST 12 answers it.
    why = 'new row for relation "datasets" violates check constraint "datasets_dataset_type_check"'
    here.status = 400
    here.body = json.dumps(
        {"code": "23514", "details": None, "hint": None, "message": why}
    ).encode()

    with pytest.raises(Refused, match="datasets_dataset_type_check") as refused:
        models(here.url)

    assert refused.value.kind == "value"
