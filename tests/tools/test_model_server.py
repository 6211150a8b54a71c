"""A model's server in a job: its port is its own on the node, and only it is believed."""

from __future__ import annotations

import socket
import subprocess
import sys
from threading import Thread

from tests.tools.bring import TOOLS, tool

TAKE = "import model_server; print(model_server.free_port(int(input())), flush=True); input()"


def test_two_jobs_of_a_node_that_start_together_get_a_port_each() -> None:
    wanted = tool("model_server").free_port(0)

    with subprocess.Popen(
        [sys.executable, "-c", TAKE],
        cwd=TOOLS,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as neighbour:
        assert neighbour.stdin
        assert neighbour.stdout
        neighbour.stdin.write(f"{wanted}\n")
        neighbour.stdin.flush()
        theirs = int(neighbour.stdout.readline())
        neighbour.stdin.write("\n")

    assert theirs not in (0, wanted)


def test_an_answer_that_is_no_http_is_none() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            caller, _ = server.accept()
            with caller:
                caller.recv(1000)
                caller.sendall(b"garbage\r\n\r\n")

        Thread(target=answer, daemon=True).start()

        assert not tool("model_server").answers(f"http://127.0.0.1:{server.getsockname()[1]}")
