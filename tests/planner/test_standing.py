"""Where an attempt stands: a live job beats an ended one, and an ended one beats the record."""

from dataclasses import replace

import pytest

from otplan.core.evidence import Finding
from otplan.core.job import Job, JobRef, JobState
from otplan.core.record import FactKind
from otplan.core.snapshot import Seen, Standing
from tests.planner.world import DAY, HOUR, NOW, SLURM, Scene, stage

PENDING, RUNNING, FAILED = JobState.PENDING, JobState.RUNNING, JobState.FAILED


def scene() -> Scene:
    return Scene([stage("a")])


def seen(world: Scene) -> list[Seen]:
    return list(world.snapshot.cell("v1:a", 0).seen)


def stands(world: Scene) -> list[Standing]:
    return [one.standing for one in seen(world)]


@pytest.mark.parametrize("state", list(JobState))
def test_every_state_of_a_job_is_queued_running_or_over(state: JobState) -> None:
    world = scene()
    world.live("a", state)

    (found,) = stands(world)

    wanted = Standing.QUEUED if state.queued else Standing.RUNNING if state.live else Standing.ENDED
    assert found is wanted


def test_a_live_job_beats_its_recorded_end() -> None:
    world = scene()
    world.ended("a", "node_fail")
    world.queue(JobRef("c", "100"), PENDING)

    assert stands(world) == [Standing.QUEUED]


def test_a_recorded_end_beats_what_the_scheduler_says_of_it_now() -> None:
    world = scene()
    world.ended("a", "out_of_memory")
    world.queue(JobRef("c", "100"), JobState.CANCELLED)

    assert [one.cause for one in seen(world)] == ["out_of_memory"]


def test_an_end_beats_the_record_of_a_submission() -> None:
    world = scene()
    world.over("a", JobState.TIMEOUT)

    assert [one.cause for one in seen(world)] == ["timeout"]


@pytest.mark.parametrize("other", ["x.{name}", "{name}0", "{name} ", "other.otp-aaaaaaaaaaaa.1"])
def test_a_job_is_known_by_its_whole_name_and_by_nothing_less(other: str) -> None:
    world = scene()
    name = world.tried("a", at=NOW - 60).name
    world.queue(JobRef("c", "7"), RUNNING, name=other.format(name=name))

    mine = [one.standing for one in seen(world) if one.attempt.name == name]

    assert mine == [Standing.SUBMITTING]


def test_a_recycled_id_with_another_name_is_another_job() -> None:
    world = scene()
    ref = world.submitted("a")
    world.queue(ref, RUNNING, name="somebody-elses")

    assert stands(world) == [Standing.LOST]


def test_the_same_name_on_another_cluster_is_another_job() -> None:
    world = scene()
    world.tried("a", at=NOW - 60)
    world.queue(JobRef("far", "7"), RUNNING)

    assert stands(world) == [Standing.SUBMITTING]


def test_two_live_jobs_of_one_attempt_are_both_seen() -> None:
    world = scene()
    world.live("a", PENDING)
    world.queue(JobRef("c", "999"), RUNNING)

    assert stands(world) == [Standing.QUEUED, Standing.RUNNING]


def test_of_two_jobs_of_one_attempt_the_one_that_was_no_twin_counts() -> None:
    world = scene()
    world.over("a", JobState.TIMEOUT, submitted=NOW - 2 * HOUR)
    world.queue(JobRef("c", "999"), FAILED, exit_code=75)
    world.lies("a", Finding.ABSENT)

    assert [one.cause for one in seen(world)] == ["timeout"]


def test_a_failure_counts_though_a_twin_of_it_was_noted_first() -> None:
    world = scene()
    world.ended("a", "void")
    world.queue(JobRef("c", "999"), JobState.TIMEOUT)

    assert [one.cause for one in seen(world)] == ["timeout"]


