"""Rule 2: of live jobs the running one is kept, else the oldest; a change is sent on if it can."""

from dataclasses import replace

import pytest

from otplan.core.job import JobRef, JobState
from otplan.core.plan import Action
from otplan.core.record import FactKind
from tests.planner.world import NOW, SLURM, Scene, only, stage

PENDING, RUNNING = JobState.PENDING, JobState.RUNNING
TIME = {"slurm.time": '"01:00:00"'}
LONGER = {"slurm.time": '"02:00:00"'}


@pytest.mark.parametrize("state", [state for state in JobState if state.live])
def test_a_live_job_is_kept(state: JobState) -> None:
    scene = Scene([stage("a")])
    job = scene.live("a", state)

    (change,) = scene.plan().changes

    assert scene.told() == ["= a live"]
    assert change.jobs == (job,)


@pytest.mark.parametrize(
    ("states", "kept"), [((PENDING, RUNNING), 2), ((PENDING, PENDING), 1), ((RUNNING, RUNNING), 1)]
)
def test_of_two_attempts_the_running_one_is_kept_else_the_oldest(
    states: tuple[JobState, JobState], kept: int
) -> None:
    scene = Scene([stage("a")])
    jobs = [scene.live("a", state, n) for n, state in enumerate(states, 1)]

    changes = scene.plan().changes

    assert scene.told() == ["= a live", "- a twin"]
    assert changes[0].jobs == (jobs[kept - 1],)
    assert changes[1].cancels == (jobs[2 - kept],)


def test_two_live_jobs_of_one_attempt_are_twins() -> None:
    scene = Scene([stage("a")])
    first = scene.live("a", PENDING)
    twin = scene.queue(JobRef("c", "999"), PENDING, submitted=NOW)

    changes = scene.plan().changes

    assert scene.told() == ["= a live", "- a twin"]
    assert (changes[0].jobs, changes[1].cancels) == ((first,), (twin,))


def test_a_queued_child_is_re_edged_before_the_twin_it_may_wait_for_is_cancelled() -> None:
    scene = Scene([stage("a"), stage("child", "a")])
    scene.live("a", PENDING, 1)
    scene.live("a", RUNNING, 2)
    scene.live("child", PENDING)

    assert scene.told() == ["= a live", "- a twin", "~ child reedge"]


def test_a_job_we_hold_is_released() -> None:
    scene = Scene([stage("a")])
    job = scene.live("a", PENDING, held=True, reason="JobHeldUser")

    (change,) = scene.plan().changes

    assert scene.told() == ["~ a held"]
    assert change.jobs == (job,)


def test_a_held_job_gives_way_to_one_that_may_start() -> None:
    scene = Scene([stage("a")])
    held = scene.live("a", PENDING, 1, held=True, reason="JobHeldUser")
    scene.live("a", PENDING, 2)

    assert scene.told() == ["= a live", "- a twin"]
    assert only(scene.plan().changes, Action.CANCEL).cancels == (held,)


def test_a_queued_job_is_changed_in_place_where_the_scheduler_can() -> None:
    scene = Scene([stage("a", digest="d2", declared=LONGER)])
    job = scene.live("a", PENDING, declared=TIME)

    (change,) = scene.plan().changes

    assert scene.told() == ["~ a redeclared"]
    assert (change.jobs, change.cancels) == ((job,), ())
    (field,) = change.reasons[0].fields
    assert (field.field, field.old, field.new) == ("slurm.time", '"01:00:00"', '"02:00:00"')


@pytest.mark.parametrize(
    "declared", [{**LONGER, "memory": '"16G"'}, {}], ids=["not able", "no longer limited"]
)
def test_a_queued_job_is_replaced_where_it_cannot_be_changed(declared: dict[str, str]) -> None:
    scene = Scene([stage("a", digest="d2", declared=declared)])
    job = scene.live("a", PENDING, declared=TIME)

    (change,) = scene.plan().changes

    assert scene.told() == ["-/+ a redeclared"]
    assert (change.n, change.cancels) == (2, (job,))


def test_a_queued_job_is_replaced_where_its_scheduler_changes_nothing() -> None:
    scene = Scene([stage("a", digest="d2", declared=LONGER)])
    scene.live("a", PENDING, declared=TIME)
    scene.more["abilities"] = {"c": replace(SLURM, update=frozenset())}

    assert scene.told() == ["-/+ a redeclared"]


def test_a_queued_job_that_its_site_refused_to_change_is_replaced() -> None:
    scene = Scene([stage("a", digest="d2", declared=LONGER)])
    job = scene.live("a", PENDING, declared=TIME)
    scene.noted("a", FactKind.FIXED, 1, digest="d2", why="Access denied")

    (change,) = scene.plan().changes

    assert (change.action, change.cancels) == (Action.REPLACE, (job,))
    assert "could not be changed in place: Access denied" in change.reasons[0].text


