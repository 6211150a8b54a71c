"""Hostile texts in every place of a manifest: refused with their line, or run without harm.

Every place is tried alone; then those that were accepted stand in one resource for each way of
being run, whose scripts really run. What a program is told must be what was written.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from otplan.core.job import Order
from otplan.core.stage import Program, Stage
from otplan.errors import Diagnostic, Severity
from otplan.operations.project import Asked, Linted, examine, lint
from otplan.schedulers.slurm.argv import sbatch
from otplan.shell.here import Here
from otplan.views import diagnostics, dot, mermaid, tree
from otplan.views.graph import nodes
from otplan.views.style import Style
from tests.sheet.hostile import BASES, SCHEMA, VALUES, Path_, Point, points, put, texts
from tests.sheet.hostile_jobs import Ran, Sandbox

FIRST = ("everything", "substitution", "option", "parents", "null", "long")
"""Texts that are tried in every run; the others are variations of them."""

CASES = [
    pytest.param(name, marks=() if name in FIRST else pytest.mark.slow, id=name.replace(" ", "-"))
    for name in VALUES
]
UNQUOTED = """{% extends "base.sbatch.j2" %}
{% block work %}
otplan_launch {{ stage.program.argv|join(" ")|raw }}
{% endblock %}"""

_OPTION = re.compile(r"--[a-z-]+(=|\Z)")

NOT_FOUND, NO_INPUT = 127, 75
"""What a script ends with where there is no program of a name, and no input at a path."""

MANIFEST: dict[str, Any] = {
    "otplan": 1,
    "vars": {"k": {"type": "string", "default": ""}},
    "workspace": "hostile",
    "cluster": "site",
    "datasets": {"other": {"source": {"path": "one.txt"}}},
    "trainings": {"some": {"model": "m", "datasets": ["other"], "script": "one.py"}},
}


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_text_is_refused_with_its_line_or_harms_nobody(name: str, tmp_path: Path) -> None:
    text, sandbox = VALUES[name], Sandbox(tmp_path)
    sandbox.furnish(text)
    accepted = list(_accepted(sandbox, text))
    if not accepted:
        return
    project = sandbox.open(_together(accepted, text))
    before = sandbox.everything()

    ran = {
        stage.label: sandbox.run(project, stage)
        for stage in project.graph.stages
        if not stage.given
    }

    told = {stage.label: stage.program for stage in project.graph.stages}
    assert sandbox.everything() - before <= {"code/outputs"}
    assert all(_is_ordered_as_said(stage) for stage in project.graph.stages)
    for label, one in ran.items():
        if not _is_nowhere(one, told[label], text):
            assert (label, one.code, one.log) == (label, 0, "")
            assert one.heard(told[label]), label
    assert _arrives(text, ran)


@pytest.mark.parametrize("name", CASES)
def test_what_stands_around_the_resources_is_refused_with_its_line_or_accepted(
    name: str, tmp_path: Path
) -> None:
    text, sandbox = VALUES[name], Sandbox(tmp_path)
    sandbox.furnish(text)
    before = sandbox.everything()

    for path, manifest in _around(text):
        linted = lint(sandbox.write(manifest), Here())
        lines = [_line(one) for one in linted.diagnostics if one.severity is Severity.ERROR]
        assert lines or linted.loaded.resources, path

    assert sandbox.everything() - before == {"code/manifest.yaml"}


def test_no_view_lets_a_control_character_through(tmp_path: Path) -> None:
    text, sandbox = VALUES["control"], Sandbox(tmp_path)
    sandbox.furnish(text)
    accepted = list(_accepted(sandbox, text))
    sources = {str(sandbox.manifest): sandbox.manifest.read_text().splitlines()}
    linted = examine(Asked(str(sandbox.manifest)), Here())
    drawn = nodes(sandbox.open(_together(accepted, text)).graph.resolved)

    shown = {
        "lint": diagnostics.text(linted.diagnostics, Style(), sources),
        "annotations": diagnostics.github(linted.diagnostics),
        "tree": tree.tree(drawn, Style()),
        "dot": dot.dot("hostile", drawn),
        "mermaid": mermaid.mermaid(drawn),
    }

    lines = {name: "".join(shown[name].split("\n")) for name in shown}
    assert {name for name, line in lines.items() if not line.isprintable()} == set()


def test_a_text_that_no_template_quotes_is_found(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path)
    sandbox.furnish("")
    (tmp_path / "code/templates").mkdir()
    (tmp_path / "code/templates/script.run.sbatch.j2").write_text(UNQUOTED)
    script = {"command": ["run", VALUES["substitution"]]}
    project = sandbox.open(MANIFEST | {"scripts": {"it": script}})
    (stage,) = (one for one in project.graph.stages if one.role == "run")

    ran = sandbox.run(project, stage)

    assert "canary" in sandbox.everything(), ran.log


def _around(text: str) -> Iterator[tuple[Path_, dict[str, Any]]]:
    """Yield manifests with a text at one place that is in no resource, and the place."""
    for path, key in texts(SCHEMA):
        if path[:1] not in [(section,) for section in (*BASES, "defaults")] or len(path) == 1:
            manifest = copy.deepcopy(MANIFEST)
            put(manifest, Point("", "", path, key), text)
            yield path, manifest


def _accepted(sandbox: Sandbox, text: str) -> Iterator[Point]:
    """Yield the places that take a text; each other place must be named in an error's line."""
    every = points()
    manifest = copy.deepcopy(MANIFEST)
    for number, point in enumerate(every):
        one = point.with_(text) | ({} if point.path == ("replicate",) else {"replicate": number})
        manifest.setdefault(point.section, {})[f"h{number}"] = one
    linted = examine(sandbox.write(manifest), Here())
    refused = _refused(sandbox.manifest.read_text(), linted)
    loaded = {one.address.name for one in linted.loaded.resources}
    if not loaded:
        assert refused
        return
    for number, point in enumerate(every):
        assert f"h{number}" in refused or f"h{number}" in loaded, f"{point} is gone"
        if f"h{number}" not in refused:
            yield point


