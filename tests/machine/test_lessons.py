"""What the state machine taught, each as the shortest story that went wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from otplan.core.job import JobRef
from otplan.errors import ManifestInvalid, Refused, Unreachable
from otplan.operations.deciding import adopt, cancel, forget, retry
from otplan.planner.policy import Policy
from otplan.schedulers.faults import Fault
from tests.machine.crash import Fuse
from tests.machine.jobs import How
from tests.machine.login import Call
from tests.machine.manifests import DATA as FILES
from tests.machine.manifests import GIVEN, Manifest, Thing
from tests.machine.settling import nothing_is_lost, settle
from tests.machine.world import World

DATA = Thing("dataset", "data", 0)
CHUNKS = Thing("dataset", "data", 0, chunks=2)
NOTE = Thing("script", "note", 0)


TRAINING = Thing("training", "sft", 0, ("data",))


def waiting_in_vain(world: World) -> list[str]:
    """Return the jobs whose parents' jobs will never end well."""
    return [job.name for job in world.fake.jobs() if job.reason == "DependencyNeverSatisfied"]


def _refuse(job: JobRef, fields: Mapping[str, str]) -> None:
    raise Refused("invalid", f"scontrol: error: {job} cannot be changed: {fields}")


def _unreachable(*_: object) -> None:
    raise Unreachable("scancel did not answer", "try again")


def declare(world: World, *things: Thing) -> None:
    """Let both users have a manifest of these."""
    world.manifests = dict.fromkeys(world.manifests, Manifest(things))


def submitted(world: World) -> list[str]:
    """Return the names of our jobs, oldest first, without their marks."""
    names = [order.name for order in world.fake.orders.values() if " lab " in order.comment]
    return [f"{name.partition('.')[0]}.{name.rpartition('.')[2]}" for name in names]


def resubmitting(world: World, i: int) -> Call:
    """Return an apply that makes a stage anew, which the audit lets pass."""
    fingerprint = world.graph().stages[i].fingerprint
    world.audit.allowed |= {cell for cell in world.audit.made if cell[0] == fingerprint}
    return Call(policy=Policy(resubmit=frozenset({fingerprint})))


def test_a_ring_with_a_matrix_in_it_is_named(world: World) -> None:
    ring = (Thing("dataset", "a", 0, ("b",), orders=(1, 2)), Thing("dataset", "b", 1, ("a",)))
    declare(world, *ring)

    with pytest.raises(ManifestInvalid) as invalid:
        world.graph()

    (found,) = invalid.value.diagnostics
    assert found.message == "dataset.a → dataset.b → dataset.a wait for each other"
    assert [line.rpartition(": ")[2] for line in found.help.splitlines()[1:]] == [
        "dataset.a reads dataset.b",
        "dataset.b reads dataset.a",
    ]


def test_what_leaves_no_outputs_can_be_adopted_after_it_was_forgotten(world: World) -> None:
    declare(world, NOTE)
    settle(world)

    world.decide(Call(), forget, 0)
    world.decide(Call(), adopt, 0, "")

    settle(world)
    assert submitted(world) == ["note.1"]


def test_data_that_exists_already_is_not_adopted(world: World) -> None:
    declare(world, replace(DATA, chunks=GIVEN))

    world.decide(Call(), adopt, 0, "")

    assert sorted(path.name for path in (world.root / "checkout").glob("data*")) == [*FILES]


def test_a_stage_whose_submission_was_not_answered_cannot_be_forgotten(world: World) -> None:
    declare(world, DATA)
    world.fake.faults = [Fault(made=True, late=50)]
    world.apply(Call())

    world.decide(Call(), forget, 0)
    world.apply(Call())

    settle(world)
    assert submitted(world) == ["data.1"]


def test_resubmitting_one_element_leaves_what_the_same_attempt_made_elsewhere(world: World) -> None:
    declare(world, CHUNKS)
    world.apply(Call())
    world.jobs.start(1)
    world.jobs.end(0, How.WELL)

    world.apply(resubmitting(world, 0))

    settle(world)
    assert submitted(world) == ["data.1", "data.1", "data.2"]


def test_a_child_is_not_freed_where_somebody_else_took_its_parents_attempt(world: World) -> None:
    declare(world, CHUNKS)
    world.apply(Call())
    generate = world.fake.orders["1002"].name
    world.fake.cancel([job.ref for job in world.fake.jobs() if job.name == generate], {})

    def meanwhile() -> None:
        world.unlock()
        world.apply(Call())
        world.jobs.start(1)

    world.apply(Call(fuse=Fuse(2, meanwhile=meanwhile)))

    assert world.fake.orders["1003"].edges
    settle(world)


