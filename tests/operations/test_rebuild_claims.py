"""A claim of an earlier attempt that nobody started names the job of the later one."""

from pathlib import Path

import msgspec

from otplan.core import layout
from otplan.core.cluster import Cluster
from otplan.core.record import FactKind
from otplan.errors import Place
from otplan.operations.ground import Person, Records, ground
from otplan.operations.progress import Silent
from otplan.operations.rebuild import rebuild
from tests.planner.world import NOW, Scene, stage


def test_the_job_of_a_later_attempt_is_not_that_of_the_one_it_holds_too(tmp_path: Path) -> None:
    home = tmp_path / "experiments"
    run = home / "w" / "0123456789abcdef"
    (home / "w").mkdir(parents=True)
    (home / "w" / "workspace.json").write_text('{"otplan": "1", "workspace": "w", "id": "w-1"}')
    scene = Scene([stage("a")])
    for n in (1, 2):
        row = scene.tried("a", n, folder=str(run))
        (run / f"attempt-{n}").mkdir(parents=True)
        Path(layout.intent_path(str(run), n)).write_bytes(msgspec.json.encode(row))
        # templates/base.sbatch.j2, step 2: attempt 2 also holds attempt 1, that never started.
        Path(layout.claim_path(str(run), n)).write_text("200\n")
    person = Person("me", clock=lambda: NOW, pause=lambda _: None, progress=Silent())
    cluster = Cluster("c", "slurm", str(home), Place("c.yaml"))
    stand = ground(
        "w",
        {"c": cluster},
        Records("sqlite", str(tmp_path / "r.db")),
        person,
    )

    rebuild(stand, "git@host:project#m.yaml")
    facts = stand.registry.read("w").facts
    jobs = {f.n: f.values["job"] for f in facts if f.kind is FactKind.SUBMITTED}

    assert jobs == {2: "200"}
