"""What a job left behind leads to a cause; each file in cases/ is one job's end.

Its first line is the cause to be found and how the job ended; the log follows a blank line.
"""

from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otplan.core.job import JobState
from otplan.core.usage import Usage
from otplan.diagnose.causes import ENDINGS, EXITS, KILLED, SIGNALS, STATES
from otplan.diagnose.diagnosis import Diagnosis, Ending, diagnose
from otplan.diagnose.patterns import ANYWHERE, IN_ERRORS

HERE = Path(__file__).with_name("cases")
CASES = sorted(HERE.glob("*.txt"))
OUT = JobState.OUT_OF_MEMORY


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_recorded_end_leads_to_its_cause(case: Path) -> None:
    expected, ending = _read(case)

    diagnosis = diagnose(ending)

    assert diagnosis.cause == expected
    assert diagnosis.words
    assert "{" not in diagnosis.words + diagnosis.suggestion


def test_every_row_of_the_tables_has_a_case() -> None:
    advised = [*STATES.values(), *ENDINGS.values(), *SIGNALS.values(), *EXITS.values()]
    causes = {each.cause for each in [*advised, *(row.advice for row in (*ANYWHERE, *IN_ERRORS))]}

    seen = {_read(case)[0] for case in CASES}

    assert causes - seen == {
        "aborted",
        "boot_fail",
        "bus_error",
        "deadline",
        "lost",
        "revoked",
        "terminated",
    }


def test_what_is_missing_is_named() -> None:
    missing = "Traceback (most recent call last):\nModuleNotFoundError: No module named 'vllm'\n"

    diagnosis = diagnose(Ending(JobState.FAILED, 1, log=missing))

    assert diagnosis == Diagnosis(
        "missing_module",
        "Python has no module `vllm` there",
        "install it in the environment that the cluster's `activate:` enters",
        "ModuleNotFoundError: No module named 'vllm'",
    )


def test_a_name_with_braces_is_quoted_as_it_is() -> None:
    diagnosis = diagnose(Ending(exit_code=1, log="cat: {name}/{0}: No such file or directory"))

    assert diagnosis.words == "a file or folder is not there: {name}/{0}"


def test_the_last_exception_counts() -> None:
    first = "Traceback (most recent call last):\nKeyError: 'a'\n"
    last = "Traceback (most recent call last):\nTypeError: no number\n"

    diagnosis = diagnose(Ending(exit_code=1, log=f"{first}\nDuring handling …\n\n{last}"))

    assert diagnosis.words == "the program raised TypeError: no number"


@pytest.mark.parametrize(
    ("case", "words"),
    [
        (
            "exception_of_the_first_rank_not_the_last",
            "rank 1 on n0231 raised KeyError: 'input_ids'",
        ),
        (
            "rank_failed_behind_deepspeed",
            "local rank 3 on n0231 failed first, with exit code 1; this log does not say why",
        ),
        (
            "out_of_memory_of_one_rank_behind_torchrun",
            f"{KILLED.words}; rank 1 on n0231 failed first",
        ),
        (
            "exception_before_the_other_ranks_lose_it",
            "rank 3 raised IndexError: index 151936 is out of range of the vocabulary",
        ),
    ],
)
def test_of_many_ranks_the_first_that_failed_is_named(case: str, words: str) -> None:
    _, ending = _read(HERE / f"{case}.txt")

    assert diagnose(ending).words == words


@pytest.mark.parametrize(
    ("ending", "line"),
    [
        (Ending(OUT, usage=Usage(199, 200)), "memory: 400M"),
        (Ending(OUT, usage=Usage(900, 200)), "memory: 1350M"),
        (Ending(OUT, usage=Usage(None, 8192)), "memory: 16G"),
        (Ending(OUT, usage=Usage(20_000, None)), "memory: 30G"),
        (Ending(JobState.TIMEOUT, limit=90), 'slurm: {time: "00:03:00"}'),
        (Ending(JobState.TIMEOUT, limit=86_400), 'slurm: {time: "48:00:00"}'),
        (Ending(exit_code=137, usage=Usage(200, 200)), "memory: 400M"),
    ],
)
def test_the_edit_that_mends_it_is_told(ending: Ending, line: str) -> None:
    suggestion = diagnose(ending).suggestion

    assert suggestion.splitlines()[-1].strip() == line
    assert len(suggestion.splitlines()) == 2


def test_where_no_figure_is_known_none_is_told() -> None:
    assert len(diagnose(Ending(OUT, usage=Usage())).suggestion.splitlines()) == 1
    assert len(diagnose(Ending(JobState.TIMEOUT)).suggestion.splitlines()) == 1


def test_a_gpu_that_failed_is_left_out_with_its_node() -> None:
    block = (
        "Root Cause (first observed failure):\n[0]:\n  host      : n0231\n"
        "  rank      : 3 (local_rank: 3)\n  exitcode  : 1 (pid: 4121)\n"
    )
    log = f"RuntimeError: CUDA error: uncorrectable ECC error encountered\n{block}"

    diagnosis = diagnose(Ending(exit_code=1, log=log))

    assert diagnosis.cause == "gpu"
    assert diagnosis.suggestion.endswith("\n    slurm: {exclude: n0231}")


def test_the_last_line_that_says_so_is_quoted() -> None:
    log = "cat: early.txt: No such file or directory\ncat: late.txt: No such file or directory"

    diagnosis = diagnose(Ending(exit_code=1, log=log))

    assert diagnosis.words == "a file or folder is not there: late.txt"
    assert diagnosis.line == "cat: late.txt: No such file or directory"


def test_colours_and_progress_bars_hide_no_cause() -> None:
    log = "10%\r20%\r\x1b[31mcat: a.txt: No such file or directory\x1b[0m\r"

    diagnosis = diagnose(Ending(exit_code=1, log=log))

    assert diagnosis.line == "cat: a.txt: No such file or directory"


def test_lines_without_end_are_read_in_no_time() -> None:
    log = "\n".join(["x" * 100_000] * 20 + ["y." * 300] * 300)
    start = process_time()

    diagnosis = diagnose(Ending(exit_code=3, log=log))

    assert diagnosis.cause == "failed"
    assert process_time() - start < 1


@given(st.text(), st.integers(0, 255), st.integers(0, 64))
def test_any_end_has_a_diagnosis(log: str, exit_code: int, signal: int) -> None:
    diagnosis = diagnose(Ending(None, exit_code, signal, log=log))

    assert diagnosis.cause


def _read(case: Path) -> tuple[str, Ending]:
    head, _, log = case.read_text().partition("\n\n")
    cause, *named = head.split()
    said = dict(pair.split("=") for pair in named)
    return cause, Ending(
        state=JobState(said.get("state", "FAILED")),
        exit_code=int(said["exit"]),
        signal=int(said.get("signal", 0)),
        cause=said.get("cause", ""),
        log=log,
    )
