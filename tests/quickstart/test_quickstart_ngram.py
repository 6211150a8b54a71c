"""The quickstart's n-gram model: its probabilities, its bits and its standard errors."""

from __future__ import annotations

from math import isclose, log2, sqrt
from statistics import mean, stdev

import pytest

from manifests.quickstart.ngram import (
    CODE_POINTS,
    END,
    START,
    Model,
    add,
    bits,
    distribution,
    ratio,
)


def test_counts_are_of_every_context_up_to_the_order() -> None:
    counts: dict[str, dict[str, int]] = {}

    add(counts, ["aab", "ab"], 2)

    assert counts == {
        "": {"a": 3, "b": 2, END: 2},
        START: {"a": 2},
        "a": {"a": 1, "b": 2},
        "b": {END: 2},
    }


def test_a_probability_is_discounted_and_shares_what_is_left_by_the_shorter_context() -> None:
    shares = distribution(model(["aab"], 2), "a")

    shorter = (2 - 0.5) / 4 + 0.5 * 3 / 4 / CODE_POINTS
    assert isclose(shares["a"], (1 - 0.5) / 2 + 0.5 * 2 / 2 * shorter)


@pytest.mark.parametrize("before", ["", "a", "ab", "zz", "abra"])
@pytest.mark.parametrize("order", [1, 2, 4])
def test_probabilities_of_all_of_unicode_add_up_to_one(order: int, before: str) -> None:
    known = model(["abracadabra", "zebra"], order)

    shares = distribution(known, before)

    others = (CODE_POINTS - len(shares)) * unseen(known, before)
    assert isclose(sum(shares.values()) + others, 1)


def test_the_bits_of_a_text_are_those_of_its_characters_and_its_end() -> None:
    known, text = model(["abracadabra", "cab"], 3), "cabra"

    steps = [distribution(known, text[:at])[char] for at, char in enumerate(text + END)]

    assert isclose(bits(known, text), -sum(map(log2, steps)))


def test_a_character_never_seen_costs_much_but_not_everything() -> None:
    known = model(["aaa"], 2)

    assert 20 < bits(known, "é") < 60


def test_the_error_of_a_ratio_of_equal_sizes_is_that_of_a_mean() -> None:
    amounts = [3.0, 1.0, 4.0, 1.5]

    value, error = ratio([(amount, 2) for amount in amounts])

    halves = [amount / 2 for amount in amounts]
    assert isclose(value, mean(halves))
    assert isclose(error, stdev(halves) / sqrt(4))


def unseen(known: Model, before: str) -> float:
    """Return the probability after a text of one character that the model never saw."""
    more = bits(known, before + "é") - bits(known, before)
    ends = distribution(known, before)[END] / distribution(known, before + "é")[END]
    return 2**-more * ends


def model(texts: list[str], order: int) -> Model:
    """Return a model of the texts with a discount of one half."""
    counts: dict[str, dict[str, int]] = {}
    add(counts, texts, order)
    return Model(order, 0.5, counts)
