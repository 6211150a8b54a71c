"""Each mistake of a newcomer gets one message, with the line and the mend."""

import pytest

from tests.load import mistakes_page as mistakes


def test_there_are_twenty_of_them() -> None:
    assert len(mistakes.names()) == 20


@pytest.mark.parametrize("case", mistakes.names())
def test_a_mistake_is_told_once_with_its_mend(case: str) -> None:
    expected = (mistakes.CASES / case / "expected.txt").read_text()

    said = mistakes.said(case)

    assert said == expected
    assert said.count("error[") == said.count("  help: ") == 1


def test_the_page_is_that_of_the_cases() -> None:
    assert mistakes.PAGE.read_text() == mistakes.page()
