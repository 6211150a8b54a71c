"""A second look at what is waited for: at that element, at all of an array, and behind joins."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from otplan.core.cluster import Cluster
from otplan.core.job import Abilities, Job, JobRef, JobState, Observed
from otplan.errors import Place
from otplan.operations.ground import Person, Records, ground
from otplan.operations.parents import look_again
from otplan.operations.progress import Silent
from otplan.operations.submission import Submission
from otplan.planner import joins
from otplan.planner.edges import edges
from otplan.schedulers.fake import Fake
from tests.planner.world import NOW, Scene, stage

LATER = NOW + 1000
REF = JobRef("c", "77")
BARE = Job(REF, "theirs", JobState.RUNNING, None)


class Told(Fake):
    """A queue that says what a test wants, of the jobs it is asked for."""

    answer: Observed

    @property
    def abilities(self) -> Abilities:
        """Forget as Slurm does."""
        return replace(super().abilities, forgets=300)

    def observe(self, known: Any, lost: Any, since: Any, strangers: Any = ()) -> Observed:  # noqa: ANN401
        return replace(self.answer, jobs=tuple(j for j in self.answer.jobs if j.ref in known))


def submission(
    folder: Path,
    scene: Scene,
    jobs: dict[tuple[str, int], JobRef],
    *said: Job,
    **more: Any,  # noqa: ANN401 - any field of it
) -> Submission:
    person = Person("me", clock=lambda: LATER, pause=lambda _: None, progress=Silent())
    cluster = Cluster("c", "slurm", str(folder / "experiments"), Place("c.yaml"))
    told = Told("c")
    told.answer = Observed("c", LATER, said, **more)
    usual = ground("w", {"c": cluster}, Records("sqlite", str(folder / "r.db")), person)
    usual = replace(usual, schedulers={"c": told})
    return Submission(usual, scene.graph, scene.snapshot, 1, dict(jobs))


def test_an_element_that_failed_meanwhile_is_not_waited_for(tmp_path: Path) -> None:
    scene = Scene([stage("a", after=("77_3",))])
    said = [replace(BARE, element=3, state=JobState.FAILED), replace(BARE, element=4)]
    sub = submission(tmp_path, scene, {("c:77_3", -1): REF}, *said)

    kept = look_again(sub, scene.stages, {"v1:a": scene.stages[0]})

    assert kept == []


def test_an_element_that_is_forgotten_is_not_waited_for(tmp_path: Path) -> None:
    scene = Scene([stage("a", after=("77_3",))])
    sub = submission(tmp_path, scene, {("c:77_3", -1): REF}, replace(BARE, element=4))

    assert look_again(sub, scene.stages, {"v1:a": scene.stages[0]}) == []


def test_another_element_that_failed_holds_nothing_back(tmp_path: Path) -> None:
    scene = Scene([stage("a", after=("77_3",))])
    said = [
        replace(BARE, element=3, state=JobState.COMPLETED),
        replace(BARE, element=4, state=JobState.FAILED),
    ]
    sub = submission(tmp_path, scene, {("c:77_3", -1): REF}, *said)

    assert look_again(sub, scene.stages, {"v1:a": scene.stages[0]}) == list(scene.stages)


def test_a_part_of_an_array_that_ended_well_is_not_all_of_it(tmp_path: Path) -> None:
    scene = Scene([stage("a", after=("77",))])
    said = [replace(BARE, element=e, state=JobState.COMPLETED) for e in (5, 6)]
    more = {"past_unknown": "no accounting now"}
    sub = submission(tmp_path, scene, {("c:77", -1): REF}, *said, **more)

    assert look_again(sub, scene.stages, {"v1:a": scene.stages[0]}) == []


def test_behind_a_join_that_ended_meanwhile_nothing_old_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joins, "MOST", 3)
    parents = [stage(f"p{n}") for n in range(4)]
    made = tuple(joins.with_joins([*parents, stage("all", *(f"p{n}" for n in range(4)))]))
    scene = Scene(made)
    jobs = {(one.fingerprint, 0): JobRef("c", str(n)) for n, one in enumerate(made[:-1])}
    ended = [Job(job, "", JobState.COMPLETED) for (f, _), job in jobs.items()]
    sub = submission(tmp_path, scene, jobs, *ended)
    stages = {one.fingerprint: one for one in made}

    kept = look_again(sub, made[-1:], stages)

    assert kept == [made[-1]]
    assert edges(made[-1], stages, sub.jobs) == ()
