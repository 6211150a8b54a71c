"""A plan is drawn as text: what would happen, why, and what it sums up to."""

import ast
from dataclasses import replace
from pathlib import Path
from time import process_time

import pytest

from otplan.core.plan import Action, FieldChange, Plan, Reason
from otplan.views import plan as view
from otplan.views.plan import text
from otplan.views.style import Style
from tests.views.golden import check
from tests.views.worlds import EVERY, HOUR, NOW, QUIET, change, large

PLAIN = Style(width=80)


@pytest.mark.parametrize("width", [80, 200])
def test_a_plan_with_every_action_is_drawn_to_the_width(width: int) -> None:
    check(f"plan-{width}.txt", text(EVERY, Style(width=width)))


def test_colour_and_arrows_are_for_those_who_can_show_them() -> None:
    check("plan-color.txt", text(EVERY, Style(width=80, color=True, unicode=True)))


def test_nothing_is_hidden_from_who_asks() -> None:
    check("plan-verbose.txt", text(EVERY, PLAIN, verbose=True))


def test_a_plan_without_changes_is_one_sentence() -> None:
    check("plan-quiet.txt", text(QUIET, PLAIN))


def test_an_offline_plan_tells_its_age_and_offers_no_apply() -> None:
    offline = replace(EVERY, offline=True, complete=False)

    drawn = text(offline, PLAIN, now=NOW)

    assert "Offline: as last recorded 3h ago. Such a plan can be read, not applied." in drawn
    assert "otplan apply" not in drawn


def test_an_incomplete_plan_says_so_and_offers_no_apply() -> None:
    drawn = text(replace(EVERY, complete=False), PLAIN)

    assert "Incomplete: a source could not be asked" in drawn
    assert "otplan apply" not in drawn


def test_the_next_command_stands_alone_at_the_end() -> None:
    drawn = text(EVERY, PLAIN, then="otplan apply plan.json")

    assert drawn.endswith(".\n\n  otplan apply plan.json\n")


def test_a_chain_of_causes_is_told_by_what_is_next_and_what_began_it() -> None:
    drawn = text(large(3), Style(width=200))

    assert "because script.s1/run, and that because script.s0/run: args.f0: 0 -> 1" in drawn


def test_a_plan_in_ascii_holds_nothing_else() -> None:
    assert text(EVERY, PLAIN).isascii()


def test_no_name_from_outside_moves_the_cursor() -> None:
    evil = change(Action.SUBMIT, "script.a/run", Reason("again", "red \x1b[31m and \r back"))
    plan = Plan(replace(EVERY.workspace, path="a\x1b[2Jb.yaml"), NOW, (evil,))

    drawn = text(plan, PLAIN, verbose=True)

    assert "\x1b" not in drawn
    assert "\r" not in drawn
    assert r"red \x1b[31m and \r back" in drawn


def test_ten_thousand_changes_are_drawn_in_a_moment() -> None:
    plan = large(10_000)
    start = process_time()

    text(plan, Style(width=80, color=True, unicode=True))

    # Linear, not quadratic: how fast is for benchmarks to say.
    assert process_time() - start < 5


def test_drawing_a_plan_needs_no_rich() -> None:
    folder = Path(view.__file__).parent

    imports = {
        (path.name, getattr(node, "module", None) or node.names[0].name)
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }

    assert {name for name, module in imports if module.partition(".")[0] == "rich"} == set()


def test_the_longest_line_fits_where_it_can_be_folded() -> None:
    prose = change(Action.SUBMIT, "script.a/run", Reason("again", "word " * 100))

    drawn = text(replace(EVERY, changes=(prose,), critical_seconds=10 * HOUR), PLAIN)

    assert max(map(len, drawn.splitlines())) <= 80


def test_new_stages_take_a_line_each() -> None:
    changes = tuple(
        change(Action.SUBMIT, f"script.{name}/run", Reason("new", "nothing was there"), n=1)
        for name in "ab"
    )

    drawn = text(replace(EVERY, changes=changes), PLAIN)

    assert (
        "+ script.a/run   will be submitted (attempt 1)\n"
        "+ script.b/run   will be submitted (attempt 1)\n\n"
    ) in drawn


def test_a_row_to_write_is_not_why_a_stage_changes() -> None:
    parent = change(Action.KEEP, "script.a/run", Reason("done", "made by attempt 1"))
    because = Reason("changed", "x changed", via="script.a/run")
    child = change(Action.SUBMIT, "script.b/run", because)
    row = change(Action.CATALOG, "script.a/run", Reason("row", "its row is missing"))

    drawn = text(replace(EVERY, changes=(parent, child, row)), PLAIN)

    assert "    because script.a/run: it is another one than before\n" in drawn


def test_long_values_that_begin_alike_are_told_apart() -> None:
    field = FieldChange("location", "/same" * 20 + "/old", "/same" * 20 + "/new")
    moved = change(Action.CATALOG, "script.a/run", Reason("row", "its row", fields=(field,)))

    drawn = text(replace(EVERY, changes=(moved,)), PLAIN)

    assert "    location: ...me/same/old -> ...me/same/new\n" in drawn
