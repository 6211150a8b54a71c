"""One look at a Slurm: which questions are asked, and what their answers come to."""

from collections.abc import Callable, Mapping, Sequence

import pytest

from otplan.core.job import JobRef, JobState
from otplan.errors import OtplanError
from otplan.schedulers.slurm import argv
from otplan.schedulers.slurm.client import Client
from otplan.schedulers.slurm.look import Look
from otplan.shell.here import Here
from otplan.shell.protocol import Completed

HEADER = (
    "ARRAY_JOB_ID|ARRAY_TASK_ID|STATE|REASON|USER|SUBMIT_TIME|START_TIME|END_TIME|"
    "RESTART_COUNT|EXIT_CODE|NAME|COMMENT|"
)


class Answers(Here):
    """A host whose commands are answered by the test; `asked` are those it was asked to run."""

    def __init__(self, answer: Callable[[Sequence[str]], Completed]) -> None:
        self.asked: list[list[str]] = []
        self._answer = answer

    def run(self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float = 120.0) -> Completed:
        words = [*argv][argv.index("SLURM_TIME_FORMAT=%s") + 1 :]
        self.asked.append(words)
        return self._answer(words)


def _look(answers: Mapping[str, Completed | OtplanError]) -> tuple[Look, Answers]:
    def answer(words: Sequence[str]) -> Completed:
        said = next(said for begins, said in answers.items() if begins in " ".join(words))
        if isinstance(said, OtplanError):
            raise said
        return said

    host = Answers(answer)
    return Look("c", Client(host)), host


def test_where_there_is_no_ps_nothing_is_seen_to_be_on_its_way() -> None:
    look, host = _look({"ps -ww": OtplanError("`ps` cannot be run here")})

    assert look.sending(["a.otp-x.1"]) == frozenset()
    assert len(host.asked) == 1


def test_what_is_on_its_way_is_seen_by_its_whole_name() -> None:
    said = b"sbatch --parsable --job-name=a.otp-x.1 s.sh\nsbatch --job-name=a.otp-x.11 s.sh\n"
    look, _ = _look({"ps -ww": Completed(0, said, b"")})

    assert look.sending(["a.otp-x.1", "b.otp-x.1"]) == {"a.otp-x.1"}


def test_where_nothing_is_lost_no_process_is_looked_at() -> None:
    look, host = _look({})

    assert look.sending([]) == frozenset()
    assert host.asked == []


def test_many_names_are_asked_for_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(argv, "MOST_NAMES", 2)
    header = "JobID|User|State|ExitCode|Submit|Start|End|JobName\n"
    look, host = _look({"sacct": Completed(0, header.encode(), b"")})

    look.past((), (), ["a", "b", "c", "d", "e"], 60)

    names = [word for words in host.asked for word in words if word.startswith("--name=")]
    assert names == ["--name=a,b", "--name=c,d", "--name=e"]


def test_a_single_number_that_squeue_does_not_know_is_no_silence() -> None:
    unknown = Completed(1, b"", b"slurm_load_jobs error: Invalid job id specified\n")
    mine = Completed(0, f"{HEADER}\n".encode(), b"")
    look, _ = _look({"--jobs=": unknown, "--me": mine})

    assert look.queue([JobRef("c", "99")]) == ()


def test_a_job_that_two_questions_find_is_one() -> None:
    row = "7||RUNNING|None|me|1|2|3|0|0|a.otp-x.1|otplan w w-1|"
    look, _ = _look({"squeue": Completed(0, f"{HEADER}\n{row}\n".encode(), b"")})

    (job,) = look.queue([JobRef("c", "7")])

    assert (job.ref.id, job.state) == ("7", JobState.RUNNING)


def test_a_number_of_another_cluster_is_not_asked_for() -> None:
    look, host = _look({"--me": Completed(0, f"{HEADER}\n".encode(), b"")})

    look.queue([JobRef("far", "7")])

    assert len(host.asked) == 1
