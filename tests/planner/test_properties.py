"""What holds of every plan, whatever the graph and whatever happened."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from otplan.core.evidence import Finding
from otplan.core.job import JobRef, JobState
from otplan.core.plan import Action, Change
from otplan.core.record import FactKind
from otplan.core.stage import Stage
from tests.planner.world import HOUR, NOW, Scene, stage

SUBMITS = (Action.SUBMIT, Action.REPLACE)
PASTS = ("", "intent", "young", "live", "over", "ended", "done", "vanished", "forgotten")
TRIES = st.tuples(
    st.sampled_from(PASTS),
    st.sampled_from(list(JobState)),
    st.sampled_from(["", "Priority", "DependencyNeverSatisfied", "BadConstraints"]),
    st.booleans(),
)
"""How one attempt went: what came of it, its job's state and reason, whether it is held."""


@st.composite
def graphs(draw: st.DrawFn) -> list[Stage]:
    """Return a few stages that read earlier ones, some of them arrays."""
    stages: list[Stage] = []
    for i in range(draw(st.integers(1, 5))):
        names = [f"s{j}" for j in range(i)]
        parents = draw(st.lists(st.sampled_from(names), unique=True, max_size=3)) if names else []
        more: dict[str, Any] = {
            "digest": draw(st.sampled_from(["d1", "d2"])),
            "attempts": draw(st.integers(1, 3)),
            "declared": draw(st.sampled_from([{}, {"slurm.time": '"1"'}])),
        }
        stages.append(stage(f"s{i}", *parents, elements=draw(st.sampled_from([0, 0, 2])), **more))
    return stages


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """Return a graph and some past of its stages, of older ones and of ones long gone."""
    scene = Scene(draw(graphs()))
    names = [one.fingerprint.removeprefix("v1:") for one in scene.stages]
    for name in [*names, "s0@old", "gone"]:
        for n, (past, state, reason, held) in enumerate(draw(st.lists(TRIES, max_size=3)), 1):
            _happened(scene, name, n, past, state)
            scene.jobs = [
                replace(job, reason=reason, held=held) if job.state.queued else job
                for job in scene.jobs
            ]
        element = 0 if name in names and scene.stages[names.index(name)].elements else -1
        for finding in draw(st.lists(st.sampled_from(list(Finding)), max_size=1)):
            scene.lies(name, finding, draw(st.integers(0, 3)), element, why="away")
    scene.silent = draw(st.sampled_from([{}, {}, {}, {"c": "away"}]))
    return scene


def _happened(scene: Scene, name: str, n: int, past: str, state: JobState) -> None:
    """Add one attempt and what came of it."""
    match past:
        case "":
            pass
        case "intent" | "young":
            scene.tried(name, n, at=NOW - (HOUR if past == "intent" else 60))
        case "live" | "over":
            scene.live(name, state, n)
        case "ended":
            scene.ended(name, state.value.lower(), n)
        case _:
            scene.done(name, n)
            if past == "vanished":
                for element in scene.attempts[-1].elements or (-1,):
                    scene.noted(name, FactKind.VANISHED, n, element, round=1)
            if past == "forgotten":
                scene.noted(name, FactKind.FORGOTTEN, upto=n, round=n)


def submits(changes: tuple[Change, ...]) -> list[Change]:
    return [change for change in changes if change.action in SUBMITS]


@given(scenes())
def test_the_same_world_gives_the_same_plan(scene: Scene) -> None:
    assert scene.plan() == scene.plan()


@given(scenes())
def test_nothing_is_submitted_beside_a_live_job_of_its_own_that_stays(scene: Scene) -> None:
    changes, snapshot = scene.plan().changes, scene.snapshot
    going = {ref for change in changes for ref in change.cancels}

    for change in submits(changes):
        for element in change.elements or (0,):
            seen = snapshot.cell(change.fingerprint, element).seen
            live = {one.job.ref for one in seen if one.standing.live and one.job is not None}
            assert live <= going


@given(scenes())
def test_nothing_that_is_done_and_believed_is_submitted(scene: Scene) -> None:
    snapshot = scene.snapshot

    for change in submits(scene.plan().changes):
        for element in change.elements or (0,):
            assert snapshot.cell(change.fingerprint, element).done is None


@given(scenes())
def test_nothing_is_submitted_whose_parent_has_nothing_to_give(scene: Scene) -> None:
    found, snapshot = scene.plan(), scene.snapshot
    coming = {change.fingerprint for change in submits(found.changes)}
    by_name = {one.fingerprint: one for one in scene.stages}

    for change in submits(found.changes):
        for need in by_name[change.fingerprint].needs:
            for element in by_name[need.fingerprint].cells:
                cell = snapshot.cell(need.fingerprint, element)
                live = any(one.standing.live for one in cell.seen)
                assert cell.done or live or need.fingerprint in coming


@given(scenes())
def test_a_new_attempt_has_a_new_number_unless_it_was_never_sent(scene: Scene) -> None:
    sent = {(f.fingerprint, f.n) for f in scene.facts if f.kind is FactKind.SUBMITTED}

    assert all((c.fingerprint, c.n) not in sent for c in submits(scene.plan().changes))


@given(scenes())
def test_a_plan_is_incomplete_exactly_when_a_source_that_decides_is_silent(scene: Scene) -> None:
    found = scene.plan()

    codes = {change.reasons[0].code for change in found.changes}
    assert found.complete == ("unknown" not in codes)


@given(scenes())
def test_everything_is_said_of_every_stage(scene: Scene) -> None:
    changes = scene.plan().changes

    assert {one.fingerprint for one in scene.stages} <= {change.fingerprint for change in changes}
    assert all(reason.code and reason.text for change in changes for reason in change.reasons)


@given(scenes())
def test_only_jobs_that_live_are_cancelled_and_none_of_them_runs_unasked(scene: Scene) -> None:
    states: dict[JobRef, set[JobState]] = {}
    for job in scene.jobs:
        states.setdefault(job.ref, set()).add(job.state)

    for change in scene.plan().changes:
        for ref in change.cancels:
            assert any(state.live for state in states[ref])
            twin = any(reason.code == "twin" for reason in change.reasons)
            assert twin or any(state.queued for state in states[ref])


@given(scenes())
def test_a_look_teaches_nothing_the_second_time(scene: Scene) -> None:
    before = scene.plan()
    scene.sync()

    assert scene.sync() == []
    assert [change.key for change in scene.plan().changes] == [c.key for c in before.changes]


@given(graphs())
def test_applied_to_an_empty_world_a_plan_leaves_nothing_to_do(stages: list[Stage]) -> None:
    scene = Scene(stages)

    scene.apply()

    assert {change.action for change in scene.plan().changes} == {Action.KEEP}


@given(scenes())
def test_applied_to_any_world_a_plan_leaves_nothing_to_submit(scene: Scene) -> None:
    scene.apply()

    assert submits(scene.plan().changes) == []
