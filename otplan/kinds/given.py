"""What exists already, as a stage: which content is meant counts, and not where it lies."""

from __future__ import annotations

from collections.abc import Iterator

from otplan.core import hub
from otplan.core.resource import Resource
from otplan.core.stage import Draft, Limits, Program
from otplan.errors import Diagnostic
from otplan.kinds.result import replicate
from otplan.kinds.rules import finding


def given(resource: Resource, kind: str) -> Draft:
    """Return the stage of a resource's `source`: a path, or a repo of a kind on the Hub."""
    path, name = resource.get("source.path"), resource.get("source.repo")
    floating = hub.floating(kind, name, resource.get("source.revision")) if name else None
    pin = resource.pins.get(str(floating) if floating else f"path:{path}", "")
    return Draft(
        role="source",
        template="",
        result={"source": pin} | replicate(resource),
        script={},
        program=Program(),
        limits=Limits(),
        given=str(floating.at(pin)) if floating else path,
        pinned=bool(pin),
    )


def check_source(resource: Resource) -> Iterator[Diagnostic]:
    """Yield a source that is neither a path nor a repo, or both."""
    source = resource.get("source")
    if source is not None and ("path" in source) == ("repo" in source):
        message = "A source is either a `path` here or a `repo` of the Hub."
        yield finding(resource, "OT560", "source", message, "Write one of the two.")
