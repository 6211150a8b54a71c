"""What the database itself keeps unique: a row that appeared between a look and a write."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from otplan.catalogs.supabase import SupabaseCatalog
from otplan.core.catalog import CatalogKey, CatalogRow, of_eval
from otplan.errors import Refused
from otplan.shell.keys import session
from otplan.shell.postgrest import Service
from tests.catalogs.test_supabase_conformance import DEMANDED
from tests.conformance.supabase_lab import Line, environment, line, sql, unaltered, unheard

pytestmark = pytest.mark.services

THEIRS = """
    INSERT INTO benchmarks (name) VALUES (:'benchmark') ON CONFLICT DO NOTHING;
    INSERT INTO sandbox_jobs (job_name, username, package_version, n_trials, n_rep_eval, config,
        job_status, agent_id, model_id, benchmark_id)
    SELECT 'theirs', 'bob', '1', 3, 3, '{}', 'Started', a.id, m.id, b.id
    FROM agents a, models m, benchmarks b
    WHERE a.name = 'terminus-2' AND m.name = :'model' AND b.name = :'benchmark'
"""
THERE = """
    SELECT j.job_name FROM sandbox_jobs j JOIN models m ON m.id = j.model_id WHERE m.name = :'model'
"""


@pytest.fixture
def cut() -> Iterator[Line]:
    with line() as made:
        yield made


@pytest.fixture
def catalog(cut: Line) -> SupabaseCatalog:
    return SupabaseCatalog(Service("catalog", session(environment(), cut.url), pauses=(0.0, 0.0)))


@pytest.fixture
def measured(catalog: SupabaseCatalog) -> CatalogRow:
    """Return the row of an eval that nobody made yet, of a model that has one."""
    model, benchmark = (f"org/{uuid4().hex}" for _ in range(2))
    key = CatalogKey("models", model)
    catalog.write([CatalogRow(key, DEMANDED["models"], "id-1", "training.a", "v1:a")])
    values = {
        "name": "ours",
        "user": "ada",
        "version": "1",
        "trials": 0,
        "repetitions": 1,
        "agent": "terminus-2",
        "model": model,
        "benchmark": benchmark,
        "status": "Finished",
    }
    key = CatalogKey("evals", of_eval("terminus-2", model, benchmark))
    return CatalogRow(key, values, "id-1", "eval.a", "v1:b")


def test_an_identity_that_somebody_took_meanwhile_stays_theirs_and_is_told(
    cut: Line, catalog: SupabaseCatalog, measured: CatalogRow
) -> None:
    def overtaken(body: bytes) -> bytes | None:
        taken = sql(THEIRS, **_names(measured))
        assert taken.stderr == ""
        return body

    # Models, agents, benchmarks, evals: the last look before the first write.
    cut.alters = [*[unaltered] * 3, overtaken]

    with pytest.raises(Refused, match="was written by hand: it stays as it is"):
        catalog.write([measured])

    assert sql(THERE, **_names(measured)).stdout == "theirs\n"


def test_a_row_whose_answer_was_lost_is_there_once_and_ours(
    cut: Line, catalog: SupabaseCatalog, measured: CatalogRow
) -> None:
    looks = [unaltered] * 4
    benchmark = [unheard, unaltered, unaltered]  # Sent again it is taken, and looked for.
    cut.alters = [*looks, *benchmark, unheard]

    catalog.write([measured])

    assert cut.alters == []
    assert sql(THERE, **_names(measured)).stdout == "ours\n"


def _names(row: CatalogRow) -> dict[str, str]:
    return {name: row.values[name] for name in ("model", "benchmark")}
