"""otplan.lock: the revisions that floating names are pinned to, beside the manifest, in git."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from otplan.errors import ManifestInvalid
from otplan.load import text
from otplan.load.compose import compose
from otplan.load.node import BROKEN, Node
from otplan.load.report import Report

NAME = "otplan.lock"

_HEADER = (
    "# What the floating names of the manifests here were when they were first applied.\n"
    "# Keep it in git. `otplan update` moves it; nothing else does.\n"
)


def path(manifest: str) -> str:
    """Return where the lock of a manifest lies."""
    return str(Path(manifest).parent / NAME)


def read(manifest: str) -> Mapping[str, str]:
    """Return floating name → revision, empty where there is no lock.

    Raise ManifestInvalid where the lock says something else.
    """
    report = Report()
    pins = pinned(manifest, report)
    if report.count:
        raise ManifestInvalid(report.ordered(path(manifest)))
    return pins


def pinned(manifest: str, report: Report) -> Mapping[str, str]:
    """Return floating name → revision as far as the lock can be read; report the rest."""
    file = path(manifest)
    if not Path(file).exists():
        return {}
    written = text.read(file, file, report)
    node = compose(written, file, report) if written is not None else None
    if node is None or node.value is BROKEN:
        return {}
    if not isinstance(node.value, dict):
        _report(node, report)
        return {}
    for value in node.value.values():
        if not isinstance(value.value, str):
            _report(value, report)
    return {k: node.value for k, node in node.value.items() if isinstance(node.value, str)}


def written(manifest: str) -> int:
    """Return when the lock of a manifest was written, in seconds since the epoch; 0 for never."""
    try:
        return int(Path(path(manifest)).stat().st_mtime)
    except OSError:
        return 0


def write(manifest: str, pins: Mapping[str, str]) -> None:
    """Write the lock of a manifest, whole or not at all."""
    file = Path(path(manifest))
    # Beside it, so that replacing stays on one file system; per process, so that two do not mix.
    beside = file.with_name(f".{NAME}.{os.getpid()}")
    try:
        beside.write_bytes(content(pins))
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


def content(pins: Mapping[str, str]) -> bytes:
    """Return the bytes of a lock: one name a line, sorted, so that merges are easy."""
    lines = (f"{json.dumps(name)}: {json.dumps(pins[name])}\n" for name in sorted(pins))
    return (_HEADER + "".join(lines)).encode()


def _report(node: Node, report: Report) -> None:
    message = "The lock holds a name and its revision on each line, and this is something else."
    report.error(
        "OT403", node.spot, message, "Take it from git, or delete it and run:\n  otplan update"
    )
