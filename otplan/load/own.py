"""What the user said once for every manifest: `catalog.yaml` in their config folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from otplan.errors import ManifestInvalid
from otplan.load import text
from otplan.load.check import Checker
from otplan.load.compose import compose
from otplan.load.declared import top
from otplan.load.node import plain
from otplan.load.report import Report

NAME = "catalog.yaml"


def catalog(folder: str) -> Mapping[str, str]:
    """Return what the file says, empty where there is none; as `catalog` of a manifest.

    Raise ManifestInvalid where it says something else.
    """
    path = str(Path(folder, NAME))
    if not folder or not Path(path).exists():
        return {}
    report = Report()
    written = text.read(path, path, report)
    root = compose(written, path, report) if written is not None else None
    if root is not None:
        Checker("", report).check(root, top().fields["catalog"], "catalog")
    if report.count:
        raise ManifestInvalid(report.ordered(path))
    return plain(root) if root is not None else {}
