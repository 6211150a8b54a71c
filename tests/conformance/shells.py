"""What every host must do: a class inherits `ShellSuite` and adds the fixture `shell`.

The host sees the same files as the test does.
"""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from otplan.errors import OtplanError, Unclear
from otplan.shell import processes
from otplan.shell.protocol import Completed, Shell
from tests.conformance.shell_files import FileSuite

PATIENCE = 20.0


class ShellSuite(FileSuite):
    """The promises of otplan/shell/protocol.py, one test each."""

    @pytest.mark.parametrize(
        ("script", "completed"),
        [
            ("printf out; printf err >&2", Completed(0, b"out", b"err")),
            ("exit 3", Completed(3, b"", b"")),
            ("exit 255", Completed(255, b"", b"")),
            ("kill -TERM $$", Completed(-15, b"", b"")),
            ("cat", Completed(0, b"in", b"")),
        ],
    )
    def test_a_command_runs_to_its_end(
        self, shell: Shell, script: str, completed: Completed
    ) -> None:
        assert shell.run(["sh", "-c", script], stdin=b"in") == completed

    def test_arguments_are_never_read_by_a_shell(self, shell: Shell) -> None:
        odd = "$(id); `id` * ! 'a' \"b\" \\ \n é \udcff"

        assert shell.run(["printf", "%s", odd]).out == os.fsencode(odd)

    def test_much_output_and_unread_input_hang_nothing(self, shell: Shell) -> None:
        completed = shell.run(["head", "-c", "3000000", "/dev/zero"], stdin=b"x" * 1_000_000)

        assert len(completed.out) == 3_000_000

    def test_after_its_time_a_command_is_unclear_and_gone(
        self, shell: Shell, tmp_path: Path
    ) -> None:
        script = "sleep 60 & echo $! > child; wait"

        with pytest.raises(Unclear, match=r"no answer from `sh -c 'cd .*` within 0\.5 s"):
            shell.run(["sh", "-c", f"cd {tmp_path}; {script}"], timeout=0.5)

        child = int((tmp_path / "child").read_text())
        _wait(lambda: processes.started(child) is None)
        assert shell.run(["echo", "on"]).out == b"on\n"

    def test_a_command_that_is_not_there_is_told(self, shell: Shell) -> None:
        with pytest.raises(OtplanError, match=r"`no-such-command` cannot be run .*: No such file"):
            shell.run(["no-such-command", "1"])

    def test_ctrl_c_at_the_terminal_does_not_reach_a_command(self, shell: Shell) -> None:
        out = shell.run([sys.executable, "-c", "import os; print(os.getpgrp(), os.getsid(0))"]).out

        assert str(os.getpgrp()).encode() not in out.split()
        assert str(os.getsid(0)).encode() not in out.split()

    def test_the_user_is_the_one_a_command_runs_as(self, shell: Shell) -> None:
        assert shell.user() == shell.run(["id", "-un"]).out.decode().strip()

    def test_the_variables_are_those_a_command_gets(self, shell: Shell) -> None:
        out = shell.run(["env", "-0"]).out.decode(errors="surrogateescape")

        names = {pair.partition("=")[0] for pair in out.split("\0")[:-1]}
        # Readline, where a test runner loads it, sets these past os.environ.
        assert shell.variables() ^ names <= {"COLUMNS", "LINES"}

    def test_a_spawned_command_leads_a_session_and_appends_to_its_log(
        self, shell: Shell, tmp_path: Path
    ) -> None:
        log = tmp_path / "new" / "log"
        script = "import os, sys; print(os.getsid(0) == os.getpid(), sys.stdin.read() == '')"

        for _ in range(2):
            shell.spawn([sys.executable, "-c", script], str(log))

        _wait(lambda: log.read_text().count("\n") == 2)
        assert log.read_text() == "True True\n" * 2

    def test_a_process_is_alive_until_it_ends(self, shell: Shell, tmp_path: Path) -> None:
        process = shell.spawn(["sleep", "60"], str(tmp_path / "log"))
        before = shell.alive(process)

        shell.run(["kill", "-9", str(process.pid)])

        assert before is True
        _wait(lambda: shell.alive(process) is False)

    @pytest.mark.parametrize(
        ("other", "alive"),
        [
            ({}, True),
            ({"host": "elsewhere"}, None),
            ({"boot": "earlier"}, False),
            ({"started": 1}, False),
        ],
    )
    def test_who_acts_for_us_lives_and_another_of_its_number_is_not_taken_for_it(
        self, shell: Shell, other: dict[str, object], alive: bool | None
    ) -> None:
        assert shell.alive(replace(shell.me(), **other)) is alive  # type: ignore[arg-type]

    def test_a_command_name_with_brackets_and_spaces_confuses_nobody(
        self, shell: Shell, tmp_path: Path
    ) -> None:
        odd = tmp_path / "a) R 1 (b"
        odd.symlink_to("/bin/sleep")

        process = shell.spawn([str(odd), "60"], str(tmp_path / "log"))

        assert process.started == processes.started(process.pid)
        assert process.started >= shell.me().started
        shell.run(["kill", "-9", str(process.pid)])


def _wait(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.01)
