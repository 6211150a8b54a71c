"""A stage is explained: what the plan says of it, what led there, what to do."""

import json as reader
from dataclasses import replace

from otplan.core.plan import Action, Reason
from otplan.core.told import AttemptRow, Cause, Explanation, Neighbour
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
