"""Arrays, replicas, and stages that several resources share."""

from tests.acceptance.lab import Lab

CHUNKED = """
otplan: 1
workspace: chunked
datasets:
  pairs:
    generate:
      script: step.sh
      args: {step: pairs}
      chunks: 3
trainings:
  small:
    model: none
    datasets: [pairs]
    script: step.sh
    args: {step: small}
"""

REPLICAS = """
otplan: 1
workspace: replicas
scripts:
  first: {script: step.sh, args: {step: small}}
  second: {script: step.sh, args: {step: small}}
"""

SHARED = """
otplan: 1
workspace: shared
defaults:
  datasets: {generate: {script: step.sh, args: {step: made}}}
datasets:
  mine:
    trace: {script: step.sh, args: {step: mine}}
  yours:
    trace: {script: step.sh, args: {step: yours}}
"""


def test_the_elements_of_an_array_are_joined_in_their_order(fresh: Lab) -> None:
    fresh.make(CHUNKED)

    fresh.apply()

    joined = fresh.output("dataset.pairs/join") / "data.jsonl"
    assert joined.read_text() == "".join(f'{{"step": "pairs-{n}"}}\n' for n in range(3))
    assert fresh.ran() == ["pairs-0", "pairs-1", "pairs-2", "small"]


def test_a_failed_element_is_submitted_alone_and_then_what_waits_for_it(fresh: Lab) -> None:
    fresh.make(CHUNKED)
    fresh.fail("pairs-1")
    fresh.apply(code=6)
    first = fresh.ran()
    fresh.mend("pairs-1")

    fresh("retry", "pairs/generate", "-m", "manifest.yaml")
    change = fresh.change("dataset.pairs/generate")
    fresh.apply()

    assert first == ["pairs-0", "pairs-1", "pairs-2"]
    assert (change["action"], change["elements"]) == ("submit", [1])
    assert fresh.ran() == ["pairs-1", "small"]
    assert _attempted(fresh) == [(0, 1), (1, 1), (1, 2), (2, 1)]


def _attempted(lab: Lab) -> list[tuple[int, int]]:
    told = lab("why", "pairs/generate", "-m", "manifest.yaml", "--json").document["stages"][0]
    return [(each["element"], each["n"]) for each in told["explanation"]["attempts"]]


def test_why_names_the_element_that_failed(fresh: Lab) -> None:
    fresh.make(CHUNKED)
    fresh.fail("pairs-1")
    fresh.apply(code=6)

    said = fresh("why", "pairs/generate", "-m", "manifest.yaml")

    assert "Attempt 1, element 1, job 1, exit code 3" in said.out
    assert "step pairs-1: model.bin: No such file or directory" in said.out
    assert "2 elements ended well." in said.out


def test_the_logs_of_an_array_are_told_apart(fresh: Lab) -> None:
    fresh.make(CHUNKED)
    fresh.apply()

    said = fresh("logs", "pairs/generate", "-m", "manifest.yaml")

    assert "==> dataset.pairs/generate, element 1 <==\nstep pairs-1 begins\n" in said.out


def test_equal_resources_are_an_error_unless_they_are_replicas(fresh: Lab) -> None:
    fresh.make(REPLICAS)

    said = fresh("plan", code=3)
    fresh.edit("  second: {", "  second: {replicate: 2, ")
    fresh.apply()

    assert "script.second" in said.err
    assert "replicate" in said.err
    assert fresh.ran() == ["small", "small"]


def test_a_replica_added_later_leaves_the_first_as_it_is(fresh: Lab) -> None:
    fresh.make(REPLICAS.partition("  second")[0])
    fresh.apply()
    fresh.ran()
    fresh.write("manifest.yaml", REPLICAS.replace("second: {", "second: {replicate: 2, "))

    fresh.apply()

    assert fresh.ran() == ["small"]


def test_equal_stages_of_several_resources_run_once(fresh: Lab) -> None:
    fresh.make(SHARED)

    said = fresh("plan")
    fresh.apply()

    assert (
        "+ dataset.mine/generate   will be submitted (attempt 1)\n    also dataset.yours"
        in said.out
    )
    assert fresh.ran() == ["made", "mine", "yours"]
    assert fresh.states()["dataset.yours/generate"] == "done"


def test_the_elements_run_as_many_at_once_as_declared(fresh: Lab) -> None:
    fresh.make(CHUNKED.replace("chunks: 3", "chunks: 3\n      chunks_at_once: 1"))
    fresh.hold("pairs-0")
    fresh.submit()
    fresh.began("pairs-0")

    entries = fresh.queue().entries
    running = [entry.element for entry in entries if entry.running]

    assert running == [0]
