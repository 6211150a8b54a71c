"""What a registry cannot take is kept in files, and gets there later, whoever sends it."""

import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from otplan.core.record import Fact, FactKind
from otplan.errors import OtplanError, Refused, Unreachable
from otplan.registries.keeping import KeepingRegistry
from otplan.registries.outbox import Outbox
from otplan.registries.sqlite import SqliteRegistry
from tests.conformance.registry_writers import NOW, attempt, fact, graph


@dataclass(slots=True)
class Place:
    """A folder with a registry and an outbox; `told` is what was told so far."""

    folder: Path
    told: list[str] = field(default_factory=list)

    @property
    def real(self) -> SqliteRegistry:
        return SqliteRegistry(str(self.folder / "registry.db"), patience=0.05)

    @property
    def outbox(self) -> Outbox:
        return Outbox(self.folder / "facts")

    @property
    def files(self) -> list[Path]:
        return sorted(self.outbox.folder.glob("*/*"))

    def open(self, *, ahead: bool = False) -> KeepingRegistry:
        """Return the registry as a command opens it, and reads first."""
        made = KeepingRegistry(self.real, self.outbox, ahead, self.told.append)
        made.read("w")
        return made

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let somebody else write, and not end."""
        with closing(sqlite3.connect(self.real.place)) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return a place where a workspace was founded, and approval 1 given."""
    place = Place(tmp_path)
    place.real.found("w", "m.yaml", "id-1")
    place.real.approve("w", graph("w"), "ann", NOW)
    return place


def test_a_fact_that_cannot_be_noted_is_read_by_the_next_command_and_sent_by_it(
    place: Place,
) -> None:
    opened = place.open()
    with place.locked():
        opened.note("w", [fact(1)])
    unsent = place.real.read("w").facts

    following = place.open()
    seen = following.read("w").facts
    following.note("w", [])

    assert unsent == ()
    assert seen == place.real.read("w").facts == (fact(1),)
    assert place.files == []
    assert "is locked by another process" in place.told[0]
    assert f"kept for it in {place.folder}/facts/id-1" in place.told[0]


def test_facts_are_sent_in_the_order_in_which_they_happened(place: Place) -> None:
    opened = place.open()
    with place.locked():
        opened.note("w", [fact(3)])
        opened.note("w", [fact(1)])

    place.open().note("w", [fact(2)])

    assert place.real.read("w").facts == (fact(3), fact(1), fact(2))


def test_a_registry_that_is_away_is_not_asked_for_each_fact(place: Place) -> None:
    opened = place.open()
    with place.locked():
        for n in range(5):
            opened.note("w", [fact(n)])

    opened.read("w")
    opened.note("w", [fact(5)])

    assert len(place.told) == 1
    assert place.real.read("w").facts == tuple(fact(n) for n in range(6))


def test_what_reached_the_registry_though_nobody_said_so_is_one_fact(place: Place) -> None:
    place.open()
    place.outbox.put("id-1", [fact(1), fact(2)])
    place.real.note("w", [fact(1)])

    opened = place.open()
    seen = opened.read("w").facts
    opened.note("w", [])

    assert seen == place.real.read("w").facts == (fact(1), fact(2))


@pytest.mark.parametrize("kind", ["resent", "disbelieved", "retry", "forgotten"])
def test_what_others_must_know_first_is_not_put_off(place: Place, kind: str) -> None:
    announced = replace(fact(1), kind=FactKind(kind))
    opened = place.open()

    with place.locked(), pytest.raises(Unreachable):
        opened.note("w", [announced])

    assert place.files == []


def test_what_is_refused_is_kept_and_told(place: Place) -> None:
    opened = place.open()
    opened.registry = Refusing(place.real.place)

    with pytest.raises(Refused):
        opened.note("w", [fact(1)])

    assert place.open().read("w").facts == (fact(1),)


class Refusing(SqliteRegistry):
    def note(self, workspace: str, facts: Sequence[Fact]) -> None:
        raise Refused("denied", "no right to write")


def test_where_nothing_can_be_kept_the_registrys_own_trouble_is_told(place: Place) -> None:
    opened = place.open()
    place.outbox.folder.write_text("in the way")

    with place.locked(), pytest.raises(Unreachable, match="is locked"):
        opened.note("w", [fact(1)])


def test_a_workspace_of_the_same_name_elsewhere_does_not_get_the_facts(place: Place) -> None:
    opened = place.open()
    with place.locked():
        opened.note("w", [fact(1)])
    other = replace(place.real, place=f"{place.folder}/other.db")
    other.found("w", "m.yaml", "id-2")

    stranger = KeepingRegistry(other, place.outbox, ahead=False, tell=place.told.append)
    seen = stranger.read("w").facts
    stranger.note("w", [])

    assert seen == other.read("w").facts == ()
    assert len(place.files) == 1


def test_who_is_killed_while_it_waits_for_the_registry_has_kept_its_facts(place: Place) -> None:
    class Killed(SqliteRegistry):
        def note(self, workspace: str, facts: Sequence[Fact]) -> None:
            raise KeyboardInterrupt

    opened = place.open(ahead=True)
    opened.registry = Killed(place.real.place)

    with pytest.raises(KeyboardInterrupt):
        opened.note("w", [fact(1)])

    assert place.open().read("w").facts == (fact(1),)


def test_half_a_file_is_no_file(place: Place) -> None:
    place.outbox.put("id-1", [fact(1)])
    whole = place.files[0]
    whole.with_name(f".{whole.name}.abc").write_bytes(whole.read_bytes()[:9])

    place.open().note("w", [])

    assert place.real.read("w").facts == (fact(1),)


def test_a_file_that_cannot_be_read_is_named(place: Place) -> None:
    kept = place.outbox.put("id-1", [fact(1)])
    kept.write_bytes(b"[{")

    with pytest.raises(OtplanError, match=str(kept)):
        place.open()


def test_many_who_keep_and_send_at_once_lose_nothing(place: Place) -> None:
    def keep_or_send(n: int) -> None:
        place.outbox.put("id-1", [fact(n)])
        patient = KeepingRegistry(
            replace(place.real, patience=30.0), place.outbox, ahead=True, tell=place.told.append
        )
        patient.read("w")
        patient.note("w", [fact(n), fact(1000 + n)])

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(keep_or_send, range(40)))

    noted = {each.n for each in place.real.read("w").facts}
    assert noted == {*range(40), *range(1000, 1040)}
    assert place.files == []


def test_attempts_are_never_taken_without_the_registry(place: Place) -> None:
    opened = place.open()

    with place.locked(), pytest.raises(Unreachable):
        opened.intend("w", 1, [attempt(1)])

    assert place.real.read("w").attempts == ()
