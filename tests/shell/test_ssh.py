"""A host behind ssh, with a stand-in that only runs the command: no network, no sshd."""

import ast
import gc
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from otplan.errors import OtplanError, Unclear, Unreachable
from otplan.shell import connection, processes, program
from otplan.shell import ssh as module
from otplan.shell.ssh import Ssh
from tests.conformance.shells import ShellSuite
from tests.shell.standin import StandIn, old_python

RUN = 'eval "exec $command"'
OLD = old_python()


@pytest.fixture
def ssh(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """Return a stand-in that runs the command here."""
    stand_in = StandIn(tmp_path_factory.mktemp("ssh"))
    stand_in.be(monkeypatch, RUN)
    return stand_in


@pytest.fixture
def shell(ssh: StandIn) -> Ssh:
    """Return the host behind it."""
    return Ssh("far")


class TestSsh(ShellSuite):
    """What every host promises."""


@pytest.mark.skipif(not OLD, reason="no Python 3.6 to 3.8 is here")
class TestOldPython(ShellSuite):
    """Login nodes have old ones, and no locale."""

    @pytest.fixture
    def shell(self, ssh: StandIn, monkeypatch: pytest.MonkeyPatch) -> Ssh:
        far = ssh.folder / "far"
        far.mkdir()
        (far / "python3").write_text(f'#!/bin/sh\nexec {OLD} "$@"\n')
        (far / "python3").chmod(0o755)
        ssh.be(monkeypatch, f'LC_ALL=C PATH={far}:$PATH eval "exec $command"')
        return Ssh("far")


def test_the_program_is_one_that_python_3_6_can_read() -> None:
    for name, text in program.modules():
        tree = ast.parse(text, feature_version=(3, 6))

        imported = {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        notes = [n for n in ast.walk(tree) if isinstance(n, ast.arg) and n.annotation]
        assert "__future__" not in imported, name
        assert notes == [], name
        assert {each for each in imported if each.startswith("otplan.")} <= {"otplan.shell"}, name


def test_one_ssh_carries_all_that_is_asked(ssh: StandIn, shell: Ssh, tmp_path: Path) -> None:
    files = {f"{n % 50}/{n}": b"x" * 1000 for n in range(2000)}

    shell.write(str(tmp_path), files)
    shell.run(["true"])
    there = shell.read([f"{tmp_path}/{name}" for name in files])

    assert list(there.values()) == list(files.values())
    assert len(ssh.calls) == 1


def test_ssh_is_never_asked_for_more_than_is_wanted(ssh: StandIn, shell: Ssh) -> None:
    shell.me()

    (call,) = ssh.calls
    for option in ("BatchMode=yes", "ControlMaster=no", "ConnectTimeout=15", "-- far python3"):
        assert option in call


def test_the_variables_are_asked_for_once(shell: Ssh, monkeypatch: pytest.MonkeyPatch) -> None:
    before = shell.variables()
    monkeypatch.setattr(Ssh, "_do", None)

    assert shell.variables() == before


@pytest.mark.parametrize("noise", ["echo Welcome; echo", "printf 'no end of line'", "echo 12"])
def test_what_a_login_shell_prints_is_passed_over(
    ssh: StandIn, shell: Ssh, monkeypatch: pytest.MonkeyPatch, noise: str
) -> None:
    ssh.be(monkeypatch, f"{noise}; {noise} >&2; {RUN}")

    assert shell.run(["echo", "1"]).out == b"1\n"


def test_a_command_that_ends_with_255_is_no_failure_of_ssh(shell: Ssh) -> None:
    assert shell.run(["sh", "-c", "echo lost connection >&2; exit 255"]).code == 255


def test_a_connection_that_breaks_under_a_command_leaves_it_unclear(
    ssh: StandIn, shell: Ssh
) -> None:
    with pytest.raises(Unclear, match="the connection to far broke: ssh ended with -9") as told:
        shell.run(["sh", "-c", "kill -9 $PPID"])

    assert "next plan looks" in told.value.help
    assert shell.run(["echo", "on"]).out == b"on\n"
    assert len(ssh.calls) == 2


@pytest.mark.parametrize(
    "verb", ["read", "sizes", "names", "write", "link", "variables", "user", "me"]
)
def test_a_connection_that_breaks_under_what_can_be_done_again_is_none(
    ssh: StandIn, shell: Ssh, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    calls: dict[str, Callable[[], object]] = {
        "read": lambda: shell.read(["/a"]),
        "sizes": lambda: shell.sizes(["/a"]),
        "names": lambda: shell.names("/a"),
        "write": lambda: shell.write("/proc/a", {"a": b""}),
        "link": lambda: shell.link("/proc/a", {"a": "b"}),
        "variables": shell.variables,
        "user": shell.user,
        "me": shell.me,
    }
    # It outlives the Python at its other end, as ssh does until it hears of that.
    ssh.be(monkeypatch, 'sh -c "$command"; sleep 0.5')
    os.kill(shell.me().pid, 9)

    with pytest.raises(Unreachable, match="the connection to far broke"):
        calls[verb]()


@pytest.mark.parametrize("verb", ["claim", "spawn"])
def test_what_must_not_be_done_twice_is_unclear(
    ssh: StandIn, shell: Ssh, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    calls: dict[str, Callable[[], object]] = {
        "claim": lambda: shell.claim("/proc/a", b""),
        "spawn": lambda: shell.spawn(["true"], "/proc/a"),
    }
    ssh.be(monkeypatch, 'sh -c "$command"; sleep 0.5')
    os.kill(shell.me().pid, 9)

    with pytest.raises(Unclear):
        calls[verb]()


@pytest.mark.parametrize(
    ("said", "told", "help_"),
    [
        (
            "ssh: Could not resolve hostname far: Name or service not known",
            "far cannot be reached: Could not resolve hostname far",
            "Look at the network",
        ),
        (
            "ssh: connect to host far port 22: Connection refused",
            "Connection refused",
            "    ssh me@far",
        ),
        ("ssh: connect to host far port 22: Connection timed out", "timed out", "VPN"),
        ("No ED25519 host key is known\nHost key verification failed.", "key", "compare the key"),
        (
            "WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!\nHost key verification failed.",
            "key",
            "    ssh-keygen -R far",
        ),
        ("me@far: Permission denied (publickey).", "Permission denied", "    Host far\n"),
        ("Received disconnect: Too many authentication failures", "Too many", "ControlPersist"),
    ],
)
def test_who_is_not_reached_is_told_with_what_to_type(
    ssh: StandIn, monkeypatch: pytest.MonkeyPatch, said: str, told: str, help_: str
) -> None:
    ssh.be(monkeypatch, f"echo '{said}' >&2; exit 255")

    with pytest.raises(Unreachable) as caught:
        Ssh("me@far").run(["true"])

    assert told in caught.value.message
    assert help_ in caught.value.help


def test_who_was_not_reached_is_not_tried_again_at_once(
    ssh: StandIn, shell: Ssh, monkeypatch: pytest.MonkeyPatch
) -> None:
    ssh.be(monkeypatch, "exit 255")
    for _ in range(3):
        with pytest.raises(Unreachable):
            shell.names("/")

    monkeypatch.setattr(module, "RESTS", 0.0)
    ssh.be(monkeypatch, RUN)

    assert shell.names("/proc/none") == ()
    assert len(ssh.calls) == 2


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('PATH=/none /bin/sh -c "$command"', "not found"),
        ("echo SyntaxError: invalid syntax >&2; exit 1", "SyntaxError: invalid syntax"),
        ("exit 3", "it ended with 3"),
    ],
)
def test_a_host_without_a_python_is_told(
    ssh: StandIn, shell: Ssh, monkeypatch: pytest.MonkeyPatch, body: str, said: str
) -> None:
    ssh.be(monkeypatch, body)

    with pytest.raises(Unreachable, match=f"`python3` does not answer on far: .*{said}") as told:
        shell.run(["true"])

    assert "3.6 or newer" in told.value.help


def test_a_host_that_says_nothing_is_given_up(
    ssh: StandIn, shell: Ssh, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "CONNECTING", 0.3)
    ssh.be(monkeypatch, "exec sleep 60")

    with pytest.raises(Unreachable, match=r"far cannot be reached: no answer within 0\.3 s"):
        shell.run(["true"])


def test_a_host_that_falls_silent_leaves_a_command_unclear(
    shell: Ssh, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MARGIN", 0.3)

    with pytest.raises(Unclear, match=r"no answer within 0\.5 s"):
        shell.run(["sh", "-c", "kill -STOP $PPID"], timeout=0.2)


def test_an_answer_to_an_interrupted_question_is_not_taken_for_the_next(
    shell: Ssh, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(pipe: object) -> None:
        raise KeyboardInterrupt

    shell.me()
    with monkeypatch.context() as patch:
        patch.setattr("otplan.shell.frames.take", interrupt)
        with pytest.raises(KeyboardInterrupt):
            shell.names("/")

    assert shell.run(["echo", "1"]).out == b"1\n"


def test_without_ssh_it_is_told(shell: Ssh, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/none")

    with pytest.raises(OtplanError, match="`ssh` cannot be run here: No such file") as told:
        shell.run(["true"])

    assert "OpenSSH" in told.value.help


def test_nothing_is_left_there_when_nobody_asks_any_more(ssh: StandIn) -> None:
    there = Ssh("far").me()

    gc.collect()

    deadline = time.monotonic() + 20
    while processes.started(there.pid) == there.started:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_command_that_outlives_its_caller_goes_on(ssh: StandIn, tmp_path: Path) -> None:
    script = f"import time; time.sleep(0.5); open({str(tmp_path / 'late')!r}, 'w')"
    Ssh("far").spawn([sys.executable, "-c", script], str(tmp_path / "log"))

    gc.collect()

    deadline = time.monotonic() + 20
    while not (tmp_path / "late").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
