"""The files a script leaves, as values: the completion marker, and the result of an attempt.

Both are flat JSON with one key a line, so that the script can read them with bash alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from otplan.core.evidence import Result

_FILE = "file."


@dataclass(frozen=True, slots=True)
class Marker:
    """What `done.json` says: what was made, by which attempt, where, and each file's bytes."""

    fingerprint: str
    attempt: int
    output: str
    files: Mapping[str, int]


def read(content: bytes) -> Marker | None:
    """Return a marker; None where the bytes are none."""
    found = _object(content)
    files = {k.removeprefix(_FILE): v for k, v in found.items() if k.startswith(_FILE)}
    match found:
        case {"fingerprint": str(fingerprint), "attempt": int(attempt), "output": str(output)}:
            whole = all(isinstance(size, int) for size in files.values())
            return Marker(fingerprint, attempt, output, files) if whole else None
        case _:
            return None


def write(marker: Marker) -> bytes:
    """Return a marker as the script would write it."""
    values = {
        "otplan": 1,
        "fingerprint": marker.fingerprint,
        "attempt": marker.attempt,
        "output": marker.output,
    } | {f"{_FILE}{name}": size for name, size in marker.files.items()}
    text = json.dumps(values, indent=0, ensure_ascii=False)
    return f"{text}\n".encode(errors="surrogateescape")


def read_result(content: bytes) -> Result | None:
    """Return what an attempt wrote last; None where the bytes say nothing of the kind."""
    match _object(content):
        case {"job": str(job), "restarts": int(restarts), "exit_code": int(code), **rest}:
            return Result(job, restarts, code, str(rest.get("cause", "")), _int(rest.get("ended")))
        case _:
            return None


def read_metrics(content: bytes) -> Mapping[str, Any]:
    """Return the metrics a program left; none where its file holds no JSON object.

    They are recorded, so they hold only what every database takes: a number that is none, or is
    infinite, is null, and a character that is none is `?`.
    """
    told = json.dumps(_object(content), ensure_ascii=False)
    return _object(told.encode(errors="replace"))


def _object(content: bytes) -> dict[str, Any]:
    try:
        text = content.decode(errors="surrogateescape")
        found = json.loads(text, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _finite(text: str) -> float | None:
    number = float(text)
    return number if isfinite(number) else None


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0