def test_what_was_refused_once_is_no_matter_for_another_change() -> None:
    scene = Scene([stage("a", digest="d3", declared=LONGER)])
    scene.live("a", PENDING, declared=TIME)
    scene.noted("a", FactKind.FIXED, 1, digest="d2", why="Access denied")

    assert scene.told() == ["~ a redeclared"]


def test_what_was_last_sent_counts_and_not_what_was_sent_first() -> None:
    scene = Scene([stage("a", digest="d2", declared=LONGER)])
    scene.live("a", PENDING, declared=TIME)
    scene.noted("a", FactKind.UPDATED, 1, digest="d2", declared=LONGER)

    assert scene.told() == ["= a live"]


def test_a_second_change_in_place_starts_from_the_first() -> None:
    scene = Scene([stage("a", digest="d1", declared=TIME)])
    scene.live("a", PENDING, declared=TIME)
    scene.noted("a", FactKind.UPDATED, 1, digest="d2", declared=LONGER)

    (change,) = scene.plan().changes

    assert scene.told() == ["~ a redeclared"]
    assert change.reasons[0].fields[0].old == '"02:00:00"'


def test_a_running_job_is_kept_with_a_note_of_what_changed() -> None:
    scene = Scene([stage("a", digest="d2", declared=LONGER)])
    scene.live("a", RUNNING, declared=TIME)

    (change,) = scene.plan().changes

    assert scene.told() == ["= a live"]
    assert [reason.code for reason in change.reasons] == ["live", "running_unchanged"]
    assert change.reasons[1].fields[0].field == "slurm.time"


def test_a_crash_between_a_replacement_and_its_cancel_keeps_the_replacement() -> None:
    scene = Scene([stage("a", digest="d2")])
    old = scene.live("a", PENDING, 1, digest="d1")
    new = scene.live("a", PENDING, 2, digest="d2")

    changes = scene.plan().changes

    assert scene.told() == ["= a live", "- a twin"]
    assert (changes[0].jobs, changes[1].cancels) == ((new,), (old,))


def test_a_child_is_re_edged_and_changed_in_one_plan() -> None:
    scene = Scene([stage("a"), stage("child", "a", digest="d2", declared=LONGER)])
    scene.live("child", PENDING, declared=TIME)

    assert scene.told() == ["+ a new", "~ child reedge", "~ child redeclared"]


def test_a_child_is_re_edged_and_released_in_one_plan() -> None:
    scene = Scene([stage("a"), stage("child", "a")])
    scene.live("child", PENDING, held=True)

    assert scene.told() == ["+ a new", "~ child reedge", "~ child held"]


def test_a_child_whose_edges_cannot_be_changed_is_replaced_once() -> None:
    scene = Scene([stage("a"), stage("child", "a", digest="d2", declared=LONGER)])
    scene.live("child", PENDING, declared=TIME, held=True)
    scene.more["abilities"] = {"c": replace(SLURM, update=frozenset({"time"}))}

    assert scene.told() == ["+ a new", "-/+ child reedge"]


def test_a_stage_that_moved_to_another_cluster_is_replaced_there() -> None:
    scene = Scene([stage("a", digest="d2", declared={"cluster": '"c"'})])
    old = scene.live("a", PENDING, cluster="old", declared={"cluster": '"old"'})

    (change,) = scene.plan().changes

    assert scene.told() == ["-/+ a redeclared"]
    assert (change.cluster, change.cancels) == ("c", (old,))


def test_a_child_is_not_re_edged_while_another_parent_has_nothing_to_wait_for() -> None:
    scene = Scene([stage("bad"), stage("a"), stage("child", "bad", "a")])
    scene.ended("bad")
    scene.live("child", PENDING)

    assert scene.told() == ["! bad failed", "+ a new", "= child live"]


def test_a_child_is_not_replaced_while_a_parent_has_nothing_to_wait_for() -> None:
    scene = Scene([stage("bad"), stage("child", "bad", digest="d2")])
    scene.ended("bad")
    scene.live("child", PENDING)

    assert scene.told() == ["! bad failed", "= child live"]


def test_a_replacement_stays_held_while_what_it_replaces_is_queued() -> None:
    scene = Scene([stage("a", digest="d2")])
    old = scene.live("a", PENDING, 1)
    scene.live("a", PENDING, 2, digest="d2", held=True, reason="JobHeldUser")

    assert scene.told() == ["= a live", "- a twin"]
    assert only(scene.plan().changes, Action.CANCEL).cancels == (old,)
