"""A table that is larger than an answer is read whole, page by page; a cut answer is noticed."""

from collections import Counter
from collections.abc import Iterator
from uuid import uuid4

import pytest

from otplan.catalogs.supabase import SupabaseCatalog
from otplan.core.catalog import CatalogKey
from otplan.core.query import Query
from otplan.errors import Unreachable
from otplan.shell.keys import session
from otplan.shell.postgrest import Service
from tests.conformance.supabase_lab import Line, environment, line, sql

pytestmark = pytest.mark.services

MANY = 1234


@pytest.fixture(scope="module")
def org() -> str:
    """Return an organisation with many models."""
    name = f"org-{uuid4().hex[:8]}"
    made = sql(
        "INSERT INTO agents (name) VALUES ('terminus-2') ON CONFLICT DO NOTHING",
        "INSERT INTO models (name, created_by, creation_location, weights_location,"
        " training_start, training_parameters, training_status, agent_id)"
        " SELECT :'org' || '/' || n, :'org', 'x', 'x', now(), '{}', 'completed', agents.id"
        " FROM generate_series(1, :many) AS n, agents WHERE agents.name = 'terminus-2'",
        org=name,
        many=str(MANY),
    )
    assert made.returncode == 0, made.stderr
    return name


@pytest.fixture
def cut() -> Iterator[Line]:
    with line() as made:
        yield made


def catalog(cut: Line) -> SupabaseCatalog:
    return SupabaseCatalog(Service("catalog", session(environment(), cut.url), pauses=(0.0, 0.0)))


def test_every_model_is_listed(org: str, cut: Line) -> None:
    names = catalog(cut).listed(Query("models", created_by=org))

    assert len(set(names)) == MANY
    assert len(cut.asked) == 2


def test_only_what_was_made_since_is_listed(org: str, cut: Line) -> None:
    assert catalog(cut).listed(Query("models", created_by=org, since="2999-01-01")) == []


def test_as_many_keys_are_read_with_as_many_queries_as_urls_have_room_for(
    org: str, cut: Line
) -> None:
    keys = [CatalogKey("models", f"{org}/{n}") for n in range(1, MANY + 1)]

    read = catalog(cut).read([*keys, CatalogKey("datasets", "none")])

    assert sum(row is not None for row in read.values()) == MANY
    asked = Counter(path.partition("?")[0].rpartition("/")[2] for path in cut.asked)
    assert asked == {"models": 6, "datasets": 1}


def test_an_answer_that_was_cut_is_no_answer(org: str, cut: Line) -> None:
    cut.alters = [lambda _: b"[]"] * 3

    with pytest.raises(Unreachable, match=f"of {MANY} rows of models it gave 0"):
        catalog(cut).listed(Query("models", created_by=org))
