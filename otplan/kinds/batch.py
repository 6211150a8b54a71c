"""The batch of a training: how its global size is made on the GPUs that there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from otplan.core.resource import Resource
from otplan.core.values import Value

GLOBAL, PER_DEVICE, ACCUMULATED = (
    "global_batch_size",
    "per_device_train_batch_size",
    "gradient_accumulation_steps",
)

_PER_MODEL = (
    "tensor_model_parallel_size",
    "pipeline_model_parallel_size",
    "context_parallel_size",
    "sequence_parallel_size",
)
"""Settings by which several processes work on one example (Megatron-LM: world = TP·PP·CP·DP).

Experts are spread over those that exist already, so their number divides nothing here.
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """Examples in each step: on every rank `per_device` at once, `accumulated` times.

    `ranks` are those that work on examples of their own. `accumulated` is 0 where `size` cannot
    be had.
    """

    size: int
    per_device: int
    ranks: int
    accumulated: int

    @property
    def words(self) -> str:
        """Return the arithmetic: `batch 64 = 1 x 8 ranks x 8 accumulated`."""
        return f"batch {self.size} = {self.per_device} x {self.ranks} ranks x {self.accumulated}"


def batch(resource: Resource, settings: Mapping[str, Value]) -> Batch:
    """Return the batch that is declared, or that follows where none is.

    Settings without a number where one belongs count as absent: they are told elsewhere.
    """
    size: int = resource.get(GLOBAL) or _count(settings, GLOBAL, 0)
    per_device = _count(settings, PER_DEVICE, 1 if size else 8)
    ranks = max(1, processes(resource) // prod(_count(settings, key, 1) for key in _PER_MODEL))
    if not size:
        accumulated = _count(settings, ACCUMULATED, 1)
        return Batch(per_device * ranks * accumulated, per_device, ranks, accumulated)
    accumulated, rest = divmod(size, per_device * ranks)
    return Batch(size, per_device, ranks, 0 if rest else accumulated)


def processes(resource: Resource) -> int:
    """Return how many processes train: one for each GPU, one for each node without any."""
    nodes: int = resource.get("nodes", 1)
    gpus: int = resource.get("gpus", 0)
    return nodes * max(1, gpus)


def _count(settings: Mapping[str, Value], key: str, usual: int) -> int:
    value = settings.get(key)
    return value if isinstance(value, int) and value > 0 else usual
