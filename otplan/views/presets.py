"""The settings that have a name, and what they say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from otplan.core.resource import NamedFile
from otplan.views import answer
from otplan.views.style import Style
from otplan.views.table import table

Preset: TypeAlias = tuple[str, NamedFile]
"""A family and one of its presets."""

_HEADERS = ("FAMILY", "PRESET")


def text(presets: Sequence[Preset], style: Style) -> str:
    """Return a row for each preset."""
    return table(_HEADERS, [[family, file.path] for family, file in presets], style)


def whole(presets: Sequence[Preset]) -> str:
    """Return what presets say as YAML, each under a comment that names it."""
    import yaml

    return "\n".join(
        f"# {file.path}, a preset of {family}\n{yaml.safe_dump(file.values, sort_keys=False)}"
        for family, file in presets
    )


def json(presets: Sequence[Preset]) -> str:
    """Return a document with every preset in full."""
    rows = [{"family": family, "name": f.path, "values": f.values} for family, f in presets]
    return answer.json(presets=rows)
