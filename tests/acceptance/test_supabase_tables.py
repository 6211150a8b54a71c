"""The tables on Supabase are looked at and laid out from the command line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from otplan.errors import OtplanError
from otplan.shell.here import Here
from otplan.shell.psql import apply
from tests.acceptance.lab import Lab
from tests.conformance.supabase_lab import environment, line, sql
from tests.home_guard import ROOT

pytestmark = pytest.mark.services

STEP = ROOT / "schema" / "supabase" / "0001_registry.sql"


@pytest.fixture
def project(tmp_path: Path) -> Lab:
    made = Lab(tmp_path)
    made.prepare()
    return made


@pytest.fixture
def database() -> Iterator[str]:
    """Return the URL of an empty database beside the one that is served."""
    name = f"w{uuid4().hex[:12]}"
    sql(f"CREATE DATABASE {name}")
    yield environment()["SUPABASE_DB_URL"].removesuffix("/postgres") + f"/{name}"
    sql(f"DROP DATABASE {name}")


def test_a_registry_with_all_its_tables_lacks_nothing(project: Lab) -> None:
    checked = project("registry", "check", **_keys())
    migrated = project("registry", "migrate", **_keys())

    assert checked.out == "nothing is missing\n"
    assert migrated.out == "nothing was missing\n"


def test_what_is_missing_is_named_with_what_to_do(project: Lab) -> None:
    with line() as cut:
        cut.alters = [lambda _: b'"[]"']

        said = project("registry", "check", code=1, **(_keys() | {"SUPABASE_URL": cut.url}))

    assert said.out.startswith(f"not applied: {STEP}\n")
    assert "\n  otplan registry migrate\n" in said.out


def test_without_the_url_of_the_database_nothing_is_laid_out(project: Lab) -> None:
    said = project("registry", "migrate", code=64)

    assert "SUPABASE_DB_URL is not set" in said.err


def test_an_empty_database_gets_the_tables_and_may_get_them_again(database: str) -> None:
    apply(database, [STEP], Here())
    apply(database, [STEP], Here())

    assert sql(r"\c " + database, "SELECT number FROM otplan_migrations").stdout == "1\n"


def test_what_the_database_refuses_is_told_without_the_password(
    database: str, tmp_path: Path
) -> None:
    broken = tmp_path / "0002_broken.sql"
    broken.write_text("BEGIN; CREATE TABLE otplan_half (); SELECT 1 / 0; COMMIT;")
    password = database.partition("otplan:")[2].partition("@")[0]

    with pytest.raises(
        OtplanError, match=r"0002_broken\.sql was not applied: .*division by zero"
    ) as refused:
        apply(database, [broken], Here())

    assert password not in f"{refused.value.message}"
    assert sql(r"\c " + database, "TABLE otplan_half").returncode != 0


@pytest.mark.parametrize("url", ["", "https://x.supabase.co", "postgres://"])
def test_what_is_no_url_of_a_database_is_told(url: str) -> None:
    with pytest.raises(OtplanError, match="SUPABASE_DB_URL is no address"):
        apply(url, [STEP], Here())


def _keys() -> dict[str, Any]:
    """Return the environment of who may do everything."""
    return dict(environment())
