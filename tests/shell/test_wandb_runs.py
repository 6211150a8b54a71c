"""A run of Weights & Biases, asked for by the real client of a server that answers as W&B does."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, TypeAlias

import pytest

from otplan.errors import OtplanError
from otplan.shell.wandb_runs import Run, run

SOMEBODY = {"id": "VXNlcg==", "entity": "team", "username": "ada", "email": "", "flags": "{}"}
VIEWER = {"data": {"viewer": {**SOMEBODY, "teams": {"edges": []}}}}
FINISHED = {
    "id": "UnVuOng=",
    "name": "x1y2z3",
    "displayName": "sft",
    "state": "finished",
    "config": "{}",
    "tags": [],
    "createdAt": "2026-11-01T12:00:00Z",
    "heartbeatAt": "2026-11-01T15:00:00Z",
    "systemMetrics": "{}",
    "summaryMetrics": '{"train_loss": 0.5}',
    "historyLineCount": 10,
    "user": {"name": "Ada", "username": "ada"},
    "projectId": "1",
}
REFUSED = {"errors": [{"message": "user is not logged in"}]}

Answers: TypeAlias = Callable[..., str]


def of(found: dict[str, Any] | None) -> dict[str, Any]:
    return {"data": {"project": {"run": found}}}


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Iterator[Answers]:
    """Return what makes W&B answer: who asks, with which status, and the run."""
    said: dict[str, Any] = {}

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))["query"]
            body = json.dumps(said["viewer"] if "viewer" in asked else said["run"]).encode()
            self.send_response(said["status"])
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep the test's output to itself."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("WANDB_BASE_URL", base)
    monkeypatch.setenv("WANDB_API_KEY", "k" * 40)

    def answer(found: dict[str, Any], viewer: dict[str, Any] = VIEWER, status: int = 200) -> str:
        said.update(run=found, viewer=viewer, status=status)
        return base

    yield answer
    server.shutdown()
    server.server_close()


def test_a_run_tells_its_page_and_its_times(answering: Answers) -> None:
    base = answering(of(FINISHED))

    found = run("team/sft/x1y2z3")

    assert found == Run(f"{base}/team/sft/runs/x1y2z3", 1_793_534_400, 1_793_545_200)


def test_a_run_that_goes_on_has_not_ended(answering: Answers) -> None:
    answering(of({**FINISHED, "state": "running"}))

    assert run("team/sft/x1y2z3").ended == 0


def test_a_run_that_is_not_there_is_told_with_what_an_id_is(answering: Answers) -> None:
    answering(of(None))

    with pytest.raises(OtplanError, match="shows you no run team/sft/nope") as caught:
        run("team/sft/nope")

    assert "last part of its address" in caught.value.help


def test_who_is_not_signed_in_is_told_how(answering: Answers) -> None:
    answering(of(FINISHED), REFUSED, 401)

    with pytest.raises(OtplanError, match="does not know who asks") as caught:
        run("team/sft/x1y2z3")

    assert "WANDB_API_KEY" in caught.value.help


def test_a_path_that_is_none_is_not_asked_for() -> None:
    with pytest.raises(OtplanError, match="`sft` names no run"):
        run("sft")
