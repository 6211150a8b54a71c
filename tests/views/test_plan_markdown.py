"""A plan is drawn as one comment on a pull request, however large it is."""

from dataclasses import replace

import pytest

from otplan.core.plan import Action, Reason
from otplan.views.plan_markdown import LIMIT, markdown
from tests.views.golden import check
from tests.views.worlds import EVERY, QUIET, change, large


def test_a_plan_with_every_action_is_folded_by_action() -> None:
    check("plan.md", markdown(EVERY))


def test_a_plan_without_changes_is_its_summary() -> None:
    check("plan-quiet.md", markdown(QUIET))


@pytest.mark.parametrize("limit", [3_000, 10_000, LIMIT])
def test_a_large_plan_is_cut_to_the_limit_and_keeps_its_counts(limit: int) -> None:
    drawn = markdown(large(10_000), limit=limit)

    assert len(drawn) <= limit
    assert len(drawn) > limit // 2
    assert "Plan: 10,000 to submit." in drawn
    assert "<summary>10,000 to submit</summary>" in drawn
    assert " more, shown by `otplan plan`." in drawn


def test_every_group_is_named_even_where_none_of_it_fits() -> None:
    every = replace(EVERY, changes=(*large(2_000).changes, *EVERY.changes))

    drawn = markdown(every, limit=8_000)

    assert len(drawn) <= 8_000
    assert "<summary>1 to cancel</summary>" in drawn
    assert "… and 1 more" in drawn


def test_a_long_note_cannot_push_the_counts_out() -> None:
    drawn = markdown(replace(EVERY, notes=("n" * 100_000,)), limit=10_000)

    assert len(drawn) <= 10_000
    assert "<summary>1 to cancel</summary>" in drawn


def test_nothing_inside_ends_the_fence_or_writes_markup() -> None:
    reason = Reason("again", "```\n</details><b>@everyone</b>")
    evil = replace(
        EVERY, changes=(change(Action.SUBMIT, "script.a/run", reason),), notes=("<b>@x `a_b` a_b",)
    )

    drawn = markdown(evil)

    assert "\n````diff\n" in drawn
    assert r"> \<b\>\@x `a_b` a\_b" in drawn
