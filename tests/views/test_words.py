"""Numbers, times and lists read as people say them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otplan.core.units import count
from otplan.core.values import Value
from otplan.views.lines import advice, clean, columns, fit, pad, wrap
from otplan.views.style import Style
from otplan.views.words import ago, duration, hours, listing, ranges, short

DAY, HOUR, MINUTE = 86_400, 3_600, 60

DURATIONS = {
    -1: "0s",
    0: "0s",
    59: "59s",
    MINUTE: "1m",
    3 * MINUTE + 12: "3m 12s",
    2 * HOUR: "2h",
    2 * HOUR + 5 * MINUTE + 59: "2h 5m",
    DAY + 3 * HOUR: "1d 3h",
    400 * DAY: "400d",
}

HOURS = {0: "0", 1: "0.1", HOUR: "1", 9_000: "2.5", 10 * HOUR + 600: "10", 1152 * HOUR: "1,152"}

SHORT: list[tuple[Value, str]] = [
    (None, ""),
    (True, "yes"),
    (False, "no"),
    (0.1234567, "0.1235"),
    (2.0, "2"),
    (1e-5, "1e-05"),
    (1152, "1152"),
    ("word", "word"),
    ([1, "a"], '[1,"a"]'),
]


@pytest.mark.parametrize("seconds", DURATIONS)
def test_a_duration_has_its_two_largest_units(seconds: int) -> None:
    assert duration(seconds) == DURATIONS[seconds]


@pytest.mark.parametrize(
    ("then", "words"),
    [(1000, "now"), (998, "2s ago"), (1000 - 2 * HOUR - 9, "2h ago"), (1000 + 5 * MINUTE, "in 5m")],
)
def test_a_moment_is_told_by_its_distance(then: int, words: str) -> None:
    assert ago(then, 1000) == words


@pytest.mark.parametrize("seconds", HOURS)
def test_hours_are_short(seconds: int) -> None:
    assert hours(seconds) == HOURS[seconds]


@pytest.mark.parametrize(("value", "cell"), SHORT)
def test_a_value_is_short_in_a_cell(value: Value, cell: str) -> None:
    assert short(value) == cell


def test_counts_have_a_plural() -> None:
    assert [count(0, "job"), count(1, "job"), count(1152, "job")] == [
        "0 jobs",
        "1 job",
        "1,152 jobs",
    ]
    assert count(2, "entry", "entries") == "2 entries"


def test_elements_are_written_as_slurm_does() -> None:
    assert [ranges(()), ranges((3,)), ranges((7, 0, 1, 2))] == ["", "3", "0-2,7"]


@given(st.sets(st.integers(0, 200)))
def test_ranges_name_every_element_and_no_other(elements: set[int]) -> None:
    named: set[int] = set()
    for part in filter(None, ranges(tuple(elements)).split(",")):
        first, _, last = part.partition("-")
        named |= set(range(int(first), int(last or first) + 1))

    assert named == elements


@pytest.mark.parametrize(
    ("names", "words"),
    [([], ""), (["a"], "a"), (["a", "b", "c"], "a, b and c"), (list("abcd"), "a, b, c and 1 more")],
)
def test_a_list_ends_with_and(names: list[str], words: str) -> None:
    assert listing(names) == words


@given(st.text(), st.integers(0, 40), st.booleans())
def test_what_is_fitted_fits(text: str, width: int, unicode: bool) -> None:
    fitted = fit(clean(text), width, Style(unicode=unicode))

    assert columns(fitted) <= width


@given(st.text())
def test_what_is_cleaned_holds_no_control_character(text: str) -> None:
    assert all(character.isprintable() or character == "\n" for character in clean(text))


def test_padding_counts_columns() -> None:
    assert pad("名", 4) == "名  "
    assert pad("7", 3, right=True) == "  7"


def test_prose_is_folded_and_what_is_indented_is_not() -> None:
    lines = wrap("some words to fold\n  --an-option=that --is=long", "> ", Style(width=22))

    assert lines == ["> some words to fold", ">   --an-option=that --is=long"]


def test_help_is_prose_first_and_commands_below() -> None:
    assert advice("run\n    a\n      b", "  ", Style()) == ["  help: run", "    a", "      b"]
    assert advice("", "  ", Style()) == []
