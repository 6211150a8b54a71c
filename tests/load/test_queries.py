"""A matrix that asks the catalog stands for what otplan.lock says, and for nothing before."""

from pathlib import Path

import pytest

from otplan.core.query import Query, answer, answered, query_of
from otplan.errors import Severity
from otplan.load.manifest import read

MANIFEST = """\
otplan: 1
workspace: w
vars: {org: {type: string, default: us}}
evals:
  every:
    matrix: {model: {catalog: models, created_by: "${var.org}", since: "2026-11-01"}, n: [1, 2]}
    model: ${matrix.model}
    benchmark: b
    script: step.sh
"""
NAME = "catalog:models?created_by=us&since=2026-11-01"


@pytest.fixture
def manifest(tmp_path: Path) -> str:
    (tmp_path / "step.sh").write_text("")
    path = tmp_path / "m.yaml"
    path.write_text(MANIFEST)
    return str(path)


def test_it_stands_for_the_names_that_are_pinned(manifest: str) -> None:
    loaded = read(manifest, lock={NAME: "us/a,us/b"})

    assert [str(resource.address) for resource in loaded.resources] == [
        f"eval.every[model=us/{name},n={n}]" for name in "ab" for n in (1, 2)
    ]
    assert loaded.diagnostics == ()


def test_it_stands_for_nothing_where_nobody_asked_and_says_so(manifest: str) -> None:
    loaded = read(manifest, lock={})

    assert loaded.resources == ()
    assert list(loaded.floating) == [NAME]
    assert [(found.code, found.severity) for found in loaded.diagnostics] == [
        ("OT316", Severity.WARNING)
    ]


def test_a_question_that_cannot_be_is_told_where_it_stands(manifest: str) -> None:
    Path(manifest).write_text(MANIFEST.replace("created_by", "made_by"))

    loaded = read(manifest, lock={})

    assert ("OT201", 6) in [
        (found.code, found.place and found.place.line) for found in loaded.diagnostics
    ]


@pytest.mark.parametrize(
    "query", [Query("models"), Query("models", "a b/ü&="), Query("models", "", "2026-11-01")]
)
def test_a_question_is_known_again_by_its_name(query: Query) -> None:
    assert query_of(str(query)) == query


def test_what_is_no_question_is_none() -> None:
    assert query_of("path:data") is None


def test_a_day_begins_in_utc() -> None:
    assert Query("models", since="1970-01-02").start == 86400
    assert Query("models").start == 0


def test_an_answer_may_be_empty() -> None:
    assert answered(answer([])) == []
    assert answered(answer(["b", "a"])) == ["a", "b"]
