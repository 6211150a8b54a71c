"""What a new job waits for: the jobs of its parents that live, and of twins the one kept."""

from otplan.core.job import Edge, JobState
from otplan.planner.edges import edges, live_jobs
from tests.planner.world import Scene, chain, stage


def waits(scene: Scene, name: str) -> tuple[Edge, ...]:
    by_name = {one.fingerprint: one for one in scene.stages}
    return edges(by_name[f"v1:{name}"], by_name, live_jobs(scene.stages, scene.snapshot))


def test_what_is_done_needs_no_edge() -> None:
    scene = Scene(chain(2))
    scene.done("s0")
    scene.live("s0", JobState.RUNNING, 2)

    assert waits(scene, "s1") == ()


def test_what_lives_is_waited_for() -> None:
    scene = Scene(chain(2))
    job = scene.live("s0", JobState.PENDING)

    assert waits(scene, "s1") == (Edge(job),)


def test_of_twins_the_one_that_stays_is_waited_for() -> None:
    scene = Scene(chain(2))
    scene.live("s0", JobState.PENDING, 1)
    running = scene.live("s0", JobState.RUNNING, 2)

    assert waits(scene, "s1") == (Edge(running),)


def test_a_parent_that_is_read_twice_is_waited_for_once() -> None:
    scene = Scene([stage("a"), stage("b", "a", "a")])
    job = scene.live("a")

    assert waits(scene, "b") == (Edge(job),)


def test_edges_come_in_the_order_of_the_inputs() -> None:
    scene = Scene([stage("a"), stage("b"), stage("c", "b", "a")])
    first, second = scene.live("a"), scene.live("b")

    assert waits(scene, "c") == (Edge(second), Edge(first))