def test_what_another_user_queued_is_not_replaced(world: World) -> None:
    declare(world, DATA)
    world.apply(Call("bob"))
    declare(world, replace(DATA, attempts=2))

    world.apply(Call("ann"))

    assert submitted(world) == ["data.1"]
    settle(world)


def test_of_an_array_that_two_users_queued_each_mends_their_own_elements(world: World) -> None:
    declare(world, CHUNKS, replace(CHUNKS, name="more", reads=("data",)))
    world.apply(Call("bob"))
    element = next(job for job in world.fake.jobs() if job.name.startswith("more"))
    world.fake.cancel([element.ref], {element.ref: [1]})
    world.apply(Call("ann"))
    world.jobs.start()
    world.jobs.end(0, How.BADLY)
    world.decide(Call("ann"), retry, 0)

    world.apply(Call("ann"))
    world.apply(Call("bob"))

    never = "DependencyNeverSatisfied"
    assert [job.ref.id for job in world.fake.jobs() if job.reason == never] == []
    settle(world)


def test_what_another_user_queued_is_not_cancelled(world: World) -> None:
    declare(world, DATA)
    world.apply(Call("bob"))

    world.decide(Call("ann"), cancel, 0)

    settle(world)


def test_an_order_that_is_sent_again_keeps_its_name_though_the_resource_was_renamed(
    world: World,
) -> None:
    declare(world, DATA)
    world.fake.faults = [Fault(refused="limit")]
    world.apply(Call())
    declare(world, replace(DATA, name="renamed"))

    world.apply(Call())

    nothing_is_lost(world)
    assert submitted(world) == ["data.1"]


@pytest.mark.parametrize("at", range(4, 13))
@pytest.mark.parametrize("after", [False, True])
def test_a_replacement_never_runs_beside_what_it_replaces(
    world: World, at: int, after: bool
) -> None:
    declare(world, DATA)
    world.apply(Call())
    declare(world, replace(DATA, cpus=2))

    world.apply(Call(fuse=Fuse(at, after=after)))
    world.jobs.start()

    settle(world)


def test_a_job_that_another_user_finds_lost_is_lost_for_all(forgetting: World) -> None:
    world = forgetting
    declare(world, DATA)
    world.apply(Call("bob"))
    world.jobs.start()
    world.jobs.end(0, How.NODE)
    world.fake.advance(90_000)

    world.sync(Call("bob"))
    world.decide(Call("ann"), retry, 0)
    world.apply(Call("ann"))

    assert submitted(world) == ["data.1", "data.2"]


def test_what_only_another_user_could_see_can_be_forgotten(forgetting: World) -> None:
    world = forgetting
    declare(world, DATA)
    world.apply(Call("bob"))
    world.jobs.start()
    world.jobs.end(0, How.NODE)
    world.fake.advance(90_000)

    world.decide(Call("ann"), forget, 0)
    world.apply(Call("ann"))

    assert submitted(world) == ["data.1", "data.2"]


def test_where_a_limit_leaves_no_room_the_displaced_job_goes_first(crowded: World) -> None:
    declare(crowded, DATA)
    crowded.apply(Call())
    declare(crowded, replace(DATA, seed=1))

    crowded.apply(Call())

    states = [job.state.value for job in crowded.fake.jobs() if job.name.startswith("data")]
    assert states == ["CANCELLED", "PENDING"]


