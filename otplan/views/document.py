"""JSON for programs: versioned, indented, and byte for byte equal for equal values.

Within a version, members are only ever added; a reader ignores those it does not know.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from otplan.core.values import Value

FORMAT_VERSION = "1.0"


def encode(value: Value) -> str:
    """Return a document: members of dataclasses in their order, keys of mappings sorted."""
    raw = msgspec.json.encode(value, enc_hook=_plain, order="deterministic")
    return msgspec.json.format(raw, indent=2).decode() + "\n"


def _plain(value: Value) -> Value:
    """Turn the one kind of mapping that msgspec does not know, a read-only view, into a dict."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")
