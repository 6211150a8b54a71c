"""What differs between kinds, as values: one module per kind, and the table that names them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from otplan.kinds import consolidation, dataset, eval_, script, training
from otplan.kinds.protocol import Kind

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        dataset.NAME: dataset,
        training.NAME: training,
        consolidation.NAME: consolidation,
        eval_.NAME: eval_,
        script.NAME: script,
    }
)
