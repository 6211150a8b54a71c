"""What every registry must do: a class inherits `RegistrySuite` and adds the fixture `maker`.

A maker opens the registry anew with each call, also in another process: it can be pickled.
Nothing is assumed of what else the registry holds: each test has a workspace of its own.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otplan.core.record import Fact, Recorded
from otplan.errors import OtplanError, Superseded
from otplan.registries.protocol import Registry
from tests.conformance.registry_courtesy import CourtesySuite
from tests.conformance.registry_writers import (
    DAY,
    FACTS,
    NOW,
    ODD,
    Maker,
    approve_once,
    attempt,
    executor,
    fact,
    fresh,
    graph,
    holder,
    intend_each,
    intend_then_note,
    writer,
)


class RegistrySuite(CourtesySuite):
    """The promises of otplan/registries/protocol.py, one test each."""

    @pytest.fixture
    def registry(self, maker: Maker, workspace: str) -> Registry:
        """Return a registry in which the workspace was founded and approval 1 given."""
        registry = maker()
        registry.found(workspace, "m.yaml", "id-1")
        registry.approve(workspace, graph(workspace), "ann", NOW)
        return registry

    def test_an_unknown_workspace_reads_as_empty(self, maker: Maker, workspace: str) -> None:
        first, second = maker().read(workspace), maker().read(workspace)

        assert first == second == Recorded(workspace)

    def test_the_loser_of_a_race_to_found_reads_the_winners_id(
        self, maker: Maker, workspace: str
    ) -> None:
        ids = [maker().found(workspace, "m.yaml", id_) for id_ in ("id-1", "id-2")]

        assert ids == ["id-1", "id-1"]

    def test_who_founds_second_does_not_become_the_owner(
        self, registry: Registry, workspace: str
    ) -> None:
        registry.found(workspace, "other.yaml", "id-2")

        assert registry.read(workspace).manifest == "m.yaml"

    def test_another_manifest_can_become_the_owner(
        self, registry: Registry, workspace: str
    ) -> None:
        registry.own(workspace, "other.yaml")

        assert registry.read(workspace).manifest == "other.yaml"
        assert registry.read(workspace).id == "id-1"

    @pytest.mark.parametrize("needs", ["own", "approve", "intend"])
    def test_what_needs_permission_needs_a_workspace(
        self, maker: Maker, workspace: str, needs: str
    ) -> None:
        calls: Mapping[str, Callable[[Registry], object]] = {
            "own": lambda registry: registry.own(workspace, "m.yaml"),
            "approve": lambda registry: registry.approve(workspace, graph(workspace), "ann", NOW),
            "intend": lambda registry: registry.intend(workspace, 1, [attempt(1)]),
        }

        with pytest.raises(OtplanError, match=workspace):
            calls[needs](maker())

        assert maker().read(workspace) == Recorded(workspace)

    def test_an_approval_is_read_as_it_was_given(
        self, maker: Maker, registry: Registry, workspace: str
    ) -> None:
        wanted = graph(workspace, code=ODD)

        number = registry.approve(workspace, wanted, "bob", NOW)

        approval = maker().read(workspace).approval
        assert approval is not None
        assert (approval.number, approval.user, approval.manifest) == (number, "bob", "m.yaml")
        assert approval.graph == wanted

    def test_an_older_approval_is_still_there_under_its_number(
        self, maker: Maker, registry: Registry, workspace: str
    ) -> None:
        registry.approve(workspace, graph(workspace, code=ODD), "bob", NOW + DAY)

        found = [maker().approval(workspace, number) for number in (1, 2, 3)]

        assert [each and (each.number, each.user, each.at) for each in found] == [
            (1, "ann", NOW),
            (2, "bob", NOW + DAY),
            None,
        ]
        assert found[1] == registry.read(workspace).approval

    @pytest.mark.parametrize("step", [-DAY, 0, DAY])
    def test_approvals_rise_whatever_the_clocks_say(
        self, registry: Registry, workspace: str, step: int
    ) -> None:
        numbers = [
            registry.approve(workspace, graph(workspace), "ann", NOW + step * i) for i in (1, 2)
        ]

        newest = registry.read(workspace).approval
        assert numbers == [2, 3]
        assert newest is not None
        assert (newest.number, newest.at) == (3, NOW + step * 2)

    def test_approvals_of_two_workspaces_are_counted_apart(
        self, registry: Registry, workspace: str
    ) -> None:
        other = fresh()
        registry.found(other, "m.yaml", "id-2")

        assert registry.approve(other, graph(other), "ann", NOW) == 1

    def test_approvals_given_at_once_get_different_numbers(
        self, maker: Maker, registry: Registry, workspace: str
    ) -> None:
        with ThreadPoolExecutor(4) as threads:
            calls = [threads.submit(approve_once, maker, workspace) for _ in range(12)]

        assert sorted(call.result() for call in calls) == list(range(2, 14))

    def test_attempts_are_read_by_fingerprint_and_number(
        self, registry: Registry, workspace: str
    ) -> None:
        written = [attempt(n, fingerprint) for fingerprint in ("v1:b", "v1:a") for n in (10, 2, 1)]

        taken = registry.intend(workspace, 1, written)

        assert list(taken) == written
        assert list(registry.read(workspace).attempts) == sorted(
            written, key=lambda each: (each.fingerprint, each.n)
        )

    def test_an_attempt_that_exists_is_not_taken_and_stays_as_it_was(
        self, registry: Registry, workspace: str
    ) -> None:
        registry.intend(workspace, 1, [attempt(1)])

        taken = registry.intend(workspace, 1, [replace(attempt(1), user="bob"), attempt(2)])

        assert list(taken) == [attempt(2)]
        assert list(registry.read(workspace).attempts) == [attempt(1), attempt(2)]

    def test_the_same_attempt_twice_in_one_call_is_taken_once(
        self, registry: Registry, workspace: str
    ) -> None:
        assert list(registry.intend(workspace, 1, [attempt(1), attempt(1)])) == [attempt(1)]

    def test_intents_of_an_older_approval_are_refused_as_a_whole(
        self, registry: Registry, workspace: str
    ) -> None:
        registry.approve(workspace, graph(workspace), "bob", NOW)

        with pytest.raises(Superseded):
            registry.intend(workspace, 1, [attempt(1), attempt(2)])

        assert registry.read(workspace).attempts == ()

    @pytest.mark.parametrize("kind", ["threads", "processes"])
    def test_of_two_who_intend_the_same_at_once_exactly_one_takes_it(
        self, maker: Maker, registry: Registry, workspace: str, kind: str
    ) -> None:
        with executor(kind) as pool:
            calls = [pool.submit(intend_each, maker, workspace, who) for who in ("ann", "bob")]
            taken = [each for call in calls for each in call.result()]

        assert sorted(each.n for each in taken) == list(range(1, 31))
        assert list(registry.read(workspace).attempts) == sorted(taken, key=lambda each: each.n)

    @pytest.mark.parametrize("ahead", [-DAY, 0, DAY])
    def test_facts_are_read_in_the_order_they_were_noted_whatever_their_times(
        self, maker: Maker, workspace: str, ahead: int
    ) -> None:
        noted = [fact(3), fact(1, at=NOW + ahead), fact(2)]

        for each in noted:
            maker().note(workspace, [each])

        assert list(maker().read(workspace).facts) == noted

    def test_a_fact_noted_again_keeps_its_first_time_and_place(
        self, registry: Registry, workspace: str
    ) -> None:
        registry.note(workspace, [fact(1), fact(2)])

        registry.note(workspace, [fact(3), fact(1, at=NOW + DAY)])

        assert list(registry.read(workspace).facts) == [fact(1), fact(2), fact(3)]

    def test_facts_are_taken_late_from_anyone_and_for_any_workspace(
        self, maker: Maker, registry: Registry, workspace: str
    ) -> None:
        registry.approve(workspace, graph(workspace), "bob", NOW)
        unknown = fresh()

        maker().note(workspace, [fact(7, at=NOW - DAY)])
        maker().note(unknown, [fact(8)])

        assert list(registry.read(workspace).facts) == [fact(7, at=NOW - DAY)]
        assert list(registry.read(unknown).facts) == [fact(8)]

    @given(facts=st.lists(FACTS, max_size=6), again=st.data())
    @settings(
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]
    )
    def test_facts_noted_in_any_order_and_any_number_of_times_are_the_same_set(
        self, maker: Maker, facts: list[Fact], again: st.DataObject
    ) -> None:
        workspace, registry = fresh(), maker()
        repeated = st.lists(st.sampled_from(facts), max_size=4) if facts else st.just([])
        calls = again.draw(st.permutations([*facts, *again.draw(repeated)]))
        cut = again.draw(st.integers(0, len(calls)))

        registry.note(workspace, calls[:cut])
        registry.note(workspace, calls[cut:])

        firsts = {each.id: each for each in reversed(calls)}
        read = registry.read(workspace).facts
        assert {each.id: each for each in read} == firsts
        assert len(read) == len(firsts) == len({each.id for each in facts})

    def test_unicode_and_a_megabyte_come_back_as_they_were(
        self, registry: Registry, workspace: str
    ) -> None:
        big = {ODD: ODD, "big": "é" * (1 << 20), "nested": [{"a": [1, 1.0, None, True]}]}
        long = replace(attempt(1), declared={ODD: "x" * (1 << 20)}, elements=(1, 3))

        registry.note(workspace, [fact(1, big)])
        registry.intend(workspace, 1, [long])

        recorded = registry.read(workspace)
        assert recorded.facts == (fact(1, big),)
        assert recorded.attempts == (long,)

    def test_workspaces_do_not_see_each_other(self, registry: Registry, workspace: str) -> None:
        other = fresh()
        registry.note(workspace, [fact(1)])
        registry.intend(workspace, 1, [attempt(1)])
        registry.busy(workspace, holder(1))

        assert registry.read(other) == Recorded(other)

    def test_what_is_read_is_of_one_moment(
        self, maker: Maker, registry: Registry, workspace: str
    ) -> None:
        with ThreadPoolExecutor(1) as threads:
            writing = threads.submit(intend_then_note, maker, workspace)
            seen = [registry.read(workspace)]
            while not writing.done():
                seen.append(registry.read(workspace))
        writing.result()

        counts = [(len(recorded.attempts), len(recorded.facts)) for recorded in seen]
        assert [pair for pair in counts if pair[1] not in (2 * pair[0], 2 * pair[0] - 2)] == []
        assert counts == sorted(counts)

    def test_what_was_acknowledged_survives_the_death_of_the_writer(
        self, maker: Maker, registry: Registry, workspace: str
    ) -> None:
        with writer(maker, workspace) as (acknowledged, kill):
            numbers = [acknowledged.recv() for _ in range(10)]
            kill()

        recorded = registry.read(workspace)
        assert {each.n for each in recorded.facts} >= set(numbers)
        assert {each.n for each in recorded.attempts} >= set(numbers)
        assert list(registry.intend(workspace, 1, [attempt(1000)])) == [attempt(1000)]
