"""Two clusters may share one folder of experiments; what one allows is not what the other does."""

from dataclasses import replace
from pathlib import Path

from otplan.core.cluster import Cluster
from otplan.core.site import Controller, SiteLimits
from otplan.errors import Place
from otplan.operations.ground import Person, Records, ground
from otplan.operations.limits import abilities, ask, kept
from otplan.operations.progress import Silent
from otplan.schedulers.fake import Fake
from tests.planner.world import NOW


def test_each_cluster_keeps_its_own_limits(tmp_path: Path) -> None:
    person = Person("ada", clock=lambda: NOW, pause=lambda _: None, progress=Silent())
    home = str(tmp_path / "experiments")
    clusters = {name: Cluster(name, "slurm", home, Place(f"{name}.yaml")) for name in "ab"}
    fakes = {name: Fake(name) for name in "ab"}
    for name, age in (("a", 2), ("b", 300)):
        fakes[name].said = SiteLimits(at=NOW, controller=Controller("22.05.8", min_job_age=age))
    usual = ground("w", clusters, Records("sqlite", str(tmp_path / "r.db")), person)
    stand = replace(usual, schedulers=fakes)

    ask(stand, ["a", "b"])

    assert kept(stand) == {name: fakes[name].said for name in "ab"}
    assert abilities(stand, kept(stand))["a"].forgets == 2
