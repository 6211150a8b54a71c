"""What goes wrong on the cluster in memory, when a test asks for it."""

import pytest

from otplan.core.job import Edge, JobRef, JobState, Order
from otplan.core.stage import Limits
from otplan.errors import Refused, Unclear
from otplan.schedulers.fake import Fake
from otplan.schedulers.faults import Fault, Site

NAME = "a.otp-x.1"


def order(name: str = NAME, *after: JobRef) -> Order:
    edges = tuple(Edge(job) for job in after)
    return Order(name, "s", "f", "l", "c", Limits(), edges)


def seen(fake: Fake, since: int = 0) -> list[str]:
    return [job.name for job in fake.observe((), [NAME], since).jobs]


def ended(fake: Fake, state: JobState = JobState.COMPLETED) -> JobRef:
    ref = fake.submit(order())
    fake.tick()
    fake.end(ref, state)
    return ref


@pytest.mark.parametrize(("made", "names"), [(True, [NAME]), (False, [])])
def test_a_lost_reply_leaves_it_open_whether_the_job_was_made(made: bool, names: list[str]) -> None:
    fake = Fake()
    fake.faults = [Fault(made=made)]

    with pytest.raises(Unclear):
        fake.submit(order())

    assert seen(fake) == names


def test_a_lost_submission_may_appear_late_and_does_not_start_before() -> None:
    fake = Fake()
    fake.faults = [Fault(made=True, late=30)]
    with pytest.raises(Unclear):
        fake.submit(order())
    early = (seen(fake), fake.tick())

    fake.advance(30)

    assert early == ([], ())
    assert seen(fake) == [NAME]
    assert [job.name for job in fake.tick()] == [NAME]


def test_a_fault_befalls_one_submission() -> None:
    fake = Fake()
    fake.faults = [None, Fault(refused="limit")]
    first = fake.submit(order())

    with pytest.raises(Refused) as refused:
        fake.submit(order())

    assert refused.value.kind == "limit"
    assert fake.submit(order()) != first
    assert seen(fake) == [NAME, NAME]


def test_a_blind_look_is_unknown_and_the_next_one_sees() -> None:
    fake = Fake()
    fake.submit(order())
    fake.blind = ["slurmctld does not answer"]

    blind, seeing = fake.observe((), (), 0), fake.observe((), (), 0)

    assert (blind.jobs, blind.unknown) == ((), "slurmctld does not answer")
    assert (len(seeing.jobs), seeing.unknown) == (1, "")


@pytest.mark.parametrize(("accounting", "names"), [(True, [NAME]), (False, [])])
def test_without_accounting_an_ended_job_is_forgotten(accounting: bool, names: list[str]) -> None:
    fake = Fake(site=Site(accounting=accounting))
    ended(fake)
    before = seen(fake)

    fake.advance(300)

    assert before == [NAME]
    assert seen(fake) == names
    assert fake.abilities.forgets == (None if accounting else 300)


def test_a_child_of_a_forgotten_job_is_refused() -> None:
    fake = Fake()
    parent = ended(fake)
    fake.advance(300)

    with pytest.raises(Refused) as refused:
        fake.submit(order("child", parent))

    assert refused.value.kind == "dependency"


def test_up_to_22_05_a_child_of_a_forgotten_job_just_runs() -> None:
    fake = Fake(site=Site(lifts=True))
    parent = ended(fake, JobState.FAILED)
    fake.advance(300)

    child = fake.submit(order("child", parent))

    assert [job.ref for job in fake.tick()] == [child]


def test_a_requeued_job_keeps_its_id_and_moves_its_submit_time() -> None:
    fake = Fake()
    ref = fake.submit(order())
    fake.tick()
    fake.advance(60)

    fake.requeue(ref)

    (job,) = fake.jobs()
    assert (job.ref, job.state, job.restarts) == (ref, JobState.PENDING, 1)
    assert job.submitted == fake.now
    assert [job.ref for job in fake.tick()] == [ref]


def test_a_submit_limit_counts_live_jobs() -> None:
    fake = Fake(site=Site(most=1))
    ended(fake)
    fake.submit(order())

    with pytest.raises(Refused) as refused:
        fake.submit(order())

    assert refused.value.kind == "limit"


def test_a_look_for_a_name_leaves_out_older_jobs() -> None:
    fake = Fake()
    ended(fake)
    fake.advance(60)

    assert seen(fake, since=fake.now) == []
    assert seen(fake, since=fake.now - 60) == [NAME]