def test_what_a_script_wrote_tells_why_it_stopped() -> None:
    world = scene()
    ref = world.over("a", FAILED, exit_code=75)
    world.wrote("a", ref.id, 75, "inputs")

    assert [one.cause for one in seen(world)] == ["inputs"]


def test_what_a_script_wrote_does_not_outrank_the_scheduler() -> None:
    world = scene()
    ref = world.over("a", JobState.OUT_OF_MEMORY)
    world.wrote("a", ref.id, 1, "failed")

    assert [one.cause for one in seen(world)] == ["out_of_memory"]


def test_a_stop_on_purpose_is_no_twins_where_its_folder_cannot_be_read() -> None:
    world = scene()
    world.over("a", FAILED, exit_code=75)
    world.lies("a", Finding.UNKNOWN, why="away")

    assert [one.cause for one in seen(world)] == ["failed"]


@pytest.mark.parametrize(("code", "cause"), [(0, ""), (1, "failed"), (75, "inputs")])
def test_without_accounting_the_last_word_of_a_script_counts(code: int, cause: str) -> None:
    world = scene()
    ref = world.submitted("a")
    world.wrote("a", ref.id, code, cause)

    assert [(one.standing, one.cause) for one in seen(world)] == [(Standing.ENDED, cause)]


def test_the_last_word_of_another_job_is_no_word() -> None:
    world = scene()
    world.submitted("a")
    world.wrote("a", "another", 0)

    assert stands(world) == [Standing.LOST]


def test_the_last_word_counts_only_where_the_scheduler_knows_nothing() -> None:
    world = scene()
    ref = world.live("a", RUNNING)
    world.wrote("a", ref.id, 1, "failed")

    assert stands(world) == [Standing.RUNNING]


@pytest.mark.parametrize(
    ("age", "standing"),
    [
        (0, Standing.SUBMITTING),
        (299, Standing.SUBMITTING),
        (300, Standing.UNSENT),
        (DAY, Standing.UNSENT),
        (-1, Standing.SUBMITTING),
        (-DAY, Standing.SUBMITTING),
    ],
)
def test_an_intent_is_on_its_way_until_it_is_old(age: int, standing: Standing) -> None:
    world = scene()
    world.tried("a", at=NOW - age)

    assert stands(world) == [standing]


@pytest.mark.parametrize("wrong", [-DAY, DAY])
def test_a_clock_a_day_wrong_makes_no_young_intent_old(wrong: int) -> None:
    world = scene()
    world.tried("a", at=NOW - 60)
    world.now = NOW + wrong

    assert stands(world) == [Standing.SUBMITTING]


@pytest.mark.parametrize("wrong", [-DAY, DAY])
def test_a_clock_a_day_wrong_sends_no_live_job_again(wrong: int) -> None:
    world = scene()
    world.tried("a", at=NOW - HOUR)
    world.queue(JobRef("c", "7"), PENDING)
    world.now = NOW + wrong

    assert stands(world) == [Standing.QUEUED]


def test_a_queue_that_settles_at_once_is_believed_whatever_the_clock_says() -> None:
    world = scene()
    world.tried("a", at=NOW + DAY)
    world.more["abilities"] = {"c": replace(SLURM, settles=0)}

    assert stands(world) == [Standing.UNSENT]


@pytest.mark.parametrize(
    ("age", "standing"),
    [(899, Standing.UNKNOWN), (900, Standing.LOST), (-DAY, Standing.UNKNOWN)],
)
def test_a_job_is_lost_when_its_scheduler_may_have_forgotten_it(
    age: int, standing: Standing
) -> None:
    world = scene()
    world.submitted("a")
    world.now = NOW - HOUR + age

    assert stands(world) == [standing]


def test_a_scheduler_that_forgets_nothing_is_believed_at_once() -> None:
    world = scene()
    world.submitted("a")
    world.now = NOW - HOUR
    world.more["abilities"] = {"c": replace(SLURM, forgets=None)}

    assert stands(world) == [Standing.LOST]


