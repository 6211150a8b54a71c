"""The benchmarks compare like with like, and judge what they saw."""

import json
import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml

from benchmarks import manifest, terraform
from benchmarks.cases import Budget
from benchmarks.measure import Command, Cost, in_turns, middle, run
from benchmarks.shapes import SHAPES, Node, Read, chain, fan_out, pipeline


def _reads(node: Node) -> set[str]:
    """Return the names of what a resource reads, however deep its fields hold them."""
    found: set[str] = set()
    rest: list[object] = [node.fields]
    while rest:
        value = rest.pop()
        if isinstance(value, Read):
            found.add(value.name)
        rest += (
            value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        )
    return found


def test_a_pipeline_is_one_dataset_and_five_branches() -> None:
    sections = Counter(node.section for node in pipeline(26))

    assert sections == {"datasets": 1, "trainings": 5, "consolidations": 5, "evals": 15}


@pytest.mark.parametrize(("size", "nodes"), [(100, 104), (1_000, 1_014), (10_000, 10_010)])
def test_pipelines_are_whole(size: int, nodes: int) -> None:
    assert sum(1 for _ in pipeline(size)) == nodes


def test_a_chain_is_as_deep_as_it_is_long() -> None:
    nodes = list(chain(4))

    assert [_reads(node) for node in nodes] == [set(), {"step-0"}, {"step-1"}, {"step-2"}]


def test_a_fan_out_is_read_by_all() -> None:
    first, *others = fan_out(4)

    assert [_reads(node) for node in others] == [{first.name}] * 3


@pytest.mark.parametrize("shape", SHAPES)
def test_both_programs_get_the_same_resources(shape: str) -> None:
    nodes = tuple(SHAPES[shape](60))

    ours = yaml.safe_load(manifest.text(nodes))
    theirs = json.loads(terraform.text(nodes))["resource"]["terraform_data"]

    sections = [ours[section] for section in dict.fromkeys(node.section for node in nodes)]
    assert {name for section in sections for name in section} == set(theirs)
    assert len(theirs) == len(nodes)


@pytest.mark.parametrize("shape", SHAPES)
def test_both_programs_get_the_same_edges(shape: str) -> None:
    nodes = tuple(SHAPES[shape](60))

    theirs = json.loads(terraform.text(nodes))["resource"]["terraform_data"]

    written = {name: json.dumps(fields) for name, fields in theirs.items()}
    missing = [
        (node.name, name)
        for node in nodes
        for name in _reads(node)
        if f"${{terraform_data.{name}.id}}" not in written[node.name]
    ]
    assert missing == []


@pytest.mark.parametrize(
    ("wall", "peak", "kept"), [(0.4, 100, True), (0.5, 100, False), (0.4, 300, False)]
)
def test_a_budget_holds_seconds_and_memory(wall: float, peak: float, *, kept: bool) -> None:
    budget = Budget(ratio=0.5, peak=260)

    assert budget.kept(Cost(wall, wall, peak), Cost(wall=0.9, cpu=0.9, peak=500)) is kept


def test_programs_run_in_turns(tmp_path: Path) -> None:
    log = tmp_path / "log"
    program = "import sys; open('log', 'a').write(sys.argv[1])"
    commands = {
        name: Command((sys.executable, "-S", "-c", program, name), tmp_path) for name in "ab"
    }

    costs = in_turns(commands, runs=2)

    assert log.read_text() == "ab" + "abab"  # The first turn warms up and is not counted.
    assert {name: len(each) for name, each in costs.items()} == {"a": 2, "b": 2}


def test_the_cost_is_that_of_the_whole_process(tmp_path: Path) -> None:
    program = "import time; kept = b'x' * 100_000_000; time.sleep(0.2)"

    cost = run(Command((sys.executable, "-S", "-c", program), tmp_path))

    assert cost.wall > 0.2
    assert cost.peak > 100


def test_a_program_that_does_not_succeed_ends_the_benchmark_with_its_words(tmp_path: Path) -> None:
    program = "import sys; print('no such graph'); sys.exit(3)"

    with pytest.raises(SystemExit, match="ended 3:\nno such graph"):
        run(Command((sys.executable, "-S", "-c", program), tmp_path))


def test_the_middle_of_the_costs_is_taken_for_each_number_by_itself() -> None:
    costs = [Cost(1, 30, 200), Cost(2, 10, 300), Cost(3, 20, 100)]

    assert middle(costs) == Cost(2, 20, 200)
