"""Fingerprints: equal when, and only when, the same result would be made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

from otplan.core.stage import UNPINNED, Draft
from otplan.core.values import canonical

VERSION = "v1"
"""Version of the algorithm. A frozen table of fingerprints guards it (tests/fingerprint)."""

INPUT = "input."
"""Prefix of the components that are fingerprints of what is read."""


def components(draft: Draft, inputs: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return what decides the result: dotted path, or `input.<NAME>`, to canonical JSON.

    `inputs` maps each input's name to the fingerprints it reads, in order. Neither a resource's
    name nor a path of a machine is in it, so that renaming and moving change nothing.
    """
    own = {path: canonical(value) for path, value in draft.result.items()}
    return own | {f"{INPUT}{name}": canonical(list(read)) for name, read in inputs.items()}


def fingerprint(kind: str, role: str, parts: Mapping[str, str]) -> str:
    """Hash the kind, the role and every component to `v1:` and 40 hexadecimal digits."""
    text = canonical([kind, role, sorted(parts.items())])
    return f"{VERSION}:{sha256(text.encode()).hexdigest()[:40]}"


def unpinned(label: str) -> str:
    """Return the stand-in for a fingerprint that nobody can know yet."""
    return f"{UNPINNED}{sha256(label.encode()).hexdigest()[:40]}"


def declared(draft: Draft) -> dict[str, str]:
    """Return the declared values behind the script and its arguments, as canonical JSON."""
    return {path: canonical(value) for path, value in draft.script.items()}


def digest(cluster: str, values: Mapping[str, str]) -> str:
    """Hash declared values to the submission digest, 16 hexadecimal digits.

    The script's text, the code, the attempt and otplan's version are not in it: a commit or an
    upgrade replaces no job.
    """
    return sha256(canonical([cluster, sorted(values.items())]).encode()).hexdigest()[:16]