def test_a_resubmission_that_was_refused_first_and_sent_then_is_live() -> None:
    world = scene()
    world.tried("a")
    world.noted("a", FactKind.WITHDRAWN, 1, why="too many")
    world.noted("a", FactKind.SUBMITTED, 1, job="7")
    world.queue(JobRef("c", "7"), PENDING)

    assert stands(world) == [Standing.QUEUED]


def test_elements_are_told_apart_by_the_element_of_their_job() -> None:
    world = Scene([stage("a", elements=2)])
    world.live("a", RUNNING)
    world.jobs[1] = _ended(world.jobs[1])

    found = [world.snapshot.cell("v1:a", element).seen[0].standing for element in (0, 1)]

    assert found == [Standing.RUNNING, Standing.ENDED]


def test_a_job_that_is_not_split_yet_stands_for_all_its_elements() -> None:
    world = Scene([stage("a", elements=2)])
    world.live("a", PENDING, elements=(0, 1))
    world.jobs = [replace(world.jobs[0], element=None)]

    assert world.told() == ["= a live"]


def _ended(job: Job) -> Job:
    return replace(job, state=FAILED, ended=NOW)


def test_what_only_accounting_calls_running_is_unknown() -> None:
    scene = Scene([stage("a")])
    scene.live("a", JobState.RUNNING, doubted=True)

    assert scene.told() == ["? a unseen"]


def test_what_only_accounting_calls_running_ended_if_it_says_so_itself() -> None:
    scene = Scene([stage("a")])
    ref = scene.live("a", JobState.RUNNING, doubted=True)
    scene.wrote("a", ref.id, 3, "failed")

    assert scene.told() == ["! a failed"]


def test_what_only_accounting_calls_pending_is_lost_in_the_end() -> None:
    scene = Scene([stage("a")])
    scene.live("a", JobState.PENDING, doubted=True)

    assert scene.told() == ["! a failed"]
    assert "lost" in scene.plan().changes[0].reasons[0].text


def test_without_an_answer_about_the_past_only_what_is_missing_is_unknown() -> None:
    scene = Scene([stage("lives"), stage("missing"), stage("fresh"), stage("child", "missing")])
    scene.live("lives")
    scene.submitted("missing")
    scene.answer = {"past_unknown": "slurmdbd does not answer"}

    told = scene.told()

    assert told == ["= lives live", "? missing unseen", "+ fresh new", ". child upstream"]
    assert scene.plan().complete


def test_an_intent_whose_submission_is_seen_alive_is_waited_for_however_old() -> None:
    scene = Scene([stage("a")])
    tried = scene.tried("a", at=NOW - DAY)
    scene.answer = {"sending": frozenset({tried.name})}

    assert scene.told() == ["? a submitting"]


def test_a_job_that_was_sent_twice_is_as_young_as_its_last_submission() -> None:
    world = scene()
    world.submitted("a")
    world.noted("a", FactKind.SUBMITTED, 1, job="7")
    world.facts[-1] = replace(world.facts[-1], at=NOW - 60)

    assert stands(world) == [Standing.UNKNOWN]


def test_an_intent_whose_script_was_never_written_is_sent_again_at_once() -> None:
    scene = Scene([stage("a")])
    tried = scene.tried("a", at=NOW - 1)
    scene.more = {"unwritten": frozenset({tried.name})}

    assert scene.told() == ["+ a unsent"]
    assert scene.plan().changes[0].n == 1


def test_an_intent_without_a_script_is_waited_for_while_somebody_applies() -> None:
    scene = Scene([stage("a")])
    tried = scene.tried("a", at=NOW - 1)
    scene.more = {"unwritten": frozenset({tried.name}), "holder_alive": True}

    assert scene.told() == ["? a submitting"]


def test_a_job_that_was_cancelled_while_it_waited_is_no_failure() -> None:
    scene = Scene([stage("a")])
    scene.over("a", JobState.CANCELLED, started=NOW - 60, ended=NOW - 60)

    assert scene.told() == ["+ a void"]
