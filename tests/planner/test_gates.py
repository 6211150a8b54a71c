"""No job waits for a job of another cluster: there the gate is the product itself."""

from dataclasses import replace

from otplan.core.job import JobRef, JobState
from otplan.core.stage import Stage
from otplan.planner.edges import edges
from otplan.planner.policy import Policy
from tests.planner.world import Scene, chain, stage


def _two_sites() -> list[Stage]:
    maker, reader, below = chain(3)
    return [maker, replace(reader, cluster="far"), replace(below, cluster="far")]


def test_what_reads_from_another_cluster_waits_until_that_is_done() -> None:
    scene = Scene(_two_sites())

    assert scene.told() == ["+ s0 new", ". s1 gate", ". s2 upstream"]


def test_a_job_of_another_cluster_is_not_waited_for() -> None:
    scene = Scene(_two_sites())
    scene.live("s0", JobState.RUNNING)

    assert scene.told() == ["= s0 live", ". s1 gate", ". s2 upstream"]


def test_the_gate_opens_with_the_product() -> None:
    scene = Scene(_two_sites())
    scene.done("s0")

    assert scene.told() == ["= s0 done", "+ s1 new", "+ s2 new"]


def test_the_gate_tells_for_what_and_what_opens_it() -> None:
    scene = Scene(_two_sites())

    (reason,) = scene.plan().changes[1].reasons

    assert reason.text == "waits until script.s0/run is done on its own cluster"
    assert reason.help == "otplan continue"


def test_what_is_made_anew_on_another_cluster_closes_the_gate() -> None:
    scene = Scene(_two_sites())
    scene.done("s0")

    assert scene.told(Policy(resubmit=frozenset({"v1:s0"}))) == [
        "+ s0 resubmit",
        ". s1 gate",
        ". s2 upstream",
    ]


def test_a_queued_reader_is_called_back_when_its_maker_elsewhere_is_made_anew() -> None:
    maker, reader = chain(2)
    scene = Scene([maker, replace(reader, cluster="far")])
    scene.done("s0")
    scene.live("s1", JobState.PENDING, cluster="far")

    assert scene.told(Policy(resubmit=frozenset({"v1:s0"}))) == ["+ s0 resubmit", "- s1 gate"]


def test_edges_name_only_jobs_of_the_same_cluster() -> None:
    near, far = stage("a"), stage("b", cluster="far")
    child = stage("child", "a", "b")
    jobs = {("v1:a", 0): JobRef("c", "7"), ("v1:b", 0): JobRef("far", "8")}

    found = edges(child, {one.fingerprint: one for one in (near, far)}, jobs)

    assert [edge.job.id for edge in found] == ["7"]
