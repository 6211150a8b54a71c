"""Rows that a person tells: words with values, made into what a table takes."""

from collections.abc import Mapping

import pytest

from otplan.catalogs.by_hand import told, words
from otplan.core.catalog import CatalogKey, of_eval
from otplan.errors import Usage

MODEL = {
    "created_by": "us",
    "type": "SFT",
    "cluster": "vista",
    "location": "org/sft",
    "started": "2026-11-01T12:00:00Z",
    "agent": "terminus-2",
}
EVAL = {
    "user": "ada",
    "agent": "terminus-2",
    "model": "org/sft",
    "benchmark": "tb2",
    "trials": "89",
    "repetitions": "3",
    "version": "harbor 0.25",
}


def test_a_model_is_told_with_its_times_and_datasets() -> None:
    row = told("model", "org/sft", {**MODEL, "datasets": "org/a,org/b"}, {})

    assert row.key == CatalogKey("models", "org/sft")
    assert row.values["started"] == 1_793_534_400
    assert row.values["datasets"] == ["org/a", "org/b"]
    assert row.values["status"] == "completed"
    assert row.workspace == ""


def test_a_time_without_a_zone_is_in_utc() -> None:
    row = told("model", "org/sft", {**MODEL, "started": "2026-11-01 12:00"}, {})

    assert row.values["started"] == 1_793_534_400


def test_an_eval_is_named_by_who_was_measured_with_what_on_what() -> None:
    row = told("eval", "by-hand", {**EVAL, "metrics.accuracy": "0.25"}, {})

    assert row.key == CatalogKey("evals", of_eval("terminus-2", "org/sft", "tb2"))
    assert row.values["name"] == "by-hand"
    assert row.values["metrics"] == {"accuracy": 0.25}
    assert row.values["trials"] == 89


def test_what_nobody_says_is_what_the_settings_say() -> None:
    said = {word: text for word, text in EVAL.items() if word not in ("user", "agent")}

    row = told("eval", "by-hand", said, {"username": "ada", "agent": "openhands"})

    assert (row.values["user"], row.values["agent"]) == ("ada", "openhands")


@pytest.mark.parametrize("word", MODEL)
def test_what_the_table_demands_and_nobody_says_is_asked_for(word: str) -> None:
    said = {name: text for name, text in MODEL.items() if name != word}

    with pytest.raises(Usage, match=f"asks for `{word}`") as caught:
        told("model", "org/sft", said, {})

    assert f"{word}=" in caught.value.help


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({**EVAL, "trials": "many"}, "`trials` is to be a whole number, and `many` is none"),
        ({**EVAL, "trials": "nan"}, "`trials` is to be a whole number, and `nan` is none"),
        ({**EVAL, "trials": "1.5"}, "`trials` is to be a whole number, and `1.5` is none"),
        ({**EVAL, "metrics.acc": "inf"}, "`acc` is to be a number, and `inf` is none"),
        ({**EVAL, "ended": "soon"}, "`ended` is to be a time, and `soon` is none"),
        ({**EVAL, "version": ""}, "asks for `commit`"),
    ],
)
def test_a_value_that_is_none_is_told(said: Mapping[str, str], why: str) -> None:
    with pytest.raises(Usage, match=why):
        told("eval", "by-hand", said, {})


def test_every_word_of_a_kind_may_be_said() -> None:
    assert {"base_model", "datasets", "wandb", "description", "job"} <= set(words("model"))
    assert "name" not in words("eval")
