"""Keep what is known to be secret out of what is shown: a job may have printed it."""

from __future__ import annotations

import re

from otplan.operations.ground import Ground

SHORTEST = 8
"""Characters below which a value is a setting rather than a secret, and would be found anywhere."""

_ASSIGNED = re.compile(r"""\b[A-Za-z_]\w*=('[^']*'|"[^"]*"|[^\s;&|'"]+)""")
"""Wherever it stands: after `export`, beside another one, before a comment."""


def scrubbed(ground: Ground, cluster: str, text: str) -> str:
    """Return a text without the values of the cluster's secrets file, as far as it can be read."""
    for value in _values(ground, cluster):
        text = text.replace(value, "***")
    return text


def _values(ground: Ground, cluster: str) -> list[str]:
    """Return the values that the secrets file sets, the longest first."""
    path = ground.clusters[cluster].secrets
    if not path:
        return []
    content = ground.shells[cluster].read([path])[path] or b""
    found = _ASSIGNED.findall(content.decode(errors="replace"))
    values = {value.strip("\"'") for value in found}
    return sorted((v for v in values if len(v) >= SHORTEST), key=len, reverse=True)
