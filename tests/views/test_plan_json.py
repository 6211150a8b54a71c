"""A plan is drawn as a document that programs can rely on."""

import json as reader
from dataclasses import fields, replace
from types import MappingProxyType

from otplan.core.plan import Action, Change
from otplan.views import document
from otplan.views.plan_json import json
from tests.views.golden import check
from tests.views.worlds import EVERY, QUIET, large


def test_a_plan_with_every_action_is_a_document() -> None:
    check("plan.json", json(EVERY))


def test_nothing_of_a_change_is_left_out() -> None:
    told = reader.loads(json(EVERY))["changes"][2]

    assert set(told) == {field.name for field in fields(Change)} | {"symbol"}


def test_the_verb_and_the_symbol_are_both_told() -> None:
    told = reader.loads(json(EVERY))["changes"]

    assert {(each["action"], each["symbol"]) for each in told} == {
        (action.name.lower(), action.value) for action in Action
    }


def test_equal_plans_are_equal_bytes() -> None:
    again = replace(EVERY, changes=tuple(replace(change) for change in EVERY.changes))

    assert json(again) == json(EVERY)


def test_zero_counts_are_kept_for_programs() -> None:
    counts = reader.loads(json(QUIET))["counts"]

    assert counts["submit"] == 0
    assert counts["done"] == 9


def test_mappings_are_written_in_the_order_of_their_keys() -> None:
    one = document.encode({"b": 1, "a": MappingProxyType({"d": 1, "c": 2})})
    other = document.encode({"a": MappingProxyType({"c": 2, "d": 1}), "b": 1})

    assert one == other


def test_the_version_comes_first() -> None:
    assert json(large(1)).startswith('{\n  "format_version": "1.0",')
