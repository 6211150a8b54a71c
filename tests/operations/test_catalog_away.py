"""A catalog that is away hides nothing of what was done before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from otplan.core.catalog import CatalogRow
from otplan.core.cluster import Cluster
from otplan.core.report import Event
from otplan.core.resource import Resource
from otplan.errors import OtplanError, Place, Unreachable
from otplan.operations.apply import serve
from otplan.operations.ground import Person, Records, ground
from otplan.operations.planning import Planned
from otplan.operations.progress import Silent
from otplan.planner.plan import plan as decide
from otplan.schedulers.fake import Fake
from tests.planner.world import NOW, Scene, stage


@dataclass
class Away:
    """A catalog that nobody reaches, or that takes nothing."""

    trouble: OtplanError

    def write(self, rows: Sequence[CatalogRow], trials: object) -> None:
        raise self.trouble


@pytest.mark.parametrize("kind", [Unreachable, OtplanError])
def test_what_was_done_is_reported_though_the_catalog_is_away(
    tmp_path: Path, kind: type[OtplanError]
) -> None:
    trouble = kind("the catalog cannot be asked now", "Try again.")
    person = Person("me", clock=lambda: NOW, pause=lambda _: None, progress=Silent())
    cluster = Cluster("c", "slurm", str(tmp_path / "experiments"), Place("c.yaml"))
    usual = ground("w", {"c": cluster}, Records("sqlite", str(tmp_path / "r.db")), person)
    away = replace(usual, schedulers={"c": Fake("c")}, catalog=Away(trouble))  # type: ignore[arg-type]
    made = stage("a")
    declared = Resource(made.addresses[0], {}, Place("m.yaml", 1), {}, {}, "c")
    scene = Scene([made], resources={made.addresses[0]: declared})
    scene.done("a")

    report = serve(
        away, scene.graph, Planned(decide(scene.graph, scene.snapshot), scene.snapshot), 1
    )

    assert [(each.label, each.event) for each in report.outcomes] == [
        ("the catalog", Event.HELD_BACK)
    ]
    assert report.outcomes[0].help == "otplan sync"
    assert report.partial
