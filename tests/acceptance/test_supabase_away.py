"""Supabase goes away before, while and after jobs are sent: nothing is lost, refused or twice."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from otplan.core.record import Fact, FactKind
from otplan.registries.supabase import of_environment
from tests.acceptance.lab import Lab
from tests.conformance.registry_writers import fresh as fresh_name
from tests.conformance.supabase_lab import Line, environment, line, unaltered, unheard

pytestmark = [pytest.mark.services, pytest.mark.timeout(180)]

STEPS = {
    *("pairs", "heldout", "small", "train-3", "train-5"),
    *("merge-3", "merge-5", "bits-3", "bits-5"),
}


@pytest.fixture
def cut() -> Iterator[Line]:
    with line() as made:
        yield made


@pytest.fixture
def workspace() -> str:
    return fresh_name()


@pytest.fixture
def team(fresh: Lab, cut: Line, workspace: str, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """Return the miniature in a workspace of its own, on a line that can be cut."""
    for name, value in (environment() | {"SUPABASE_URL": cut.url}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("XDG_STATE_HOME", str(fresh.root / "state"))
    fresh.make()
    fresh.edit("workspace: miniature\n", f"workspace: {workspace}\nregistry: supabase\n")
    fresh.commit()
    return fresh


def test_before_anything_was_sent_nothing_is(team: Lab, cut: Line, workspace: str) -> None:
    cut.deaf = True
    said = team.submit(code=8)
    cut.hear()

    assert f"the registry {cut.url} cannot be asked now" in said.err
    assert _facts(workspace, FactKind.SUBMITTED) == []
    team.apply()
    _all_ran_once(team)


def test_after_the_approval_nothing_is_sent_and_the_next_apply_sends_all(
    team: Lab, cut: Line
) -> None:
    cut.last = "approve"
    said = team.submit(code=6)
    cut.hear()

    assert "Applied in part: 9 not sent." in said.out
    assert team.ran() == []
    team.apply()
    _all_ran_once(team)


def test_what_was_sent_is_kept_and_reaches_the_registry_with_the_next_command(
    team: Lab, cut: Line, workspace: str
) -> None:
    team.hold("all")
    cut.last = "intend"
    said = team.submit(code=6)
    kept = _kept(team)
    unheard = _facts(workspace, FactKind.SUBMITTED)
    cut.hear()
    planned = team.plan()
    read_only = _kept(team)
    team.submit()

    assert "Applied in part: 2 submitted, 7 not sent." in said.out
    assert f"kept for it in {team.root}/state/otplan/facts/" in said.err
    assert unheard == []
    assert read_only == kept != []
    assert "dataset.pairs/generate" not in planned
    assert _kept(team) == []
    assert len(_facts(workspace, FactKind.SUBMITTED)) == 9
    team.let_go()
    team.apply()
    _all_ran_once(team)


def test_what_ended_while_it_was_away_is_noted_when_it_is_back(
    team: Lab, cut: Line, workspace: str
) -> None:
    team.submit()
    cut.deaf = True
    team.settle()
    away = team("sync", "manifest.yaml", code=8)
    cut.hear()

    team("sync", "manifest.yaml")

    assert "cannot be asked now" in away.err
    assert len(_facts(workspace, FactKind.VERIFIED)) == 9
    assert team.plan() == {}
    _all_ran_once(team)


def test_who_is_killed_while_nobody_answers_has_lost_nothing(
    team: Lab, cut: Line, workspace: str
) -> None:
    team.hold("all")
    cut.last, cut.hangs = "intend", True
    with team.started("apply", "manifest.yaml", "--auto-approve") as command:
        while not _kept(team):
            assert command.poll() is None
        command.kill()
    cut.hear()

    team("continue", workspace, "--state", cut.url)

    assert _kept(team) == []
    submitted = _facts(workspace, FactKind.SUBMITTED)
    assert len(submitted) == len({fact.fingerprint for fact in submitted}) == 9
    team.let_go()
    team.apply()
    _all_ran_once(team)


def test_where_every_other_answer_is_lost_each_stage_is_made_once(
    team: Lab, cut: Line, workspace: str
) -> None:
    cut.alters = [unheard, unaltered] * 100

    team.apply()

    assert len(cut.alters) < 190
    _all_ran_once(team)
    assert len(_facts(workspace, FactKind.SUBMITTED)) == 9
    assert _kept(team) == []


@pytest.mark.parametrize("until", ["busy", "approve", "intend", "note"])
def test_who_is_killed_after_any_answer_is_gone_on_with(
    team: Lab, cut: Line, workspace: str, until: str
) -> None:
    team.hold("all")
    cut.last, cut.hangs = until, True
    with team.started("apply", "manifest.yaml", "--auto-approve") as command:
        while not cut.deaf:
            assert command.poll() is None
        command.kill()
    cut.hear()

    team.submit()
    team.let_go()
    team.apply()

    _all_ran_once(team)
    submitted = _facts(workspace, FactKind.SUBMITTED)
    assert len(submitted) == len({fact.fingerprint for fact in submitted}) == 9
    assert _kept(team) == []


def test_offline_is_what_was_read_last_and_asks_nobody(team: Lab, cut: Line) -> None:
    team.apply()
    team("plan", "manifest.yaml")
    del cut.asked[:]
    cut.deaf = True

    said = team("plan", "manifest.yaml", "--offline", SUPABASE_SERVICE_ROLE_KEY="")
    elsewhere = team("plan", "manifest.yaml", "--offline", XDG_STATE_HOME=str(team.root / "new"))

    assert "9 done" in said.out
    assert "Offline: as last recorded" in said.out
    assert "9 to submit" in elsewhere.out
    assert cut.asked == []


def test_a_plan_reads_the_registry_once_whatever_lives(team: Lab, cut: Line) -> None:
    team.hold("all")
    team.submit()
    team.began("pairs")
    del cut.asked[:]

    planned = team.plan()

    assert planned == {}
    assert [path for path in cut.asked if "/rpc/" in path] == ["/rest/v1/rpc/otplan_read"]


def _kept(lab: Lab) -> list[Path]:
    """Return the files of facts that wait for the registry."""
    return sorted((lab.root / "state" / "otplan" / "facts").glob("*/[0-9]*.json"))


def _facts(workspace: str, kind: FactKind) -> list[Fact]:
    """Return what the registry itself has of a kind."""
    facts = of_environment("", environment()).read(workspace).facts
    return [fact for fact in facts if fact.kind is kind]


def _all_ran_once(lab: Lab) -> None:
    assert Counter(lab.ran()) == dict.fromkeys(STEPS, 1)
