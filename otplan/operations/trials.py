"""The trials of an eval, as its job left them beside its metrics: read only to be written down."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

import msgspec

from otplan.catalogs.protocol import Trials
from otplan.core.catalog import TRIAL_ROWS, CatalogKey, CatalogRow
from otplan.core.graph import Graph
from otplan.core.layout import TRIALS
from otplan.core.snapshot import Snapshot
from otplan.core.trial import Trial
from otplan.errors import OtplanError
from otplan.operations.ground import Ground

_LINES = msgspec.json.Decoder(Trial)
_MOST = 1 << 28
"""Bytes of one file that are read: some 400,000 trials."""


def missing(rows: Iterable[CatalogRow], snapshot: Snapshot) -> list[CatalogRow]:
    """Return the evals whose trials are to have rows and do not, as far as the catalog knows."""
    return [
        row
        for row in rows
        if row.values.get(TRIAL_ROWS)
        and ((there := snapshot.rows.get(row.key)) is None or TRIAL_ROWS in row.differing(there))
    ]


def read(
    ground: Ground, graph: Graph, snapshot: Snapshot, rows: Sequence[CatalogRow]
) -> tuple[Trials, dict[CatalogKey, OtplanError]]:
    """Return the trials of evals, and why those of others cannot be had, by their keys."""
    stages = {stage.fingerprint: stage for stage in graph.stages}
    trials: dict[CatalogKey, Sequence[Trial]] = {}
    troubles: dict[CatalogKey, OtplanError] = {}
    for row in rows:
        stage = stages[row.fingerprint]
        done = snapshot.cell(stage.fingerprint, 0).done
        path = f"{done.output}/{TRIALS}" if done else TRIALS
        try:
            content = ground.shells[stage.cluster].read([path], limit=_MOST)[path]
            trials[row.key] = _parsed(content, path, row)
        except OtplanError as error:
            troubles[row.key] = error
    return trials, troubles


def _parsed(content: bytes | None, path: str, row: CatalogRow) -> list[Trial]:
    """Return the trials in a file; raise OtplanError where it is not what the job left."""
    said, none = row.values[TRIAL_ROWS], "its trials get no rows"
    if content is None:
        raise OtplanError(f"{none}: there is no {path}")
    if f"sha256:{sha256(content).hexdigest()}" != said["digest"]:
        raise OtplanError(f"{none}: {path} is not what its job left there")
    try:
        trials = _LINES.decode_lines(content)
    except msgspec.MsgspecError as error:
        raise OtplanError(f"{none}: a line of {path} tells of no trial ({error})") from error
    if len(trials) != said["count"]:
        raise OtplanError(f"{none}: {path} has {len(trials)}, and `n_trials` is {said['count']}")
    return trials
