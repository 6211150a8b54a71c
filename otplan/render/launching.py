"""How a stage's program is started on its cluster: what the launch partial is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from otplan.core.cluster import Cluster
from otplan.core.stage import Stage, Where

PLAIN = "plain"
"""Just the program, on the first node."""


@dataclass(frozen=True, slots=True)
class Launching:
    """One start of a program: by what, on how many nodes, with how many processes on each.

    `options` are the launcher's own. `through` is the program that sends commands out of a site
    without internet; `offline` says that there is none for this stage.
    """

    launch: str
    nodes: int
    per_node: int
    options: tuple[str, ...]
    through: str
    offline: bool


def launching(stage: Stage, cluster: Cluster) -> Launching:
    """Return how a stage is started; its kind says what it wants in its program's `extra`.

    That is `launch` (`plain`, `srun`, `torchrun`, `accelerate`), `launch_options`, and `internet`:
    what a program needs of it wherever it runs, in words.
    """
    extra: dict[str, Any] = dict(stage.program.extra)
    moves, asks = stage.where is Where.INTERNET, bool(stage.program.outside)
    through = cluster.way_out(moves=moves, asks=asks)
    return Launching(
        launch=extra.get("launch", PLAIN),
        nodes=stage.limits.nodes,
        per_node=stage.limits.gpus or 1,
        options=tuple(extra.get("launch_options", ())),
        through=through or "",
        offline=through is None,
    )
