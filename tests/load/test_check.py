"""The check of a node against its shape, held to the verdict of jsonschema."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from otplan.load import sections
from otplan.load.check import Checker
from otplan.load.compose import compose
from otplan.load.report import Report
from otplan.load.shape import KEYWORDS, shape

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 30),
    st.floats(0.1, 0.9),
    st.sampled_from(["", "a", "script", "16G", "24:00:00", "24:00:00\n", "a,b", "x-y", "live"]),
)


def test_the_sections_use_no_keyword_that_the_check_does_not_know() -> None:
    used = set(_keywords(sections.strict()["manifest"]))
    for one in sections.strict()["sections"].values():
        used |= set(_keywords(one["schema"]))

    assert used <= KEYWORDS


@pytest.mark.parametrize("name", sections.SECTIONS)
@given(data=st.data())
def test_the_check_and_jsonschema_agree(name: str, data: st.DataObject) -> None:
    schema = sections.strict()["sections"][name]["schema"]
    instance = data.draw(_instances(schema))
    report = Report()
    root = compose(json.dumps(instance), "a.yaml", report)

    assert root is not None
    Checker(name, report).check(root, shape(schema))

    assert (report.count == 0) == jsonschema.Draft7Validator(schema).is_valid(instance)


@pytest.mark.parametrize(
    ("text", "message", "mend"),
    [
        ("{gpus: two}", "`gpus` takes a whole number; this is the text `two`.", "GPUs on each"),
        ('{gpus: "2"}', "`gpus` takes a whole number; this is the text `2`.", "without quotes"),
        ("{gpus: -1}", "`gpus` must be 0 or more; this is -1.", "GPUs on each node."),
        ("{attempts: 21}", "`attempts` must be 20 or less; this is 21.", "How often"),
        ("{memory: 16 GB}", "`memory` cannot be `16 GB`.", 'For example: "16G"'),
        ("{memory: 16}", "`memory` takes text; this is the number `16`.", '"16"'),
        ("{launcher: scrpt}", "`launcher` cannot be `scrpt`.", "Did you mean `script`?"),
        ("{datasets: []}", "`datasets` needs 1 or more items.", "it learns from"),
        ("{files: [a, a]}", "`a` is twice in `files`.", "Remove"),
        ("{slurm: {comment: x}}", "There is no field `comment` in `slurm`.", "to find its jobs"),
        ("{args: {-x: 1}}", "`-x` cannot be a name in `args`.", "A name starts"),
        ("{description: }", "`description` takes text; this is empty.", "in your words"),
        ('{cluster: ""}', "`cluster` is empty.", "the manifest's own"),
        ("{args: {x: {}}}", "or a list; this is a mapping.", ""),
    ],
)
def test_what_does_not_fit_is_told_in_plain_words(text: str, message: str, mend: str) -> None:
    report = Report()
    root = compose(text, "a.yaml", report)
    schema = sections.strict()["sections"]["trainings"]["schema"]

    assert root is not None
    Checker("trainings", report, partial=True).check(root, shape(schema))

    [found] = report.ordered("a.yaml")
    assert message in found.message
    assert mend in found.help


def test_before_substitution_any_text_with_an_expression_fits() -> None:
    report = Report()
    root = compose('{gpus: "${var.gpus}", memory: "${var.x}G"}', "a.yaml", report)
    schema = sections.strict()["sections"]["trainings"]["schema"]

    assert root is not None
    Checker("trainings", report, raw=True, partial=True).check(root, shape(schema))

    assert report.ordered("a.yaml") == ()


def _instances(schema: dict[str, Any], depth: int = 3) -> st.SearchStrategy[Any]:
    """Return mappings that often fit a schema, and sometimes nearly."""
    if depth == 0:
        return SCALARS
    types = schema.get("type", ())
    wild = SCALARS if "object" not in types else st.nothing()
    if "array" in types:
        items = _instances(schema.get("items", {}), depth - 1)
        return st.one_of(SCALARS, st.lists(items, max_size=3))
    if types != "object":
        return st.one_of(wild, st.sampled_from(["a", 1]))
    known = {key: _instances(one, depth - 1) for key, one in schema.get("properties", {}).items()}
    required = set(schema.get("required", ()))
    rest = schema.get("additionalProperties")
    others = st.dictionaries(
        st.sampled_from(["a", "B-1", "-x", "x y"]),
        _instances(rest if isinstance(rest, dict) else {}, depth - 1),
        max_size=1 if rest is False else 2,
    )
    own = st.fixed_dictionaries(
        {key: one for key, one in known.items() if key in required},
        optional={key: one for key, one in known.items() if key not in required},
    )
    return st.builds(lambda a, b: {**b, **a}, own, st.one_of(st.just({}), others))


def _keywords(schema: dict[str, Any]) -> Iterator[str]:
    for key, value in schema.items():
        yield key
        if key in ("properties", "patternProperties"):
            for inner in value.values():
                yield from _keywords(inner)
        elif key in ("items", "additionalProperties", "propertyNames") and isinstance(value, dict):
            yield from _keywords(value)
