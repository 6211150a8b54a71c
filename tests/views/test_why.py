"""A stage is explained: what the plan says of it, what led there, what to do."""

import json as reader
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from otplan.core.plan import Action, Reason
from otplan.core.told import AttemptRow, Cause, Explanation, Neighbour
from otplan.core.usage import Usage
from otplan.views.style import Style
from otplan.views.why import json, text
from tests.views.golden import check
from tests.views.worlds import EVERY, HOUR, NOW, change

PLAIN = Style(width=80)

FAILED = AttemptRow(1, "4600", "failed", NOW - 50 * HOUR, 24 * HOUR, "a/1.log", exit_code=1)

FULL = Explanation(
    EVERY.changes[3],
    folder="/scratch/exp/nl2bash/0f3a",
    chain=(EVERY.changes[2], EVERY.changes[1]),
    cause=Cause(
        "its GPUs ran out of memory",
        "lower the batch size, then\n  otplan retry 'training.sft[lr=4.0e-5]'",
        ("torch.OutOfMemoryError: CUDA out of memory.\x1b[0m",),
        FAILED,
    ),
    attempts=(FAILED, AttemptRow(2, "4711", "queued", NOW - 2 * HOUR, log="a/2.log")),
    reads=(Neighbour("dataset.traces/trace", "done"),),
    read_by=(Neighbour("eval.tb2/evaluate", "waiting"),),
)


def test_a_stage_is_explained_in_full() -> None:
    check("why.txt", text(FULL, PLAIN, now=NOW))


def told(lines: Sequence[str] = (), **row: Any) -> str:  # noqa: ANN401 - any field of it
    """Return what is said of a stage whose one attempt stands so."""
    kept, latest = change(Action.KEEP, "script.a/run"), AttemptRow(1, "7", **row)
    return text(Explanation(kept, latest=latest, lines=lines), PLAIN, now=NOW)


def test_what_runs_is_told_beside_its_limits() -> None:
    said = told(how="running", seconds=72, limit=24 * HOUR, usage=Usage(267, 16 * 1024))

    assert "Attempt 1, job 7, running 1:12 of 24:00:00, at most 267 MiB of memory (limit" in said
    assert "\n16.0 GiB).\n" in said


def test_the_last_lines_of_what_runs_are_shown() -> None:
    said = told(("step 1", "\x1b[31mstep 2"), how="running", limit=60)

    assert "Attempt 1, job 7, running 0:00 of 1:00:\n  step 1\n  \\x1b[31mstep 2\n" in said


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        (NOW + 2 * HOUR, "expected to start 10:00, in 2h (the scheduler's guess)."),
        (NOW + 26 * HOUR, "expected to start Sat 10:00, in 1d (the scheduler's guess)."),
        (NOW - 9, "expected to start 07:59, soon (the scheduler's guess)."),
        (0, "when it will start is not known."),
    ],
)
def test_what_queues_tells_when_it_may_start(
    expected: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "UTC0")
    time.tzset()

    said = told(how="queued", expected=expected)

    assert f"Attempt 1, job 7, queued, {words}" in " ".join(said.split("\n"))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"how": "killed", "signal": 9}, "signal 9 (SIGKILL), after 0:02, nobody knows how much"),
        ({"how": "failed", "exit_code": 3}, "exit code 3, after 0:02."),
        ({"how": "failed", "exit_code": 138}, "exit code 138 (SIGUSR1), after 0:02."),
        ({"how": "timeout", "limit": 2}, "time limit, after 0:02 of 0:02."),
        ({"how": "timeout", "signal": 15}, "time limit, signal 15 (SIGTERM), after 0:02."),
        ({"how": "ended", "usage": Usage(3)}, "ended well, after 0:02, at most 3 MiB of memory."),
    ],
)
def test_what_ended_tells_how(row: dict[str, Any], words: str) -> None:
    assert f"Attempt 1, job 7, {words}" in told(seconds=2, **row)


def test_a_new_stage_has_little_to_explain() -> None:
    new = Explanation(change(Action.SUBMIT, "script.a/run", n=1))

    assert text(new, PLAIN, now=NOW) == (
        "+ script.a/run   will be submitted (attempt 1)\n\n"
        "Declared at manifests/nl2bash.yaml:9:0\nFingerprint v1:script.a/run\n"
    )


def test_of_an_array_only_the_elements_that_did_not_end_well_are_listed() -> None:
    ends = ("ended", "failed", "ended")
    rows = tuple(AttemptRow(1, "7", how, element=e) for e, how in enumerate(ends))
    told = text(Explanation(change(Action.BLOCKED, "dataset.a/trace"), attempts=rows), PLAIN, now=0)

    assert "      1        1    7  failed\n2 elements ended well." in told


def test_an_answer_does_not_advise_to_ask_again() -> None:
    reason = Reason("failed", "attempt 1 failed", help="otplan why 'a'\notplan retry 'a'")
    stuck = replace(change(Action.BLOCKED, "script.a/run"), reasons=(reason,))

    told = text(Explanation(stuck), PLAIN, now=0)

    assert "otplan why" not in told
    assert "otplan retry 'a'" in told


def test_an_explanation_is_a_document() -> None:
    told = reader.loads(json([FULL]))["stages"][0]

    assert told["action"] == "replace"
    assert told["explanation"]["attempts"][1]["how"] == "queued"
