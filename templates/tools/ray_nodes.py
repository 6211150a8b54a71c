"""Join the nodes of a job into one Ray: the first is its head, and the others follow that.

Imported by the tools beside it. A tool starts once on every node.
"""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path
from typing import Any, Mapping, Optional

from beside import Child, Trouble, attempt

_GRACE = 60
"""Seconds that a node waits to hear that all is over, once its Ray ended."""


def follows(told: Optional[Mapping[str, Any]]) -> bool:
    """Tell whether this is a further node of a job whose server is spread over several."""
    return bool(told) and told["nodes"] > 1 and os.environ.get("SLURM_NODEID", "0") != "0"


def follow(told: Mapping[str, Any]) -> int:
    """Lend this node to the head's Ray until the first node says that all is over."""
    argv = ["ray", "start", f"--address={address(told)}", "--block"]
    ray = Child("Ray", argv, {}, attempt() / f"ray.{os.environ['SLURM_NODEID']}.log")
    grace = _GRACE
    try:
        while not _over().exists():
            if ray.code is not None:
                grace -= 1
            if not grace:
                ray.tail()
                raise Trouble("server_died", f"Ray ended with {ray.code} on a further node")
            time.sleep(1)
    finally:
        ray.stop()
    return 0


def head(told: Mapping[str, Any]) -> Child:
    """Start the Ray that the other nodes join."""
    argv = ["ray", "start", "--head", f"--port={told['ray_port']}", "--block"]
    return Child("Ray", argv, {}, attempt() / "ray.log")


def address(told: Mapping[str, Any]) -> str:
    """Return where the head is: the job's first node, as its site names it."""
    return f"{os.environ.get('MASTER_ADDR') or socket.gethostname()}:{told['ray_port']}"


def over() -> None:
    """Let the other nodes end well."""
    _over().touch()


def _over() -> Path:
    """Return a file of this very start: one of an earlier start says nothing."""
    start = "-".join(os.environ.get(f"SLURM_{x}", "0") for x in ("JOB_ID", "RESTART_COUNT"))
    return attempt() / f"over.{start}"
