"""Forms of datasets against what a training takes them for."""

from typing import Any

import pytest

from otplan.lint.formats import check_formats
from tests.kinds.build import parsed, refers, resource


def told(dataset: dict[str, Any], settings: dict[str, Any], **fields: Any) -> list[str]:  # noqa: ANN401
    usual = {"launcher": "llamafactory", "model": "m", "datasets": ["d"], "config": "c.yaml"}
    training = resource(
        "training.t",
        {**usual, **fields},
        files={"config": parsed("c.yaml", settings)},
        references=(refers("datasets", "dataset.d"),),
    )
    data = resource("dataset.d", dataset)
    return [found.message for found in check_formats(training, {data.address: data})]


HARBOR = {"trace": {"harbor": "trace_16concurrency_ctx32k"}}


@pytest.mark.parametrize(
    ("dataset", "settings", "fields"),
    [
        ({"format": "chat"}, {}, {"format": "sharegpt"}),
        ({"format": "chat"}, {"assistant_tag": "gpt"}, {}),
        ({"format": "sharegpt"}, {"formatting": "alpaca"}, {}),
        (HARBOR, {"role_tag": "from", "assistant_tag": "gpt"}, {}),
    ],
)
def test_tags_that_leave_no_turn_of_an_assistant_are_told(
    dataset: dict[str, Any], settings: dict[str, Any], fields: dict[str, Any]
) -> None:
    [message] = told(dataset, settings, **fields)

    assert "no turn of an assistant would be left" in message


@pytest.mark.parametrize(
    ("dataset", "settings", "fields"),
    [
        ({"format": "chat"}, {}, {}),
        ({"format": "chat"}, {"assistant_tag": "assistant"}, {}),
        ({"format": "chat"}, {"assistant_tag": "bot"}, {}),
        ({}, {}, {"format": "alpaca"}),
        (HARBOR, {}, {"format": "chat"}),
        ({"format": "chat"}, {}, {"format": "sharegpt", "launcher": "script"}),
    ],
)
def test_what_agrees_or_says_nothing_is_left_to_the_job(
    dataset: dict[str, Any], settings: dict[str, Any], fields: dict[str, Any]
) -> None:
    assert told(dataset, settings, **fields) == []
