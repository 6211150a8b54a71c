"""A host behind the real ssh, with a real sshd on loopback."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from otplan.errors import OtplanError, Unclear, Unreachable
from otplan.shell.ssh import Ssh
from tests.conformance.shells import ShellSuite
from tests.shell.sshd import Sshd, free_port, running

pytestmark = pytest.mark.services

LOGINS = {
    "plain": "",
    "banner": "echo Welcome; printf 'no end of line'; exec bash -c \"$SSH_ORIGINAL_COMMAND\"",
    "dash": 'exec dash -c "$SSH_ORIGINAL_COMMAND"',
    "csh": 'exec csh -c "$SSH_ORIGINAL_COMMAND"',
}


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """Run one server for all; a `Host` for each login shell."""
    folder = tmp_path_factory.mktemp("sshd")
    with pytest.MonkeyPatch.context() as patch, running(folder, patch) as server:
        for name, body in LOGINS.items():
            server.login(name, body)
        yield server


@pytest.fixture(scope="module")
def hosts(sshd: Sshd) -> dict[str, Ssh]:
    """Return the host behind each login shell: a connection outlives a test."""
    return {name: Ssh(name) for name in LOGINS}


@pytest.mark.parametrize("login", LOGINS)
class TestSshd(ShellSuite):
    @pytest.fixture
    def shell(self, hosts: dict[str, Ssh], login: str) -> Ssh:
        return hosts[login]


def test_two_thousand_files_are_one_write_of_one_ssh(sshd: Sshd, tmp_path: Path) -> None:
    before, shell = len(sshd.ssh.calls), Ssh("plain")

    shell.write(str(tmp_path), {f"{n % 50}/{n}": b"x" * 1000 for n in range(2000)})

    assert sum(1 for path in tmp_path.rglob("*") if path.is_file()) == 2000
    assert len(sshd.ssh.calls) - before == 1


def test_a_host_that_is_down_cannot_be_reached(sshd: Sshd) -> None:
    sshd.alias("down", port=free_port())

    with pytest.raises(Unreachable, match=r"down cannot be reached: .*Connection refused"):
        Ssh("down").run(["true"])


def test_a_host_that_nobody_knows_cannot_be_reached() -> None:
    with pytest.raises(Unreachable, match="cannot be reached: Could not resolve hostname"):
        Ssh("no-such-host.invalid").run(["true"])


def test_a_host_whose_key_is_not_known_is_not_trusted(sshd: Sshd) -> None:
    sshd.alias("stranger", known="nobody")

    with pytest.raises(Unreachable, match="Host key verification failed") as told:
        Ssh("stranger").run(["true"])

    assert told.value.help.endswith("    ssh stranger")


def test_a_host_with_another_key_than_before_is_not_trusted(sshd: Sshd) -> None:
    other = (sshd.folder / "key-plain.pub").read_text()
    (sshd.folder / "changed").write_text(f"[127.0.0.1]:{sshd.port} {other}")
    sshd.alias("impostor", known="changed")

    with pytest.raises(Unreachable, match="Host key verification failed") as told:
        Ssh("impostor").run(["true"])

    assert "    ssh-keygen -R impostor" in told.value.help


def test_where_a_person_would_be_asked_it_says_how_to_log_in_first(sshd: Sshd) -> None:
    sshd.alias("locked")

    with pytest.raises(Unreachable, match=r"locked cannot be reached: .*Permission denied") as told:
        Ssh("locked").run(["true"])

    assert "ControlPersist" in told.value.help
    assert told.value.help.endswith("    ssh locked")


def test_a_connection_that_a_person_opened_is_joined(sshd: Sshd) -> None:
    sshd.login("shared")
    master = sshd.master("shared")
    key = sshd.folder / "key-shared"
    key.rename(key.with_name("gone"))  # Nobody could log in anew.

    try:
        joined = Ssh("shared").run(["echo", "in"]).out
    finally:
        master.terminate()
        master.wait(20)

    assert joined == b"in\n"
    with pytest.raises(Unreachable, match="Permission denied"):
        Ssh("shared").run(["true"])


def test_no_connection_is_opened_for_others_to_join(sshd: Sshd) -> None:
    sshd.login("auto")
    with (sshd.folder / "config").open("a") as file:
        file.write("    ControlMaster auto\n    ControlPersist 60\n")
    shell = Ssh("auto")

    shell.me()

    assert not (sshd.sockets / "auto").exists()


def test_a_connection_that_breaks_under_a_command_leaves_it_unclear(sshd: Sshd) -> None:
    shell = Ssh("plain")
    # The parent of the Python there is sshd's own process for this connection, as bash execs.
    script = "kill -9 $(ps -o ppid= -p $PPID)"

    with pytest.raises(Unclear, match=r"the connection to plain broke: .*clos"):
        shell.run(["sh", "-c", f"{script}; sleep 5"])

    assert shell.run(["echo", "on"]).out == b"on\n"


def test_a_connection_that_broke_while_nobody_asked_is_made_anew(sshd: Sshd) -> None:
    shell = Ssh("plain")
    first = shell.me()
    os.kill(first.pid, signal.SIGKILL)

    second = None
    for _ in range(2):
        try:
            second = shell.me()
        except Unreachable:
            continue

    assert second not in (None, first)


def test_a_host_without_a_python_is_told(sshd: Sshd) -> None:
    for name, shell in {"none": "dash", "none-csh": "csh"}.items():
        sshd.login(name, f'export PATH=/none; exec /bin/{shell} -c "$SSH_ORIGINAL_COMMAND"')

        with pytest.raises(Unreachable, match=r"`python3` does not answer on .* [nN]ot found"):
            Ssh(name).run(["true"])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts")
def test_a_full_disk_is_told_with_what_to_do_and_leaves_what_was_there(
    sshd: Sshd, tmp_path: Path
) -> None:
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(tmp_path)]
    subprocess.run(mount, check=True)
    shell = Ssh("plain")
    try:
        shell.write(str(tmp_path), {"a": b"before"})
        with pytest.raises(OtplanError, match="a` cannot be written: No space left") as told:
            shell.write(str(tmp_path), {"a": b"x" * 200_000})
        there = shell.read([f"{tmp_path}/a"]), shell.names(str(tmp_path))
    finally:
        subprocess.run(["umount", tmp_path], check=True)

    assert "Free some space" in told.value.help
    assert there == ({f"{tmp_path}/a": b"before"}, ("a",))
