"""Serve a model beside a program, watch it while that runs, and say why when it dies.

Imported by the tools beside it. The server, the tunnel and the program are this process's
children, and none outlives it; a signal to stop ends them in the order program, tunnel, server.
"""

from __future__ import annotations

import http.client
import os
import re
import shlex
import signal
import socket
import time
import urllib.request
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence

from beside import Child, Trouble, attempt, say
from ray_nodes import address, head, over

_MISSES = 3
"""Looks in a row that find no healthy server, before it is given up; its exit counts at once."""
_TUNNELS = 3
"""How often a tunnel that closed is opened again."""
_OPENING = 60
"""Seconds that a tunnel has to open."""
_HELD: List[socket.socket] = []
"""What says to neighbours which ports are taken."""


class Server:
    """A model's server of one job: started and ready inside `with`, or nothing where none is told.

    `env` is what a program finds it by, `model` what it has loaded.
    """

    def __init__(self, told: Optional[Mapping[str, Any]]) -> None:
        self._told = told
        self._children: List[Child] = []
        self._next, self._misses, self._tunnels = 0.0, 0, 0
        self.url = ""
        self.public = ""
        self.model = ""

    def __enter__(self) -> "Server":
        if self._told:
            try:
                self._start(self._told)
            except BaseException:
                self._stop()
                raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()
        if self._told and self._told["nodes"] > 1:
            over()

    @property
    def env(self) -> Dict[str, str]:
        """Return the variables by which LiteLLM, and what stands on it, finds the server."""
        if not self.url:
            return {}
        here = ",".join(filter(None, (os.environ.get("NO_PROXY"), "127.0.0.1", "localhost")))
        return {
            "HOSTED_VLLM_API_BASE": f"{self.public or self.url}/v1",
            "HOSTED_VLLM_API_KEY": os.environ.get("HOSTED_VLLM_API_KEY", "EMPTY"),
            "NO_PROXY": here,
            "no_proxy": here,
        }

    def run(self, argv: Sequence[str], env: Mapping[str, str]) -> int:
        """Run a program to its end while the server is well, and return its exit code."""
        program = Child("program", argv, {**env, **self.env})
        try:
            while program.code is None:
                self._watch()
                time.sleep(0.5)
            if program.code:
                # It may have failed for want of the server, which then is the cause.
                time.sleep(1)
                self._alive("while the program ran")
            return program.code
        finally:
            program.stop(signal.SIGINT)

    def _start(self, told: Mapping[str, Any]) -> None:
        port = free_port(told["port"])
        self.url = f"http://127.0.0.1:{port}"
        # What another stage made or brought here is read from there, whatever its name.
        self.model = weights() if "OTPLAN_INPUT_MODEL" in os.environ else told["model"]
        argv = ["vllm", "serve", self.model, "--host", "127.0.0.1", "--port", str(port)]
        argv += ["--served-model-name", told["name"] or self.model, *told["options"]]
        env = dict(told["env"])
        if told["nodes"] > 1:
            self._children.append(head(told))
            env["RAY_ADDRESS"] = address(told)
        if told["ray"] or told["nodes"] > 1:
            argv += ["--distributed-executor-backend", "ray"]
            argv += ["--data-parallel-backend", "ray"] if "--data-parallel-size" in argv else []
        say(f"model server: {shlex.join(argv)}")
        self._children.append(Child("model server", argv, env, attempt() / "server.log"))
        self._await(told)
        if told["tunnel"]:
            self._tunnel(port)
        self._next = time.monotonic() + told["interval"]

    def _await(self, told: Mapping[str, Any]) -> None:
        """Wait for the server by the preset's own attempts and delay."""
        for _ in range(told["attempts"]):
            if answers(self.url):
                say(f"model server: ready at {self.url}")
                return
            until = time.monotonic() + told["delay"]
            while time.monotonic() < until:
                self._alive("before it was ready")
                time.sleep(min(0.5, told["delay"]))
        waited = told["attempts"] * told["delay"]
        raise Trouble("server_late", f"the model server did not answer within {waited} s")

    def _tunnel(self, port: int) -> None:
        """Make the server reachable from outside; neither command nor address is ever told."""
        command, public = (os.environ.get(f"PINGGY_{x}") for x in ("SSH_COMMAND", "PERSISTENT_URL"))
        if not command or not public:
            lacks = "the secrets file has no PINGGY_SSH_COMMAND and PINGGY_PERSISTENT_URL"
            raise Trouble("tunnel", f"there is no tunnel to the model: {lacks}")
        self.public = public.rstrip("/") if "://" in public else f"https://{public.rstrip('/')}"
        argv = shlex.split(re.sub(r"(localhost|127\.0\.0\.1):\d+", rf"\1:{port}", command))
        self._children.append(Child("tunnel", argv, {}, attempt() / "tunnel.log"))
        until = time.monotonic() + _OPENING
        while time.monotonic() < until:
            if answers(self.public, proxies=True):
                say("model server: reachable from outside")
                return
            self._alive("before its tunnel was open")
            time.sleep(1)
        raise Trouble("tunnel", "the tunnel to the model did not open")

    def _watch(self) -> None:
        """Raise Trouble where a child ended, or the server stopped answering."""
        if not self._told:
            return
        self._alive("while the program ran")
        if time.monotonic() < self._next:
            return
        self._misses = 0 if answers(self.url) else self._misses + 1
        if self._misses >= _MISSES:
            raise Trouble("server_died", f"the model server stopped answering at {self.url}")
        again = self._told["delay"] if self._misses else self._told["interval"]
        self._next = time.monotonic() + again

    def _alive(self, when: str) -> None:
        for at, child in enumerate(self._children):
            if child.code is None:
                continue
            if child.name == "tunnel" and self._tunnels < _TUNNELS:
                self._tunnels += 1
                say("the tunnel closed and is opened again")
                self._children[at] = child.again()
                continue
            child.tail()
            cause = "tunnel" if child.name == "tunnel" else "server_died"
            raise Trouble(cause, f"the {child.name} ended with {child.code} {when}")

    def _stop(self) -> None:
        for child in reversed(self._children):
            child.stop()
        self._children.clear()


def answers(url: str, *, proxies: bool = False) -> bool:
    """Tell whether a server there lists its models."""
    opener = urllib.request.build_opener(*([] if proxies else [urllib.request.ProxyHandler({})]))
    try:
        with opener.open(f"{url}/v1/models", timeout=10) as answer:
            return answer.status == 200  # noqa: PLR2004 - HTTP
    except (OSError, http.client.HTTPException, ValueError):
        return False


def free_port(wanted: int) -> int:
    """Return this port, or another where a neighbour on the node has it, or is about to."""
    for port in (wanted, 0, 0, 0):
        held = socket.socket(socket.AF_UNIX)
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
                # A server listens only once it is up; until then a name of this node says whose
                # the port is (unix(7), abstract), for as long as this process lives.
                held.bind(f"\0otplan-port-{one.getsockname()[1]}")
            except OSError:
                continue
            _HELD.append(held)
            return int(one.getsockname()[1])
    raise Trouble("failed", "there is no free port")


def weights() -> str:
    """Return the folder of the model that another stage made, or what else the job is told."""
    if "OTPLAN_INPUT_MODEL" not in os.environ:
        return os.environ["OTPLAN_MODEL"]
    made = Path(os.environ["OTPLAN_INPUT_MODEL"])
    for folder in (made, *sorted(made.glob("*/"))):
        if (folder / "config.json").exists():
            return str(folder)
    raise Trouble("failed", f"there is no model in {made}: no folder there has a config.json")
