"""The name of one declared thing: `training.sft[lr=1.0e-5,seed=1]`."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PATTERN = re.compile(
    r"^(?P<kind>[a-z]+)\.(?P<name>[A-Za-z0-9][\w.-]*)(?:\[(?P<labels>[^\]]+)\])?$"
)


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """A kind, a name, and the matrix labels as written, sorted by key.

    It names a resource to people. It decides nothing about a result: renaming moves nothing.
    """

    kind: str
    name: str
    labels: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """Return the address as users write it."""
        if not self.labels:
            return f"{self.kind}.{self.name}"
        return f"{self.kind}.{self.name}[{','.join(f'{k}={v}' for k, v in self.labels)}]"

    @property
    def slug(self) -> str:
        """Return the address in the characters a job name or folder may hold, at most 80."""
        text = "-".join([self.name, *(f"{k}{v}" for k, v in self.labels)])
        return re.sub(r"[^A-Za-z0-9._-]+", "-", text)[:80].strip(".-") or self.kind


def parse(text: str) -> Address:
    """Read an address as users write it; raise ValueError with the form it should have."""
    match = _PATTERN.match(text)
    if match is None:
        raise ValueError(f"`{text}` is not an address; one looks like training.sft[lr=1.0e-5]")
    pairs = [pair.partition("=") for pair in (match["labels"] or "").split(",") if pair]
    return Address(
        match["kind"], match["name"], tuple(sorted((k.strip(), v.strip()) for k, _, v in pairs))
    )