def _refused(manifest: str, linted: Linted) -> set[str]:
    """Return the resources in whose lines an error stands."""
    at, name = {}, ""
    for number, line in enumerate(manifest.splitlines(), 1):
        name = line.split('"')[1] if line.startswith('  "') else name
        at[number] = name
    return {at[_line(found)] for found in linted.diagnostics if found.severity is Severity.ERROR}


def _line(found: Diagnostic) -> int:
    assert found.place is not None, found
    assert found.place.line, found
    return found.place.line


def _together(accepted: list[Point], text: str) -> dict[str, Any]:
    """Return a manifest with one resource for each base, and a text at all places at once."""
    manifest = copy.deepcopy(MANIFEST)
    made: dict[tuple[str, str], dict[str, Any]] = {}
    for number, point in enumerate(accepted):
        key = (point.section, point.base)
        fields = made.setdefault(key, copy.deepcopy(BASES[point.section][point.base]))
        path = tuple(f"k{number}" if step == "k" else step for step in point.path)
        put(fields, replace(point, path=path), text)
    manifest["vars"]["k"]["default"] = text
    variable = {"script": "one.py", "args": {"k": "${var.k}"}, "env": {"K": "a${var.k}"}}
    manifest["scripts"] = {"variable": variable}
    for number, ((section, base), fields) in enumerate(made.items()):
        fields.pop("cluster", None)
        manifest.setdefault(section, {})[base] = fields | {"replicate": number}
    return manifest


def _is_nowhere(one: Ran, program: Program, text: str) -> bool:
    """Tell whether a script ended since what a text names is not there."""
    if one.code == NO_INPUT:
        return "there is nothing at" in one.log and one.log.endswith(f"{text}\n")
    return one.code == NOT_FOUND and program.argv[:1] == (text,)


def _is_ordered_as_said(stage: Stage) -> bool:
    """Tell whether sbatch is told each option of a stage as one word, and nothing else."""
    order = Order("n", "/s.sh", "/", "/log", "c", stage.limits, options=stage.options)
    _, *words, script = sbatch(order, requeue=True)
    said = {f"--{name}={value}" for name, value in stage.options.items() if value}
    return said <= set(words) and script == "/s.sh" and all(map(_OPTION.match, words))


def _arrives(text: str, ran: dict[str, Ran]) -> bool:
    """Tell whether a text reached some program as an argument and as a variable, if it may."""
    argv = [word for one in ran.values() for word in one.argv()]
    values = [value for one in ran.values() for value in one.environ().values()]
    return text in argv and text in values and f"a{text}" in values
