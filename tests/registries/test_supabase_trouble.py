"""Cut lines, cut answers and missing rights, on a real stack: nothing is lost or done twice."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from otplan.core.record import Recorded
from otplan.errors import OtplanError, Refused, Unreachable
from otplan.registries.supabase import SupabaseRegistry, of_environment
from otplan.registries.supabase_calls import Calls
from otplan.shell.keys import Session
from tests.conformance.registry_writers import NOW, attempt, fact, fresh, graph, holder
from tests.conformance.supabase_lab import Line, environment, line, sql, unheard
from tests.home_guard import ROOT

pytestmark = pytest.mark.services

MANY = 10_000
"""More facts than rows in one answer of Supabase."""


@pytest.fixture
def cut() -> Iterator[Line]:
    with line() as made:
        yield made


@pytest.fixture
def workspace() -> str:
    return fresh()


@pytest.fixture
def registry(workspace: str) -> SupabaseRegistry:
    """Return a registry in which the workspace was founded and approval 1 given."""
    registry = _registry(environment()["SUPABASE_URL"])
    registry.found(workspace, "m.yaml", "id-1")
    registry.approve(workspace, graph(workspace), "ann", NOW)
    return registry


def test_an_approval_whose_answer_is_lost_is_given_once(
    cut: Line, registry: SupabaseRegistry, workspace: str
) -> None:
    cut.alters = [unheard, unheard]

    number = _registry(cut.url).approve(workspace, graph(workspace), "ann", NOW)

    assert len(cut.asked) == 3
    assert number == 2
    assert registry.approve(workspace, graph(workspace), "ann", NOW) == 3


def test_attempts_whose_answer_is_lost_are_still_ours(
    cut: Line, registry: SupabaseRegistry, workspace: str
) -> None:
    registry.intend(workspace, 1, [attempt(1)])
    cut.alters = [unheard]

    taken = _registry(cut.url).intend(workspace, 1, [attempt(n) for n in (1, 2, 3)])

    assert list(taken) == [attempt(2), attempt(3)]
    assert len(registry.read(workspace).attempts) == 3


def test_attempts_taken_before_a_newer_approval_are_still_ours_after_it(
    cut: Line, registry: SupabaseRegistry, workspace: str
) -> None:
    def overtaken(body: bytes) -> None:
        registry.approve(workspace, graph(workspace), "bob", NOW)

    cut.alters = [overtaken]

    taken = _registry(cut.url).intend(workspace, 1, [attempt(1)])

    assert list(taken) == [attempt(1)]


def test_the_same_attempts_intended_twice_are_taken_once(
    registry: SupabaseRegistry, workspace: str
) -> None:
    calls = [registry.intend(workspace, 1, [attempt(1)]) for _ in range(2)]

    assert [list(taken) for taken in calls] == [[attempt(1)], []]


def test_facts_and_holders_whose_answer_is_lost_are_there_once(
    cut: Line, registry: SupabaseRegistry, workspace: str
) -> None:
    far = _registry(cut.url)
    cut.alters = [unheard]
    far.note(workspace, [fact(1), fact(2)])
    cut.alters = [unheard]
    far.busy(workspace, holder(1))
    held = registry.read(workspace)
    cut.alters = [unheard]

    far.free(workspace, holder(1))

    assert held.facts == (fact(1), fact(2))
    assert held.holder == holder(1)
    assert registry.read(workspace).holder is None


def test_where_nothing_answers_it_is_unknown_and_not_empty(workspace: str) -> None:
    with line() as gone:
        url = gone.url

    with pytest.raises(Unreachable, match=url):
        _registry(url).read(workspace)
    with pytest.raises(Unreachable, match=url):
        _registry(url).note(workspace, [fact(1)])


@pytest.mark.parametrize("lost", ["a fact", "the end", "all but a page of a proxy"])
def test_a_cut_answer_is_noticed(
    cut: Line, registry: SupabaseRegistry, workspace: str, lost: str
) -> None:
    def without_a_fact(body: bytes) -> bytes:
        whole = json.loads(json.loads(body))
        return json.dumps(json.dumps(whole | {"facts": whole["facts"][:-1]})).encode()

    registry.note(workspace, [fact(1), fact(2)])
    cut.alters = {
        "a fact": [without_a_fact],
        "the end": [lambda body: body[:-40]] * 3,
        "all but a page of a proxy": [lambda _: b"<html>Sign in</html>"] * 3,
    }[lost]

    with pytest.raises(Unreachable, match=cut.url):
        _registry(cut.url).read(workspace)


def test_more_rows_than_supabase_gives_at_once_are_read_whole(
    cut: Line, registry: SupabaseRegistry, workspace: str
) -> None:
    registry.note(workspace, [fact(n) for n in range(MANY)])
    registry.intend(workspace, 1, [attempt(n) for n in range(MANY)])

    read = _registry(cut.url).read(workspace)

    known = environment()
    rows = httpx.get(
        f"{known['SUPABASE_URL']}/rest/v1/otplan_facts?workspace=eq.{workspace}",
        headers={"apikey": known["SUPABASE_ANON_KEY"]},
    )
    assert len(rows.json()) == 1000
    assert (len(read.facts), len(read.attempts)) == (MANY, MANY)
    assert cut.asked == ["/rest/v1/rpc/otplan_read"]


def test_who_has_the_anon_key_reads_and_hears_which_policy_refuses_the_rest(
    registry: SupabaseRegistry, workspace: str
) -> None:
    known = environment()
    anon = of_environment("", {name: known[name] for name in ("SUPABASE_URL", "SUPABASE_ANON_KEY")})
    registry.note(workspace, [fact(1)])
    registry.busy(workspace, holder(1))
    before = registry.read(workspace)

    writes: dict[str, Callable[[], object]] = {
        "found": lambda: anon.found(fresh(), "m.yaml", "id"),
        "own": lambda: anon.own(workspace, "x.yaml"),
        "approve": lambda: anon.approve(workspace, graph(workspace), "eve", NOW),
        "intend": lambda: anon.intend(workspace, 1, [attempt(1)]),
        "note": lambda: anon.note(workspace, [fact(2)]),
        "busy": lambda: anon.busy(workspace, holder(1, since=NOW + 1)),
        "free": lambda: anon.free(workspace),
    }
    for name, write in writes.items():
        with pytest.raises(Refused, match='policy "otplan_members_') as refused:
            write()
        assert "SUPABASE_ANON_KEY" in refused.value.message, name
        assert known["SUPABASE_ANON_KEY"] not in refused.value.message

    assert anon.read(workspace) == registry.read(workspace) == before != Recorded(workspace)


def test_a_member_writes_and_others_who_signed_up_do_not(
    registry: SupabaseRegistry, workspace: str
) -> None:
    who = "00000000-0000-4000-8000-000000000001"
    join = "INSERT INTO otplan_members VALUES ('00000000-0000-4000-8000-000000000001')"
    note = f"SELECT otplan_note('{workspace}', '[[\"f\", {{}}]]')"
    as_them = (
        "SET ROLE authenticated",
        f"SELECT set_config('request.jwt.claims', '{{\"sub\": \"{who}\"}}', false)",
    )

    stranger = sql(*as_them, note)
    given = ("BEGIN", "GRANT ALL ON otplan_members TO authenticated")
    joins = sql(*given, *as_them, join)
    member = sql("BEGIN", join, *as_them, note)

    assert 'policy "otplan_members_insert" for table "otplan_facts"' in stranger.stderr
    assert 'row-level security policy for table "otplan_members"' in joins.stderr
    assert (member.returncode, member.stderr) == (0, "")


@pytest.mark.parametrize("table", ["facts", "attempts", "approvals"])
@pytest.mark.parametrize(
    "deed", ["UPDATE {} SET document = '{{}}'", "DELETE FROM {}", "TRUNCATE {}"]
)
def test_who_is_given_every_right_edits_no_record(table: str, deed: str) -> None:
    for role in ("anon", "authenticated", "service_role"):
        # One at a time: of two who grant rights on a table at once PostgreSQL refuses one.
        alone = ("BEGIN", "SELECT pg_advisory_xact_lock(1)")
        given = (*alone, f"GRANT ALL ON otplan_{table} TO {role}", f"SET ROLE {role}")

        done = sql(*given, deed.format(f"otplan_{table}"))

        assert f'policy "otplan_recorded" for table "otplan_{table}"' in done.stderr


def test_a_wrong_key_is_told_and_never_shown(workspace: str) -> None:
    wrong = SupabaseRegistry(Calls(Session(environment()["SUPABASE_URL"], "sb_secret_wrong")))

    with pytest.raises(OtplanError, match=r"refused \(Invalid API key\)") as refused:
        wrong.read(workspace)

    assert "SUPABASE_SERVICE_ROLE_KEY" in refused.value.help
    assert "sb_secret_wrong" not in f"{refused.value.message} {refused.value.help} {wrong!r}"


def test_the_tables_can_be_laid_out_again_over_what_is_there(
    registry: SupabaseRegistry, workspace: str
) -> None:
    before = registry.read(workspace)

    again = sql(*(path.read_text() for path in _steps()))

    assert (again.returncode, again.stdout) == (0, "")
    assert registry.read(workspace) == before


def _steps() -> list[Path]:
    return sorted(ROOT.joinpath("schema", "supabase").glob("*.sql"))


def _registry(url: str) -> SupabaseRegistry:
    """Return a registry that tries three times at once."""
    return SupabaseRegistry(
        Calls(Session(url, environment()["SUPABASE_SERVICE_ROLE_KEY"]), pauses=(0.0, 0.0))
    )
