"""The short answer of a command that did one thing, as a document."""

from __future__ import annotations

from otplan.core.values import Value
from otplan.views import document


def json(**members: Value) -> str:
    """Return a document with these members after its version, in the order given."""
    return document.encode({"format_version": document.FORMAT_VERSION, **members})
