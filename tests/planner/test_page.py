"""docs/planning.md names every symbol and every reason code of the planner, and no other."""

import ast
import re
from pathlib import Path

from otplan.core.plan import Action

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "planning.md").read_text()


def test_the_page_tells_of_exactly_the_reason_codes_in_the_code() -> None:
    rules = PAGE.partition("## The rules")[2].partition("## In which order")[0]

    told = set(re.findall(r"`([a-z]+(?:_[a-z]+)*)`", rules)) - {"attempts"}

    assert told == _codes()


def test_the_page_tells_of_exactly_the_symbols() -> None:
    table = PAGE.partition("## Symbols")[2].partition("##")[0]

    assert set(re.findall(r"^\| `(.+?)` \|", table, re.MULTILINE)) == {a.value for a in Action}


def test_every_rule_has_its_tests() -> None:
    rules = re.findall(r"^### (\d)\.", PAGE, re.MULTILINE)

    tested = sorted(path.name[10] for path in Path(__file__).parent.glob("test_rule_*.py"))

    assert rules == tested


def _codes() -> set[str]:
    """Return the first argument of every Reason that the planner makes."""
    trees = (ast.parse(path.read_text()) for path in (ROOT / "otplan" / "planner").glob("*.py"))
    return {
        ast.literal_eval(node.args[0])
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Reason"
    }