def test_where_it_cannot_be_made_to_go_it_stays_and_the_new_one_waits(
    crowded: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(crowded, DATA)
    crowded.apply(Call())
    declare(crowded, replace(DATA, seed=1))
    with monkeypatch.context() as broken:
        broken.setattr(type(crowded.fake), "cancel", _unreachable)
        crowded.apply(Call())

    crowded.apply(Call())

    states = [job.state.value for job in crowded.fake.jobs() if job.name.startswith("data")]
    assert states == ["CANCELLED", "PENDING"]


def test_a_job_that_one_user_sent_for_another_is_seen_by_who_sent_it(private: World) -> None:
    declare(private, DATA)
    private.fake.faults = [Fault(refused="limit")]
    private.apply(Call("bob"))
    private.apply(Call("ann"))
    private.jobs.start()
    private.fake.advance(90_000)

    private.apply(Call("bob"))

    assert submitted(private) == ["data.1"]
    settle(private)


def test_an_old_array_of_which_an_element_runs_is_not_cancelled_unasked(world: World) -> None:
    declare(world, CHUNKS)
    settle(world)
    declare(world, replace(CHUNKS, seed=1))
    world.apply(Call())
    world.jobs.start(1)
    declare(world, CHUNKS)

    world.apply(Call())

    assert sorted(job.state.value for job in world.fake.jobs() if job.ref.id == "1004") == [
        "PENDING",
        "RUNNING",
    ]


def test_an_input_that_vanished_is_made_again_for_who_reads_it(world: World) -> None:
    declare(world, DATA, TRAINING)
    settle(world)
    data = world.graph().stages[0].fingerprint
    world.audit.allowed.add((data, -1))
    world.remove(data, whole=False)

    declare(world, DATA, replace(TRAINING, seed=1))
    world.apply(Call())

    assert submitted(world) == ["data.1", "sft.1", "data.2", "sft.1"]
    settle(world)


def test_of_twins_the_one_that_runs_is_kept(world: World) -> None:
    declare(world, DATA)

    def meanwhile() -> None:
        world.fake.advance(61)
        world.unlock()
        world.apply(Call())
        world.jobs.start()

    world.apply(Call(fuse=Fuse(8, meanwhile=meanwhile)))
    assert submitted(world) == ["data.1", "data.1"]

    world.apply(Call())

    states = {job.ref.id: job.state.value for job in world.fake.jobs()}
    assert (states["1002"], states["1003"]) == ("RUNNING", "CANCELLED")


def test_an_apply_that_was_overtaken_takes_no_attempts(world: World) -> None:
    declare(world, DATA)

    def meanwhile() -> None:
        world.unlock()
        declare(world, replace(DATA, seed=1))
        world.apply(Call())

    world.apply(Call(fuse=Fuse(7, meanwhile=meanwhile)))

    assert submitted(world) == ["data.1"]
    assert world.fake.orders["1002"].folder.endswith(world.graph().stages[0].fingerprint[3:19])


def test_an_old_job_stays_where_what_replaces_it_is_refused(world: World) -> None:
    declare(world, DATA)
    world.apply(Call())
    declare(world, replace(DATA, cpus=2))
    world.fake.faults = [Fault(refused="invalid")]

    world.apply(Call())

    assert [job.state.value for job in world.fake.jobs() if " lab " in job.comment] == ["PENDING"]
    settle(world)


def test_a_job_stays_where_its_childs_edges_could_not_be_changed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(world, DATA, TRAINING)
    world.apply(Call())
    declare(world, replace(DATA, cpus=2), TRAINING)

    with monkeypatch.context() as patch:
        patch.setattr(world.fake, "change", _refuse)
        world.apply(Call())

    assert waiting_in_vain(world) == []
    settle(world)


def test_no_job_is_cancelled_before_its_children_wait_for_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(world, DATA, TRAINING)
    world.apply(Call())
    declare(world, replace(DATA, cpus=2), TRAINING)
    cancel, vain = world.fake.cancel, []

    def cancelling(jobs: Sequence[JobRef], elements: Mapping[JobRef, Sequence[int]]) -> None:
        cancel(jobs, elements)
        vain.append(waiting_in_vain(world))

    monkeypatch.setattr(world.fake, "cancel", cancelling)
    world.apply(Call())

    assert vain == [[]]
    settle(world)


@pytest.mark.parametrize("stop", range(1, 6))
def test_a_replacement_that_was_interrupted_never_runs_beside_what_it_replaces(
    world: World, stop: int
) -> None:
    declare(world, DATA)
    world.apply(Call())
    declare(world, replace(DATA, cpus=2))

    world.apply(Call(stop=stop))
    world.jobs.start()

    settle(world)


def test_a_failure_can_be_retried_though_a_later_attempt_was_called_off(world: World) -> None:
    declare(world, DATA)
    world.apply(Call())
    world.jobs.start()
    _scancel(world)
    world.apply(resubmitting(world, 0))
    _scancel(world)

    world.decide(Call(), retry, 0)
    world.apply(Call())

    assert submitted(world) == ["data.1", "data.2", "data.3"]
    settle(world)


def _scancel(world: World) -> None:
    """Cancel what lives of ours, behind otplan's back."""
    live = [job.ref for job in world.fake.jobs() if job.state.live and " lab " in job.comment]
    world.fake.cancel(live, {})
    world.jobs.sweep()
