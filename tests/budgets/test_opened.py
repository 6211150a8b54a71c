"""The number of files and processes of a command does not grow with the manifest."""

from pathlib import Path

import pytest

from tests.budgets.probing import COMMANDS, Probed

each_command = pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)


@each_command
def test_more_resources_open_no_more_files(probed: Probed, words: tuple[str, ...]) -> None:
    few, many = probed(26, *words), probed(104, *words)

    assert len(few.opened) == len(many.opened)


@each_command
def test_a_file_that_many_resources_name_is_opened_once(
    probed: Probed, words: tuple[str, ...]
) -> None:
    opened = [Path(path).name for path in probed(26, *words).opened]

    assert opened.count("manifest.yaml") == opened.count("work.py") == 1


@each_command
def test_git_is_asked_two_questions_and_nothing_else_is_started(
    probed: Probed, words: tuple[str, ...]
) -> None:
    started = probed(26, *words).started

    assert [("rev-parse" in each, "config" in each) for each in started] == [
        (True, False),
        (False, True),
    ]


def test_the_version_opens_and_starts_nothing(probed: Probed) -> None:
    found = probed(26, "--version")

    assert (found.opened, found.started) == ((), ())
