"""The codes of what shows only when references are followed: one line each, never reused."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CODES: Mapping[str, str] = MappingProxyType(
    {
        "OT390": "resources wait for each other",
        "OT391": "two resources would make exactly the same",
    }
)
