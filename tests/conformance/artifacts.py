"""What every store of artifacts must do: a class inherits `ArtifactsSuite` and adds `place`.

A place is where a store is looked at from both sides: what others put there, and what it says.
"""

from collections.abc import Mapping
from typing import Protocol

import pytest

from otplan.artifacts.protocol import Artifacts
from otplan.core.evidence import Finding, Target

OURS = "v1:0123456789abcdef0123456789abcdef01234567"
OTHER = "v1:ffffffffffffffffffffffffffffffffffffffff"


class Place(Protocol):
    """A store, and what happens to it behind its back."""

    store: Artifacts

    def target(self, name: str, fingerprint: str = OURS) -> Target:
        """Return where a stage would leave what it makes."""
        ...

    def make(self, target: Target, files: Mapping[str, bytes]) -> None:
        """Leave what attempt 1 of the target's stage leaves."""
        ...

    def spoil(self, target: Target) -> None:
        """Take away one of the files that were made."""
        ...

    def take(self, target: Target) -> None:
        """Put somebody else's in that place."""
        ...

    def source(self, name: str, content: bytes) -> str:
        """Put data that exists already there; return its floating name."""
        ...

    def cut(self) -> None:
        """Make the store unreachable."""
        ...

    def asked(self) -> int:
        """Return how many round trips there were so far."""
        ...


FILES: Mapping[str, bytes] = {"data.jsonl": b"{}\n", "metrics.json": b"{}"}


class ArtifactsSuite:
    """The promises of otplan/artifacts/protocol.py, one test each."""

    def test_what_was_made_is_verified_with_its_attempt_and_the_bytes_of_its_files(
        self, place: Place
    ) -> None:
        target = place.target("one")
        place.make(target, FILES)

        found = place.store.look([target])[target]

        assert (found.finding, found.attempt) == (Finding.VERIFIED, 1)
        assert found.files == {"data.jsonl": 3, "metrics.json": 2}
        assert found.output

    def test_where_nothing_is_there_is_nothing(self, place: Place) -> None:
        target = place.target("one")

        found = place.store.look([target])[target]

        assert found.finding is Finding.ABSENT
        assert found.why

    def test_what_lost_a_file_is_not_whole(self, place: Place) -> None:
        target = place.target("one")
        place.make(target, FILES)
        place.spoil(target)

        found = place.store.look([target])[target]

        assert found.finding is Finding.EMPTY
        assert "data.jsonl" in found.why

    def test_what_is_somebody_elses_is_foreign(self, place: Place) -> None:
        target = place.target("one")
        place.make(target, FILES)
        place.take(target)

        found = place.store.look([target])[target]

        assert found.finding is Finding.FOREIGN
        assert found.why

    def test_what_another_stage_made_is_not_verified(self, place: Place) -> None:
        target, other = place.target("one"), place.target("one", OTHER)
        place.make(other, FILES)

        found = place.store.look([target])[target]

        assert found.finding in (Finding.ABSENT, Finding.FOREIGN)

    def test_a_store_that_does_not_answer_says_nothing_of_what_it_holds(self, place: Place) -> None:
        there, missing = place.target("one"), place.target("two")
        place.make(there, FILES)
        place.cut()

        found = place.store.look([there, missing])

        assert {each.finding for each in found.values()} == {Finding.UNKNOWN}
        assert all(each.why for each in found.values())

    def test_what_stands_as_recorded_is_still_verified(self, place: Place) -> None:
        target = place.target("one")
        place.make(target, FILES)
        recorded = place.store.look([target])

        assert place.store.check(recorded)[target].finding is Finding.VERIFIED

    def test_what_was_recorded_and_is_spoilt_is_no_longer_verified(self, place: Place) -> None:
        target = place.target("one")
        place.make(target, FILES)
        recorded = place.store.look([target])
        place.spoil(target)

        assert place.store.check(recorded)[target].finding is Finding.EMPTY

    def test_a_name_stands_for_its_content_until_that_moves(self, place: Place) -> None:
        name = place.source("data", b"one")
        first = place.store.revisions([name])[name]
        place.source("data", b"two")

        second = place.store.revisions([name])[name]

        assert first
        assert second
        assert first != second

    def test_a_name_of_nothing_stands_for_nothing(self, place: Place) -> None:
        name = place.source("some-thing", b"one").replace("some-thing", "nothing")

        assert place.store.revisions([name]) == {name: None}

    def test_only_what_moved_since_its_pin_is_told(self, place: Place) -> None:
        still, moving = place.source("still", b"one"), place.source("moving", b"one")
        pins = {n: r for n, r in place.store.revisions([still, moving]).items() if r is not None}
        place.source("moving", b"two")

        assert list(place.store.moved(pins, 0)) == [moving]

    @pytest.mark.parametrize("count", [1, 40])
    def test_many_targets_cost_few_round_trips(self, place: Place, count: int) -> None:
        targets = [place.target(f"target-{i}") for i in range(count)]
        before = place.asked()

        place.store.look(targets)

        assert place.asked() - before <= 3
