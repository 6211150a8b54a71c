"""Commands of this machine: run to their end, or started and left alone."""

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from otplan.errors import OtplanError, Unclear
from otplan.shell import processes
from otplan.shell.here import Here
from otplan.shell.protocol import Completed, ProcessId
from otplan.shell.table import connect

HERE = Here()


@pytest.mark.parametrize(
    ("script", "completed"),
    [
        ("printf out; printf err >&2", Completed(0, b"out", b"err")),
        ("exit 3", Completed(3, b"", b"")),
        ("kill -TERM $$", Completed(-15, b"", b"")),
        ("cat", Completed(0, b"in", b"")),
    ],
)
def test_a_command_runs_to_its_end(script: str, completed: Completed) -> None:
    assert HERE.run(["sh", "-c", script], stdin=b"in") == completed


def test_arguments_are_never_read_by_a_shell() -> None:
    assert HERE.run(["printf", "%s", "$(id); `id` *"]).out == b"$(id); `id` *"


def test_much_output_and_unread_input_hang_nothing() -> None:
    completed = HERE.run(["head", "-c", "3000000", "/dev/zero"], stdin=b"x" * 1_000_000)

    assert len(completed.out) == 3_000_000


def test_after_its_time_a_command_is_unclear_and_gone(tmp_path: Path) -> None:
    script = "sleep 60 & echo $! > child; wait"

    with pytest.raises(Unclear, match=r"no answer from `sh -c 'cd .*` within 0\.5 s"):
        HERE.run(["sh", "-c", f"cd {tmp_path}; {script}"], timeout=0.5)

    _wait(lambda: not _lives(int((tmp_path / "child").read_text())))


def test_a_command_that_is_not_there_is_told() -> None:
    with pytest.raises(OtplanError, match="`no-such-command` cannot be run here: No such file"):
        HERE.run(["no-such-command", "1"])


def test_ctrl_c_at_the_terminal_does_not_reach_a_command() -> None:
    out = HERE.run([sys.executable, "-c", "import os; print(os.getpgrp(), os.getsid(0))"]).out

    assert str(os.getpgrp()).encode() not in out.split()
    assert str(os.getsid(0)).encode() not in out.split()


def test_a_spawned_command_leads_a_session_and_appends_to_its_log(tmp_path: Path) -> None:
    log = tmp_path / "new" / "log"
    script = "import os, sys; print(os.getsid(0) == os.getpid(), sys.stdin.read() == '')"

    for _ in range(2):
        HERE.spawn([sys.executable, "-c", script], str(log))

    _wait(lambda: log.read_text().count("\n") == 2)
    assert log.read_text() == "True True\n" * 2


def test_a_spawned_command_keeps_no_file_of_ours_open(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)  # noqa: FBT003 - its only argument

    process = HERE.spawn(["sleep", "60"], str(tmp_path / "log"))

    os.close(writing)
    assert os.read(reading, 1) == b""
    os.close(reading)
    os.kill(process.pid, signal.SIGKILL)


def test_a_process_is_alive_until_it_ends(tmp_path: Path) -> None:
    process = HERE.spawn(["sleep", "60"], str(tmp_path / "log"))
    before = HERE.alive(process)

    os.kill(process.pid, signal.SIGKILL)

    assert before is True
    _wait(lambda: HERE.alive(process) is False)


def test_we_are_alive() -> None:
    assert HERE.me().pid == os.getpid()
    assert HERE.alive(HERE.me()) is True


@pytest.mark.parametrize(
    ("other", "alive"),
    [({"host": "elsewhere"}, None), ({"boot": "earlier"}, False), ({"started": 1}, False)],
)
def test_another_process_of_the_same_number_is_not_taken_for_it(
    other: dict[str, object], alive: bool | None
) -> None:
    assert HERE.alive(replace(HERE.me(), **other)) is alive  # type: ignore[arg-type]


def test_a_command_name_with_brackets_and_spaces_confuses_nobody(tmp_path: Path) -> None:
    odd = tmp_path / "a) R 1 (b"
    odd.symlink_to("/bin/sleep")

    process = HERE.spawn([str(odd), "60"], str(tmp_path / "log"))

    assert process.started == processes.started(process.pid)
    assert process.started >= HERE.me().started
    os.kill(process.pid, signal.SIGKILL)


def test_without_proc_a_process_is_known_by_its_number_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(processes, "_BOOT", tmp_path / "absent")

    me = HERE.me()

    assert me == ProcessId(os.uname().nodename, "", os.getpid(), 0)
    assert HERE.alive(me) is True
    assert HERE.alive(replace(me, pid=2**22 + 1)) is False


def test_a_login_is_here_or_not_yet() -> None:
    assert isinstance(connect("here"), Here)
    with pytest.raises(OtplanError, match="asks for ssh"):
        connect("me@login1")


def _lives(pid: int) -> bool:
    return processes.started(pid) is not None


def _wait(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.01)
