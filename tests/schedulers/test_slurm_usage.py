"""What sacct and sstat printed of one job, as recorded on 22.05, and what otplan reads in it."""

import pytest

from otplan.core.job import JobRef
from otplan.core.usage import Usage
from otplan.errors import Unreachable
from otplan.schedulers.slurm import usage
from otplan.schedulers.slurm.scheduler import Site, Slurm
from otplan.shell.here import Here
from otplan.shell.protocol import Completed

KILLED = """\
1|1|FAILED||billing=1,cpu=1,mem=200M,node=1|2880
1.batch|1.batch|CANCELLED by 0|273548K|cpu=1,mem=200M,node=1|
"""
STEPPED = """\
2|2|FAILED||billing=1,cpu=1,mem=400M,node=1|2880
2.batch|2.batch|FAILED|12352K|cpu=1,mem=400M,node=1|
2.0|2.0|CANCELLED by 0|116792K|cpu=1,mem=100M,node=1|
"""
TWO_NODES = """\
5|5|COMPLETED||billing=2,cpu=2,mem=600M,node=2|1
5.batch|5.batch|COMPLETED|3284K|cpu=1,mem=300M,node=1|
"""
RUNNING = """\
6_1|6|RUNNING||billing=1,cpu=1,mem=200M,node=1|10
6_1.batch|6.batch|RUNNING||cpu=1,mem=200M,node=1|
"""
LIVE = "6.batch|67180K\n12.batch|61204K\n"
NO_MEMORY = (
    "7|7|COMPLETED||billing=1,cpu=1,node=1|\n7.batch|7.batch|COMPLETED|1.50G|cpu=1,node=1|\n"
)


@pytest.mark.parametrize(
    ("job", "out", "expected"),
    [
        ("1", KILLED, Usage(267, 200, 172_800)),
        ("2", STEPPED, Usage(114, 100, 172_800)),
        ("5", TWO_NODES, Usage(3, 300, 60)),
        ("7", NO_MEMORY, Usage(1536, None, None)),
        ("1", "1|1|PENDING||mem=200M,node=1|10\n", Usage(None, 200, 600)),
        ("1", "", None),
        ("1", "sacct: nonsense|of|a|site|with|bars\n", None),
        ("6", RUNNING, None),
    ],
)
def test_the_step_that_came_closest_to_its_limit_is_told(
    job: str, out: str, expected: Usage | None
) -> None:
    assert usage.usage(usage.steps(job, out), {}) == expected


def test_of_the_last_element_of_an_array_only_its_own_steps_count() -> None:
    found = usage.steps("6_1", RUNNING)

    now = usage.peaks(found[0].raw, LIVE)

    assert usage.usage(found, now) == Usage(66, 200, 600)


class Answers(Here):
    """A machine whose commands answer from a table; any other is not reached."""

    def __init__(self, **answers: str) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def run(self, argv: list[str], *, stdin: bytes = b"", timeout: float) -> Completed:  # type: ignore[override]
        name = next(word for word in argv if word in ("sacct", "sstat"))
        self.asked.append(f"{name} {argv[-1]}")
        if name not in self.answers:
            raise Unreachable(f"{name} does not answer")
        return Completed(0, self.answers[name].encode(), b"")


def told(shell: Answers, element: int | None = None, **site: bool) -> Usage | None:
    """Ask what job 6 took."""
    return Slurm("lab", shell, Site(**site), lambda: 0).usage(JobRef("lab", "6"), element)  # type: ignore[arg-type]


def test_what_runs_is_asked_of_sstat_by_its_own_id() -> None:
    shell = Answers(sacct=RUNNING, sstat=LIVE)

    assert told(shell, 1) == Usage(66, 200, 600)
    assert shell.asked == ["sacct --jobs=6_1", "sstat --jobs=6"]


def test_what_ended_is_asked_of_sacct_alone() -> None:
    shell = Answers(sacct=KILLED.replace("1|1", "6|6").replace("1.batch", "6.batch"))

    assert told(shell) == Usage(267, 200, 172_800)
    assert shell.asked == ["sacct --jobs=6"]


def test_a_site_without_accounting_is_asked_what_runs_alone() -> None:
    shell = Answers(sstat=LIVE)

    assert told(shell, accounting=False) == Usage(66)
    assert shell.asked == ["sstat --jobs=6"]


def test_nobody_who_answers_is_nothing_told() -> None:
    assert told(Answers()) is None
    assert told(Answers(), 1) is None
