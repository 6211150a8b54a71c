"""Equal values are written equally, different ones differently, and nothing crashes."""

import json
from math import inf, nan
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otplan.core.values import canonical

DIFFERENT: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 0.0, -0.0, 1.0, 1e-5, nan, inf, -inf),
    *(2**53, 2**53 + 1, 2**63, 2**64, 2**64 + 1, -(2**63) - 1, 10**40),
    *("", "1", "1.0", "null", "None", "true", "nan", "NaN", "inf", " ", '"nan"', "é", "e\u0301"),
    *("\ud800", "\\ud800", "\udfff", "\x00", "\n"),
    *([], {}, [[]], [{}], [None], [nan], ["nan"], {"a": None}, {"a": nan}, {"a": "nan"}),
    *({"1": 0}, {1: 0}, {1.0: 0}, {"1.0": 0}, {True: 0}, {"true": 0}, {None: 0}, {"null": 0}),
    *({nan: 0}, {"nan": 0}, {' "nan"': 0}, {"a": {"b": 1}}, {"a.b": 1}, {"a": 1, "b": 2}),
)

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS | st.text(st.characters(categories=["Cs", "L"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(SCALARS, inner, max_size=4),
    max_leaves=8,
)


def test_no_two_different_values_are_written_alike() -> None:
    written = [canonical(value) for value in DIFFERENT]

    assert len(set(written)) == len(DIFFERENT)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1e-5, 0.00001),
        (1e-5, float("1.0e-5")),
        (100.0, 1e2),
        ({"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"d": 3, "c": 2}, "a": 1}),
        ({1: "x", "1": "y"}, {"1": "y", 1: "x"}),
        ({"b": None, "a": nan}, {"a": nan, "b": None}),
        ((1, 2), [1, 2]),
        (MappingProxyType({"a": 1}), {"a": 1}),
    ],
    ids=["zeros", "exponent", "round", "order", "key types", "odd order", "tuple", "read-only"],
)
def test_equal_values_are_written_alike(one: object, other: object) -> None:
    assert canonical(one) == canonical(other)


@given(VALUES)
def test_everything_that_yaml_can_hold_is_written_as_json(value: object) -> None:
    text = canonical(value)

    json.loads(text)
    text.encode()


@given(VALUES, VALUES)
def test_values_are_written_alike_exactly_when_they_are_alike(one: object, other: object) -> None:
    assert (canonical(one) == canonical(other)) == (_told(one) == _told(other))


def test_plain_json_is_written_as_it_always_was() -> None:
    value = {"b": [1, 2.5, None, True, "é"], "a": {"z": 1e-5, "y": -0.0}}

    assert canonical(value) == '{"a":{"y":-0.0,"z":0.00001},"b":[1,2.5,null,true,"é"]}'


def _told(value: Any) -> object:  # noqa: ANN401
    """Return a value in which different types never compare equal, and a NaN equals itself."""
    match value:
        case dict():
            pairs = [(_told(key), _told(inner)) for key, inner in value.items()]
            return dict, sorted(pairs, key=repr)
        case list():
            return list, [_told(inner) for inner in value]
        case float():
            return float, repr(value)
        case _:
            return type(value), value
