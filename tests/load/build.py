"""Manifests for tests: written to a folder, read, and what was said about them."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from otplan.core.resource import Resource
from otplan.load.compose import compose
from otplan.load.manifest import Loaded, read
from otplan.load.node import Node
from otplan.load.report import Report

HEAD = "otplan: 1\nworkspace: demo\n"


def node(text: str) -> Node:
    """Return a text as a node; it must be sound."""
    report = Report()
    composed = compose(dedent(text), "a.yaml", report)
    assert report.ordered("a.yaml") == ()
    assert composed is not None
    return composed


def loaded(folder: Path, body: str, **variables: str) -> Loaded:
    """Return what a manifest of this body says; program.py and config.yaml lie beside it."""
    (folder / "program.py").write_text("print()\n")
    manifest = folder / "manifest.yaml"
    manifest.write_text(HEAD + dedent(body))
    return read(str(manifest), variables=variables)


def sound(folder: Path, body: str, **variables: str) -> dict[str, Resource]:
    """Return the resources of a manifest without any finding, by address."""
    result = loaded(folder, body, **variables)
    assert said(result) == []
    return {str(resource.address): resource for resource in result.resources}


def said(result: Loaded) -> list[str]:
    """Return the findings, each as `line:column code message`."""
    return [
        f"{found.place.line}:{found.place.column} {found.code} {found.message}"
        for found in result.diagnostics
        if found.place
    ]
