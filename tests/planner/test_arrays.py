"""Arrays: every element has a lot of its own, and a job goes only where all of it may."""

from dataclasses import replace

from otplan.core.evidence import Finding
from otplan.core.job import Edge, Job, JobState
from otplan.core.plan import Action
from otplan.core.record import FactKind
from otplan.core.stage import Stage
from otplan.planner.edges import edges, live_jobs
from tests.planner.world import Scene, only, stage

PENDING, RUNNING, FAILED = JobState.PENDING, JobState.RUNNING, JobState.FAILED
COMPLETED = JobState.COMPLETED


def array(size: int = 3, **more: object) -> list[Stage]:
    """Return an array and a child that reads it."""
    return [stage("a", elements=size, **more), stage("child", "a")]


def test_an_array_is_submitted_whole() -> None:
    scene = Scene(array())

    change = only(scene.plan().changes[:1], Action.SUBMIT)

    assert scene.told() == ["+ a new", "+ child new"]
    assert change.elements == (0, 1, 2)


def test_an_array_is_done_when_all_its_elements_are() -> None:
    scene = Scene(array())
    scene.done("a")

    assert scene.told() == ["= a done", "+ child new"]


def test_an_array_of_one_element_is_still_an_array() -> None:
    scene = Scene(array(1))

    assert scene.plan().changes[0].elements == (0,)


def test_a_failed_element_is_submitted_alone_and_its_child_waits_for_each() -> None:
    scene = Scene(array(attempts=2))
    old = scene.live("a", RUNNING)
    scene.jobs[1] = _over(scene.jobs[1], FAILED)

    change = only(scene.plan().changes[:1], Action.SUBMIT)
    new = scene.live("a", PENDING, change.n, elements=change.elements)

    assert (change.n, change.elements) == (2, (1,))
    assert _edges(scene) == (Edge(old, 0), Edge(new, 1), Edge(old, 2))


def test_a_queued_child_is_re_edged_to_the_elements_that_count() -> None:
    scene = Scene(array(attempts=2))
    scene.live("a", RUNNING)
    scene.jobs[1] = _over(scene.jobs[1], FAILED)
    scene.live("child", PENDING)

    assert scene.told() == ["+ a again", "~ child reedge"]


def test_a_child_waits_for_the_whole_array_where_one_job_makes_all_of_it() -> None:
    scene = Scene(array())
    job = scene.live("a", RUNNING)

    assert _edges(scene) == (Edge(job),)


def test_a_child_waits_only_for_elements_that_are_not_done() -> None:
    scene = Scene(array())
    job = scene.live("a", RUNNING)
    scene.jobs[0] = _over(scene.jobs[0], COMPLETED)
    scene.lies("a", Finding.VERIFIED, element=0)

    assert _edges(scene) == (Edge(job, 1), Edge(job, 2))


def test_a_stuck_element_stops_the_child_though_another_is_tried_again() -> None:
    scene = Scene(array(2, attempts=2))
    scene.ended("a", "out_of_memory", elements=(0,))
    scene.ended("a", "timeout", 2, elements=(1,))

    changes = scene.plan().changes

    assert scene.told() == ["+ a again", ". child upstream"]
    assert changes[0].elements == (1,)
    assert [reason.code for reason in changes[0].reasons] == ["again", "failed"]


def test_elements_that_were_never_sent_are_sent_again_under_their_number() -> None:
    scene = Scene(array())
    scene.tried("a")

    assert scene.plan().changes[0].n == 1


def test_only_some_of_the_elements_that_were_never_sent_get_the_next_number() -> None:
    scene = Scene(array())
    scene.verified("a", 0, 1)
    scene.tried("a")

    change = scene.plan().changes[0]

    assert (change.n, change.elements) == (2, (0, 2))


def test_an_array_whose_limits_changed_is_replaced_only_where_it_waits() -> None:
    scene = Scene([stage("a", elements=4, digest="d2")])
    scene.done("a", elements=(0,))
    running = scene.live("a", RUNNING, 2, elements=(1,))
    queued = scene.live("a", PENDING, 3, elements=(2, 3))

    change = only(scene.plan().changes, Action.REPLACE)

    assert (change.n, change.elements, change.cancels) == (4, (2, 3), (queued,))
    assert running not in change.jobs


def test_an_array_with_a_running_element_is_kept_with_a_note() -> None:
    scene = Scene([stage("a", elements=3, digest="d2")])
    scene.live("a", PENDING)
    scene.jobs[1] = _as(scene.jobs[1], RUNNING)

    (change,) = scene.plan().changes

    assert scene.told() == ["= a live"]
    assert [reason.code for reason in change.reasons] == ["live", "running_unchanged"]


def test_an_element_that_was_requeued_after_it_was_done_cancels_nothing_else() -> None:
    scene = Scene(array())
    scene.live("a", RUNNING)
    scene.jobs[0] = _as(scene.jobs[0], JobState.REQUEUED)
    scene.lies("a", Finding.VERIFIED, element=0)

    assert scene.told() == ["= a live", "+ child new"]


def test_a_job_that_is_a_twin_at_every_element_is_cancelled_whole_and_once() -> None:
    scene = Scene(array())
    scene.live("a", RUNNING)
    twin = scene.live("a", PENDING, 2, elements=(0, 2))

    changes = scene.plan().changes

    assert scene.told() == ["= a live", "- a twin", "+ child new"]
    assert changes[1].cancels == (twin,)


def test_a_job_that_is_a_twin_at_one_element_only_stays_for_the_other() -> None:
    scene = Scene(array())
    scene.live("a", RUNNING, elements=(0, 1))
    scene.live("a", PENDING, 2, elements=(1, 2))

    assert scene.told() == ["= a live", "+ child new"]


def test_the_rest_of_an_array_runs_on_while_one_element_is_asked_about() -> None:
    scene = Scene(array())
    scene.live("a", RUNNING, elements=(1, 2))
    scene.lies("a", Finding.VERIFIED, 9, element=0)

    assert scene.told() == ["< a found", ". child upstream"]


def test_a_retry_counts_for_every_element() -> None:
    scene = Scene(array())
    scene.ended("a", "failed")
    scene.noted("a", FactKind.RETRY, after=1)

    assert scene.plan().changes[0].elements == (0, 1, 2)


def test_an_element_that_is_adopted_says_nothing_of_the_others() -> None:
    scene = Scene(array())
    scene.verified("a", 0, 0)

    taught = scene.sync()

    assert taught == []
    assert scene.plan().changes[0].elements == (1, 2)


def test_an_element_that_vanished_is_remade_alone() -> None:
    scene = Scene(array())
    scene.done("a")
    scene.lies("a", Finding.ABSENT, element=1)

    change = scene.plan().changes[0]
    scene.apply()

    assert (change.elements, change.disbelieved) == ((1,), (1,))
    assert scene.told() == ["= a done", "= child done"]


def _edges(scene: Scene) -> tuple[Edge, ...]:
    """Return what the child would wait for."""
    parent, child = scene.stages
    return edges(child, {parent.fingerprint: parent}, live_jobs(scene.stages, scene.snapshot))


def _as(job: Job, state: JobState) -> Job:
    return replace(job, state=state)


def _over(job: Job, state: JobState) -> Job:
    return replace(job, state=state, ended=job.started + 1)
