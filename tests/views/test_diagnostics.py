"""Findings are drawn for people, for programs, and for a pull request."""

import json as reader

import pytest

from otplan.errors import Diagnostic, Place, Severity, Unreachable
from otplan.views import errors
from otplan.views.diagnostics import github, json, summary, text
from otplan.views.style import Style
from tests.views.golden import check

PLAIN = Style(width=80)

SOURCES = {
    "manifests/a.yaml": ["otplan: 1\r\n", "trainings:", "\tlearning_rat: 1.0e-5", "x" * 300],
    "wide.yaml": ["名前: 値 # …", "e\u0301t: 1"],
}

FOUND = (
    Diagnostic(
        "OT101",
        Severity.ERROR,
        "`learning_rat` is no field of a training",
        Place("manifests/a.yaml", 3, 2),
        "training.sft",
        "did you mean `learning_rate`?",
    ),
    Diagnostic(
        "OT391",
        Severity.WARNING,
        "makes exactly what training.b makes",
        Place("manifests/a.yaml", 1, 1),
        help="tell them apart with\n    replicate: 2\n\n    seed: 1",
    ),
    Diagnostic("OT102", Severity.NOTE, "a long line", Place("manifests/a.yaml", 4, 150)),
    Diagnostic("OT103", Severity.ERROR, "two columns wide", Place("wide.yaml", 1, 5)),
    Diagnostic("OT103", Severity.ERROR, "no column of its own", Place("wide.yaml", 2, 4)),
    Diagnostic("OT104", Severity.ERROR, "beyond the file", Place("manifests/a.yaml", 99, 1)),
    Diagnostic("OT105", Severity.ERROR, "the whole file", Place("gone.yaml")),
    Diagnostic("OT106", Severity.ERROR, "no file at all"),
)


def test_findings_show_their_line_and_what_to_do() -> None:
    check("diagnostics.txt", text(FOUND, PLAIN, SOURCES))


def test_findings_are_coloured_for_who_can_show_it() -> None:
    drawn = text(FOUND[:2], Style(width=80, color=True), SOURCES)

    check("diagnostics-color.txt", drawn)


def test_findings_are_a_document() -> None:
    check("diagnostics.json", json(FOUND))


def test_findings_annotate_a_pull_request() -> None:
    check("diagnostics.github.txt", github(FOUND))


def test_nothing_ends_an_annotation_early() -> None:
    found = Diagnostic(
        "OT1", Severity.ERROR, "100%\r\nsee: a,b", Place("a,b:c%.yaml", 2, 3), "x", "h\nelp"
    )

    assert github([found]) == (
        "::error file=a%2Cb%3Ac%25.yaml,line=2,col=3,title=OT1::x: 100%25\\r%0Asee: a,b%0Ah%0Aelp\n"
    )


@pytest.mark.parametrize("column", [1, 40, 77, 150, 299, 300, 301])
def test_a_caret_points_into_a_long_line_wherever_it_is(column: int) -> None:
    line = "".join(chr(ord("a") + n % 26) for n in range(300))
    found = Diagnostic("OT1", Severity.ERROR, "here", Place("long.yaml", 1, column))

    _, shown, caret, *_ = text([found], PLAIN, {"long.yaml": [line]}).splitlines()

    pointed = shown[caret.index("^") : caret.index("^") + 1]
    assert pointed == line[column - 1 : column]
    assert len(shown) <= 80


def test_no_finding_moves_the_cursor() -> None:
    found = Diagnostic("OT1", Severity.ERROR, "a\x1b[2J", Place("a\x1b.yaml", 1, 1), help="\x1b")

    drawn = text([found], PLAIN, {"a\x1b.yaml": ["\x1b]0;title\x07 x"]})

    assert "\x1b" not in drawn
    assert "\x07" not in drawn


def test_a_clean_manifest_has_no_problems() -> None:
    assert summary([]) == "No problems."
    assert text([], PLAIN, {}) == "No problems.\n"
    assert github([]) == ""


def test_an_error_ends_with_what_to_do() -> None:
    error = Unreachable(
        "the queue of `big` did not answer",
        "ask again, or read what is known:\n  otplan plan --offline",
    )

    assert errors.text(error, PLAIN) == (
        "error: the queue of `big` did not answer\n"
        "  help: ask again, or read what is known:\n"
        "    otplan plan --offline\n"
    )
    assert reader.loads(errors.json(error))["exit_code"] == 8
