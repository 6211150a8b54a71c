"""A real sshd on loopback: its own port, keys and configuration, nothing of the machine's."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.shell.standin import StandIn

SERVER = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/authorized
PidFile none
StrictModes no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
PrintMotd no
Banner {folder}/banner
"""

ALIAS = """\
Host {name}
    HostName 127.0.0.1
    Port {port}
    User {user}
    IdentitiesOnly yes
    IdentityAgent none
    StrictHostKeyChecking yes
    ControlPath {sockets}/{name}
"""


@dataclass(frozen=True, slots=True)
class Sshd:
    """A folder with keys and a configuration, and the port that it listens on.

    Sockets need a folder with a short name: `sockets`. `ssh` is the real one behind a script that
    counts, and makes it read our configuration: it finds the user's by the password database,
    whatever HOME says.
    """

    folder: Path
    sockets: Path
    port: int
    ssh: StandIn

    def alias(self, name: str, *, key: str = "", known: str = "known", port: int = 0) -> None:
        """Add a `Host`: by a key that sshd knows or none, with these known hosts, on this port."""
        text = ALIAS.format(name=name, port=port or self.port, user=_user(), sockets=self.sockets)
        text += f"    IdentityFile {self.folder / (key or 'none')}\n"
        text += f"    UserKnownHostsFile {self.folder / known}\n"
        _append(self.folder / "config", text)

    def login(self, name: str, body: str = "") -> str:
        """Add a `Host` with a key of its own, whose login does this; return its name.

        What ssh was given to run is `$SSH_ORIGINAL_COMMAND` there; without a body it is run.
        """
        key = self.folder / f"key-{name}"
        _make_key(key)
        public = key.with_suffix(".pub").read_text()
        if body:
            script = self.folder / f"login-{name}"
            script.write_text(f"#!/bin/sh\n{body}\n")
            script.chmod(0o755)
            public = f'command="{script}" {public}'
        _append(self.folder / "authorized", public)
        self.alias(name, key=key.name)
        return name

    def master(self, name: str) -> subprocess.Popen[bytes]:
        """Open a ControlMaster, as a person does; return its process."""
        argv = [_real("ssh"), "-F", str(self.folder / "config"), "-MN", name]
        opened = subprocess.Popen(argv, start_new_session=True)
        _wait((self.sockets / name).exists)
        return opened


@contextmanager
def running(folder: Path, patch: pytest.MonkeyPatch, *more: str) -> Iterator[Sshd]:
    """Run a server, with more lines of sshd_config(5); it ends with the block."""
    _make_key(folder / "host")
    port = free_port()
    (folder / "known").write_text(f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text()}")
    (folder / "banner").write_text("You are being watched.\n")
    (folder / "authorized").touch()
    lines = "".join(f"{line}\n" for line in more)
    (folder / "server").write_text(SERVER.format(port=port, folder=folder) + lines)
    stand_in = StandIn(folder / "bin")
    stand_in.folder.mkdir()
    stand_in.be(patch, f'exec {_real("ssh")} -F {folder}/config "$@"')
    if os.geteuid() == 0:  # sshd(8), FILES: it starts as root only beside this folder.
        Path("/run/sshd").mkdir(exist_ok=True)
    sockets = Path(tempfile.mkdtemp(prefix="otplan-"))
    log = (folder / "log").open("wb")
    server = subprocess.Popen([_real("sshd"), "-D", "-e", "-f", folder / "server"], stderr=log)
    try:
        _wait(lambda: _listens(port))
        yield Sshd(folder, sockets, port, stand_in)
    finally:
        server.terminate()
        server.wait(20)
        log.close()
        shutil.rmtree(sockets)


def _make_key(path: Path) -> None:
    argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)]
    subprocess.run(argv, check=True, capture_output=True)


def _append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def _user() -> str:
    return pwd.getpwuid(os.getuid()).pw_name


def _real(name: str) -> str:
    """Return the path of a program of OpenSSH: sshd insists on its whole path."""
    found = shutil.which(name, path="/usr/bin:/usr/sbin:/bin:/sbin")
    assert found, f"{name} is not installed:\n\n  ./dev test --services"
    return found


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def _wait(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.02)
