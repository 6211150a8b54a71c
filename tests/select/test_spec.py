"""Selectors are read as they are written, or refused with an example."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otplan.errors import Usage
from otplan.select.spec import FAR, Method, Name, Selector, parse

NAMED = {
    "sft": Name("sft"),
    "training.sft": Name("training.sft"),
    "training.*": Name("training.*"),
    "v1.5": Name("v1.5"),
    "sft/train": Name("sft", role="train"),
    "sft[lr=1.0e-5]": Name("sft", (("lr", "1.0e-5"),)),
    "sft[lr=1e+5, seed=1]/train": Name("sft", (("lr", "1e+5"), ("seed", "1")), "train"),
    "sft[*]": Name("sft"),
    "*": Name("*"),
}

REACHES = {
    "sft": (0, 0),
    "+sft": (FAR, 0),
    "sft+": (0, FAR),
    "+sft+": (FAR, FAR),
    "2+sft": (2, 0),
    "sft+1": (0, 1),
    "0+sft+0": (0, 0),
    "+sft[lr=1e+5]+12": (FAR, 12),
}

MISREAD = [
    "",
    "+",
    "++",
    "a/b/c",
    "sft[lr]",
    "sft[lr=1",
    "colour:red",
    "state:",
    "state:a||b",
    ":x",
]


@pytest.mark.parametrize("text", NAMED)
def test_a_name_is_read_with_its_labels_and_its_role(text: str) -> None:
    assert parse(text) == Selector(text, Method.NAME, name=NAMED[text])


@pytest.mark.parametrize("text", REACHES)
def test_a_plus_says_how_far_to_go(text: str) -> None:
    selector = parse(text)

    assert (selector.up, selector.down) == REACHES[text]


def test_a_method_takes_several_values() -> None:
    selector = parse("+state:failed|lost")

    assert selector == Selector(
        "+state:failed|lost", Method.STATE, values=("failed", "lost"), up=FAR
    )


@pytest.mark.parametrize("text", MISREAD)
def test_what_is_no_selector_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Usage) as refused:
        parse(text)

    assert refused.value.message == f"`{text}` is not a selector"
    assert "training.sft" in refused.value.help


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        selector = parse(text)
    except Usage:
        return

    assert selector.text == text
