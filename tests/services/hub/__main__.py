"""A Hub on this machine: `./dev hub up|down|status|env`.

It is a server of our own on loopback, of what otplan itself needs, that holds all it is given in
memory; huggingface_hub speaks to it as to the real one.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

from tests.services.hub.server import serve
from tests.services.hub.store import OWNER, Store

ROOT = Path(__file__).parents[3]
LAB = Path(os.environ.get("OTPLAN_HUB") or ROOT / ".cache" / "hub")
USAGE = """\
usage: ./dev hub <up|down|status|env>

  up       start it, and wait until it answers
  down     stop it; it forgets all it holds
  status   whether it runs
  env      the lines to `eval` in a shell, so that huggingface_hub and otplan speak to it
"""


def main(argv: list[str]) -> int:
    """Do what is asked; return the exit code."""
    verbs = {"up": _up, "down": _down, "status": _status, "env": _env, "serve": _serve}
    if len(argv) != 1 or argv[0] not in verbs:
        sys.stderr.write(USAGE)
        return 64
    return verbs[argv[0]]()


def _up() -> int:
    if _answers():
        _say(f"The Hub answers already: {LAB}")
        return 0
    LAB.mkdir(parents=True, exist_ok=True)
    (LAB / "port").unlink(missing_ok=True)
    with (LAB / "log").open("wb") as log:
        subprocess.Popen(
            [sys.executable, "-m", "tests.services.hub", "serve"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    over = time.monotonic() + 30
    while not _answers():
        if time.monotonic() > over:
            _say(f"It does not answer. Its log is {LAB}/log.")
            return 1
        time.sleep(0.05)
    _say('The Hub answers. To speak to it:\n\n  eval "$(./dev hub env)"')
    return 0


def _down() -> int:
    pid = _read("pid")
    if pid and _answers():
        os.kill(int(pid), signal.SIGTERM)
        while _answers():
            time.sleep(0.05)
    for name in ("pid", "port", "log"):
        (LAB / name).unlink(missing_ok=True)
    _say("The Hub is stopped, and what it held is gone.")
    return 0


def _status() -> int:
    if _answers():
        _say(f"The Hub answers at {_url()}.")
        return 0
    _say("The Hub does not run here. To start it:\n\n  ./dev hub up")
    return 1


def _env() -> int:
    # Xet is a store of its own, spoken to in another language than this server's.
    _say(f"export HF_ENDPOINT={_url()}\nexport HF_TOKEN={OWNER}\nexport HF_HUB_DISABLE_XET=1")
    return 0


def _serve() -> int:
    with serve(Store()) as server:
        (LAB / "pid").write_text(str(os.getpid()))
        beside = LAB / ".port"
        beside.write_text(str(server.server_port))
        beside.replace(LAB / "port")
        server.serve_forever()
    return 0


def _answers() -> bool:
    port = _read("port")
    if not port:
        return False
    try:
        there = HTTPConnection("127.0.0.1", int(port), timeout=2)
        there.request("GET", "/api/whoami-v2", headers={"Authorization": f"Bearer {OWNER}"})
        return b"owner" in there.getresponse().read()
    except OSError:
        return False


def _url() -> str:
    return f"http://127.0.0.1:{_read('port')}"


def _read(name: str) -> str:
    try:
        return (LAB / name).read_text()
    except OSError:
        return ""


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
