"""How often is looked, while somebody waits."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from otplan.operations.waiting import pause_of


@dataclass
class Ground:
    """As much of a ground as is asked for."""

    clusters: dict[str, Any] = field(default_factory=dict)


@pytest.mark.parametrize(
    ("schedulers", "seconds"), [(["local"], 0.2), (["slurm"], 60.0), (["local", "slurm"], 60.0)]
)
def test_the_most_patient_cluster_says_how_often(schedulers: list[str], seconds: float) -> None:
    clusters = {name: type("Cluster", (), {"scheduler": name}) for name in schedulers}

    assert pause_of(Ground(clusters)) == seconds  # type: ignore[arg-type]
