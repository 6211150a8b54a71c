"""The machine we run on, as a host: what every host promises, and what only it can show."""

import os
import resource
import signal
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from otplan.errors import OtplanError
from otplan.shell import processes
from otplan.shell.here import Here
from otplan.shell.protocol import ProcessId
from otplan.shell.ssh import Ssh
from otplan.shell.table import connect
from tests.conformance.shells import ShellSuite

HERE = Here()


class TestHere(ShellSuite):
    @pytest.fixture
    def shell(self) -> Here:
        return HERE


def test_of_many_claims_one_succeeds_and_its_content_stands(tmp_path: Path) -> None:
    path, ours, barrier = str(tmp_path / "new" / "claim"), [], threading.Barrier(8)

    def claim(number: int) -> None:
        barrier.wait(20)
        if HERE.claim(path, f"{number}".encode()):
            ours.append(number)

    threads = [threading.Thread(target=claim, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(ours) == 1
    assert HERE.read([path])[path] == f"{ours[0]}".encode()
    assert HERE.names(str(tmp_path / "new")) == ("claim",)


def test_a_full_disk_is_told_with_what_to_do_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"before")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))

    try:
        with pytest.raises(OtplanError, match="a` cannot be written: File too large") as told:
            HERE.write(str(tmp_path), {"a": b"x" * 5000})
        with pytest.raises(OtplanError, match="claim` cannot be written"):
            HERE.claim(str(tmp_path / "claim"), b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert told.value.help
    assert HERE.names(str(tmp_path)) == ("a",)
    assert (tmp_path / "a").read_bytes() == b"before"


def test_a_spawned_command_keeps_no_file_of_ours_open(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)  # noqa: FBT003 - its only argument

    process = HERE.spawn(["sleep", "60"], str(tmp_path / "log"))

    os.close(writing)
    assert os.read(reading, 1) == b""
    os.close(reading)
    os.kill(process.pid, signal.SIGKILL)


def test_who_acts_for_us_here_is_this_process() -> None:
    assert HERE.me().pid == os.getpid()


def test_without_proc_a_process_is_known_by_its_number_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(processes, "_BOOT", tmp_path / "absent")

    me = HERE.me()

    assert me == ProcessId(os.uname().nodename, "", os.getpid(), 0)
    assert HERE.alive(me) is True
    assert HERE.alive(replace(me, pid=2**22 + 1)) is False


def test_a_login_is_here_or_an_ssh_destination() -> None:
    assert isinstance(connect("here"), Here)
    assert isinstance(connect("me@login1"), Ssh)
