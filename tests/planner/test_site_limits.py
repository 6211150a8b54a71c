"""What a plan makes of a site's limits: what is refused, what goes on, and what is worth a note."""

from dataclasses import replace

import pytest

from otplan.core.job import JobState
from otplan.core.plan import Action
from otplan.core.resource import Resource
from otplan.core.site import Association, Controller, Partition, Qos, SiteLimits
from otplan.core.stage import Limits
from otplan.errors import Place
from tests.planner.world import HOUR, NOW, Scene, only, stage

SHORT = Partition("short", "UP", default=True, max_time=HOUR)
SITE = SiteLimits(
    at=NOW - 3 * HOUR,
    controller=Controller("22.05.8", enforced=("associations", "limits", "qos")),
    partitions=(SHORT,),
    associations=(Association("lab", "", ("normal", "tight"), "normal"),),
    qos=(Qos("normal"), Qos("tight", max_submit=2)),
)
LONG = Limits(time=2 * HOUR)
TIGHT = {"qos": "tight"}


def test_what_is_beyond_a_limit_is_refused_with_its_branch_and_the_rest_goes_on() -> None:
    stages = [stage("a", limits=LONG), stage("b", "a"), stage("beside")]
    scene = Scene(stages, more={"limits": {"c": SITE}})

    changes = scene.plan().changes

    assert scene.told() == ["! a limit", ". b upstream", "+ beside new"]
    assert [change.refused for change in changes] == [True, False, False]
    assert scene.plan().complete


def test_the_reason_names_the_limit_its_source_its_age_and_the_line() -> None:
    a = stage("a", limits=LONG)
    place = Place("m.yaml", 7, 12)
    resource = Resource(a.addresses[0], {}, Place("m.yaml", 5), {"slurm.time": place}, {}, "c")
    scene = Scene([a], more={"limits": {"c": SITE}}, resources={a.addresses[0]: resource})

    (reason,) = only(scene.plan().changes, Action.BLOCKED).reasons

    assert reason.text == (
        "its time limit is 2:00:00, and partition `short` gives 1:00:00 to a job "
        "(scontrol, 3h ago); `slurm.time` at m.yaml:7:12"
    )
    assert reason.help == "otplan cluster show c"


def test_the_limits_of_another_cluster_do_not_count() -> None:
    scene = Scene([stage("a", limits=LONG)], more={"limits": {"other": SITE}})

    assert scene.told() == ["+ a new"]


@pytest.mark.parametrize("changed", [{"time": '"02:00:00"'}, {"cpus": "4"}])
def test_a_queued_job_stays_as_it_is_where_what_is_asked_for_now_is_refused(
    changed: dict[str, str],
) -> None:
    asked = stage("a", limits=LONG, digest="d2", declared=changed)
    scene = Scene([asked], more={"limits": {"c": SITE}})
    job = scene.live("a", JobState.PENDING, declared=dict.fromkeys(changed, "1"))

    (change,) = scene.plan().changes

    assert scene.told() == ["! a limit"]
    assert (change.jobs, change.cancels, change.state) == ((job,), (), "queued")


def test_a_queued_job_waits_for_its_parents_new_job_though_what_is_asked_for_now_is_refused() -> (
    None
):
    parent = stage("a", digest="d2", declared={"cpus": "4"})
    child = stage("b", "a", limits=LONG, digest="d2", declared={"time": '"02:00:00"'})
    scene = Scene([parent, child], more={"limits": {"c": SITE}})
    scene.live("a", JobState.PENDING, declared={"cpus": "1"})
    job = scene.live("b", JobState.PENDING, declared={"time": '"00:30:00"'})

    changes = scene.plan().changes

    assert scene.told() == ["-/+ a redeclared", "! b limit", "~ b reedge"]
    assert [change.jobs for change in changes if change.action is Action.UPDATE] == [(job,)]


def test_a_queued_job_that_is_asked_for_as_before_is_left_alone() -> None:
    scene = Scene([stage("a", limits=LONG)], more={"limits": {"c": SITE}})
    scene.live("a", JobState.PENDING)

    assert scene.told() == ["= a live"]


def test_what_failed_is_not_tried_again_beyond_a_limit() -> None:
    scene = Scene([stage("a", limits=LONG, attempts=3)], more={"limits": {"c": SITE}})
    scene.ended("a", "timeout")

    assert scene.told() == ["! a limit"]


def test_what_is_done_is_done_whatever_it_asked_for() -> None:
    scene = Scene([stage("a", limits=LONG)], more={"limits": {"c": SITE}})
    scene.done("a")

    assert scene.told() == ["= a done"]


@pytest.mark.parametrize(("state", "notes"), [("DRAIN", 1), ("DOWN", 1), ("UP", 0)])
def test_a_partition_that_is_not_up_is_a_note_and_no_refusal(state: str, notes: int) -> None:
    site = replace(SITE, partitions=(replace(SHORT, state=state),))
    scene = Scene([stage("a"), stage("b")], more={"limits": {"c": site}})

    plan = scene.plan()

    assert scene.told() == ["+ a new", "+ b new"]
    assert [f"partition `short` of c is {state}" in note for note in plan.notes] == [True] * notes


@pytest.mark.parametrize(("beside", "noted"), [("done", False), ("live", True)])
def test_more_jobs_than_a_user_may_have_are_a_note(beside: str, noted: bool) -> None:
    stages = [stage(name, options=TIGHT) for name in "abc"]
    scene = Scene(stages, more={"limits": {"c": SITE}})
    getattr(scene, beside)("a")

    plan = scene.plan()

    assert scene.told()[1:] == ["+ b new", "+ c new"]
    assert [("QOS `tight` of c takes 2 jobs" in note) for note in plan.notes] == [True] * noted


def test_elements_of_an_array_count_one_by_one_in_that_note() -> None:
    stages = [stage("a", options=TIGHT, elements=2), stage("b", options=TIGHT)]
    scene = Scene(stages, more={"limits": {"c": SITE}})

    (note,) = scene.plan().notes

    assert "of these 3," in note
