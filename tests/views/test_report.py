"""What an apply did is told with what came of every change, and how to go on."""

import json as reader
from dataclasses import replace

import pytest

from otplan.core.job import JobRef
from otplan.core.report import Event, Outcome, Report
from otplan.views.report import json, summary, text
from otplan.views.style import Style
from tests.views.golden import check

PLAIN = Style(width=80)

DONE = (
    Outcome("dataset.tasks/generate", Event.SUBMITTED, 2, JobRef("big", "12")),
    Outcome("training.base/train", Event.UPDATED, 1, JobRef("big", "7")),
    Outcome("training.sft/train", Event.REPLACED, 3, JobRef("big", "13")),
    Outcome("training.gone/train", Event.CANCELLED, 1, JobRef("big", "5")),
    Outcome("consolidation.sft/consolidate", Event.WRITTEN),
    Outcome("eval.tb2/evaluate", Event.WAITING, why="waits for training.sft to be published"),
)

FAILED = (
    Outcome(
        "eval.a/evaluate",
        Event.REFUSED,
        1,
        why="QOSMaxSubmitJobPerUserLimit: the queue takes no more jobs of yours now",
        help="otplan continue",
    ),
    Outcome("eval.b/evaluate", Event.UNCLEAR, 1, why="no answer within 120 s: it may exist"),
    Outcome("eval.c/evaluate", Event.HELD_BACK, why="eval.a/evaluate was not sent"),
)

ALL_DONE = Report("nl2bash", DONE)
PARTIAL = Report("nl2bash", DONE + FAILED)


def test_an_apply_that_went_through_ends_with_what_to_do_next() -> None:
    check("report.txt", text(ALL_DONE, PLAIN, then="otplan status"))


def test_an_apply_in_part_tells_what_is_left_and_how_to_go_on() -> None:
    check("report-partial.txt", text(PARTIAL, PLAIN, then="otplan status"))


def test_an_interrupted_apply_says_so() -> None:
    stopped = Report("nl2bash", DONE[:1], interrupted=True)

    assert summary(stopped) == "Interrupted: 1 submitted."
    assert text(stopped, PLAIN).endswith(
        "What was sent stays sent; to do the rest:\n\n  otplan apply\n"
    )


LATER = "What was sent stays sent; to do the rest, now or later:\n\n  otplan continue\n"
MENDED = "What was refused would be again; when that is mended, to do the rest:\n\n  otplan apply\n"


@pytest.mark.parametrize(
    ("events", "last"),
    [
        ([Event.HELD_BACK], LATER),
        ([Event.UNCLEAR], LATER),
        ([Event.HELD_BACK, Event.REFUSED], MENDED),
        ([Event.WAITING], "  otplan status\n"),
    ],
)
def test_the_last_line_is_what_does_the_rest(events: list[Event], last: str) -> None:
    report = Report("nl2bash", tuple(Outcome("a", event) for event in events))

    assert text(report, PLAIN, then="otplan status").endswith(f"\n\n{last}")


def test_an_apply_with_nothing_to_do_says_so() -> None:
    assert text(Report("nl2bash", ()), PLAIN) == "Nothing to do.\n"


def test_a_report_is_a_document() -> None:
    check("report.json", json(PARTIAL))


def test_whether_something_is_left_is_told_to_programs() -> None:
    assert reader.loads(json(ALL_DONE))["partial"] is False
    assert reader.loads(json(PARTIAL))["partial"] is True


@pytest.mark.parametrize("event", Event)
def test_only_what_should_have_gone_through_leaves_an_apply_partial(event: Event) -> None:
    report = replace(ALL_DONE, outcomes=(Outcome("a", event),))

    assert report.partial is (event in {Event.REFUSED, Event.UNCLEAR, Event.HELD_BACK})


def test_a_brief_report_tells_only_what_did_not_go_through() -> None:
    drawn = text(PARTIAL, PLAIN, brief=True)

    assert "submitted (" not in drawn
    assert "refused" in drawn
