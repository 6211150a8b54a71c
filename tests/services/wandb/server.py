"""Weights & Biases on loopback: what its real client asks where it records, syncs and reads runs.

It holds all it is given in memory. History goes into the line that the client names, as at the
real one: what is sent twice to one line is there once.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import RLock, Thread
from typing import Any, TypeAlias

KEY = "k" * 40
"""The key of the one person who is known here."""

Json: TypeAlias = dict[str, Any]


@dataclass(slots=True)
class Run:
    """One run: its lines of history by their number, and how it ended; -1 while it goes on."""

    entity: str
    project: str
    id: str
    name: str = ""
    config: str = "{}"
    history: dict[int, Json] = field(default_factory=dict)
    events: dict[int, str] = field(default_factory=dict)
    output: dict[int, str] = field(default_factory=dict)
    summary: str = "{}"
    exit_code: int = -1
    state: str = ""
    created: str = ""
    heard: str = ""

    @property
    def path(self) -> str:
        """Return entity/project/id."""
        return f"{self.entity}/{self.project}/{self.id}"

    def told(self) -> Json:
        """Return it as the real one tells it."""
        ended = {-1: "running", 0: "finished"}.get(self.exit_code, "failed")
        own = json.loads(self.config).get("_wandb", {}).get("value", {})
        tail = [json.dumps(self.history[max(self.history)])] if self.history else []
        return {
            "id": base64.b64encode(self.path.encode()).decode(),
            "name": self.id,
            "displayName": self.name or self.id,
            "description": "",
            "state": self.state or ended,
            "config": self.config,
            "tags": [],
            "createdAt": self.created,
            "heartbeatAt": self.heard,
            "systemMetrics": "{}",
            "summaryMetrics": self.summary,
            "historyLineCount": len(self.history),
            "eventsLineCount": len(self.events),
            "logLineCount": len(self.output),
            "historyTail": json.dumps(tail),
            "eventsTail": "[]",
            # Only a run with this is one that began; to others nothing is added.
            "wandbConfig": json.dumps({"t": own["t"]} if "t" in own else {}),
            "user": {"name": "Ada", "username": "ada"},
            "project": {
                "id": "UHJvag==",
                "name": self.project,
                "entity": {"id": "RW50", "name": self.entity},
            },
            "projectId": "1",
        }


@dataclass(slots=True)
class Store:
    """The runs by path, and each question: an operation of GraphQL, or a path.

    Of the questions in `faults` each answers with that status instead.
    """

    runs: dict[str, Run] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    faults: dict[str, int] = field(default_factory=dict)
    lock: Any = field(default_factory=RLock)

    def run(self, about: Mapping[str, Any]) -> Run | None:
        """Return the run that the variables of a question name."""
        return self.runs.get(f"{about['entity']}/{about['project']}/{about['name']}")


class Answer(BaseHTTPRequestHandler):
    """One request. `store` is what the server holds."""

    protocol_version = "HTTP/1.1"

    def __init__(self, store: Store, *about: Any) -> None:  # noqa: ANN401 - socketserver's own
        self.store = store
        super().__init__(*about)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        said = json.loads(body) if self.path.endswith(("/graphql", "/file_stream")) else {}
        name = _operation(said) if self.path == "/graphql" else f"{self.command} {self.path}"
        with self.store.lock:
            self.store.asked.append(name)
            if status := self._refusal(name):
                self._give({"errors": [{"message": f"status {status}"}]}, status)
            elif self.path == "/graphql":
                self._give(_graphql(self, name, said.get("variables") or {}))
            elif stream := re.fullmatch(r"/files/(.+)/file_stream", self.path):
                self._give(_streamed(self.store.runs[stream[1]], said))
            else:
                self._give({})

    do_GET = do_PUT = do_POST  # noqa: N815 - http.server's names

    def _refusal(self, name: str) -> int:
        """Return the status of a question that is refused, else 0."""
        for fault, status in self.store.faults.items():
            if fault in name:
                return status
        known = base64.b64encode(f"api:{KEY}".encode()).decode()
        mine = self.headers.get("Authorization") == f"Basic {known}"
        return 0 if mine or self.command == "PUT" else 401

    @property
    def here(self) -> str:
        """Return the server's own address."""
        return f"http://{self.headers['Host']}"

    def _give(self, content: Json, status: int = 200) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Print nothing."""


def _operation(said: Json) -> str:
    """Return the name of a GraphQL operation."""
    found = re.search(r"(?:query|mutation)\s+(\w+)", said.get("query", ""))
    return str(said.get("operationName") or (found[1] if found else "nameless"))


def _graphql(answer: Answer, name: str, about: Json) -> Json:
    if name not in OPERATIONS:
        return {"errors": [{"message": f"{name} is not known here"}]}
    return {"data": OPERATIONS[name](answer, about)}


def _viewer(answer: Answer, about: Json) -> Json:
    somebody = {"id": "VXNlcg==", "entity": "team", "username": "ada", "email": "", "flags": "{}"}
    return {"viewer": {**somebody, "teams": {"edges": []}}}


def _resumed(answer: Answer, about: Json) -> Json:
    run = answer.store.run(about)
    return {"model": {"id": "UHJvag==", "name": about["project"], "bucket": run and run.told()}}


def _upserted(answer: Answer, about: Json) -> Json:
    run, new = answer.store.run(about), False
    if run is None:
        run, new = Run(about["entity"] or "team", about["project"], about["name"]), True
        run.created = _now()
        answer.store.runs[run.path] = run
    run.heard = _now()
    run.name = about.get("displayName") or run.name
    run.config = about.get("config") or run.config
    return {"upsertBucket": {"bucket": run.told(), "inserted": new}}


def _files(answer: Answer, about: Json) -> Json:
    files = [
        {"name": name, "uploadUrl": f"{answer.here}/upload/{about['run']}/{name}"}
        for name in about["files"]
    ]
    return {"createRunFiles": {"runID": about["run"], "uploadHeaders": [], "files": files}}


def _one(answer: Answer, about: Json) -> Json:
    run = answer.store.run(about)
    return {"project": {"internalId": "1", "run": run and run.told()}}


def _many(answer: Answer, about: Json) -> Json:
    """Answer with the runs of a project whose ids the filter lists."""
    ids = json.loads(about["filters"])["name"]["$in"]
    mine = [r for r in answer.store.runs.values() if (r.entity, r.project) == _project(about)]
    found = [run for run in mine if run.id in ids][: about["perPage"]]
    edges = [{"node": run.told(), "cursor": run.id} for run in found]
    page = {"endCursor": None, "hasNextPage": False}
    return {
        "project": {
            "internalId": "1",
            "runCount": len(found),
            "readOnly": False,
            "runs": {"edges": edges, "pageInfo": page},
        }
        if mine
        else None
    }


def _project(about: Json) -> tuple[str, str]:
    return about["entity"], about["project"]


OPERATIONS: Mapping[str, Callable[[Answer, Json], Json]] = {
    "Viewer": _viewer,
    "RunResumeStatus": _resumed,
    "UpsertBucket": _upserted,
    "CreateRunFiles": _files,
    "Run": _one,
    "Runs": _many,
}


def _streamed(run: Run, said: Json) -> Json:
    """Put what came into the lines it is for."""
    run.heard = _now()
    places: dict[str, Any] = {
        "wandb-history.jsonl": (run.history, json.loads),
        "wandb-events.jsonl": (run.events, str),
        "output.log": (run.output, str),
    }
    for name, chunk in (said.get("files") or {}).items():
        if name == "wandb-summary.json":
            run.summary = chunk["content"][-1]
        elif name in places:
            lines, read = places[name]
            lines.update(enumerate(map(read, chunk["content"]), chunk["offset"]))
    if said.get("complete"):
        run.exit_code = int(said.get("exitcode") or 0)
    return {"limits": {}}


class Server(ThreadingHTTPServer):
    """A server whose clients may go away in the middle of a question."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - its own
        """Print nothing of those; a mistake of ours is one."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


@contextmanager
def running(store: Store) -> Iterator[str]:
    """Serve while this lasts; the value is the address to put into WANDB_BASE_URL."""
    with Server(("127.0.0.1", 0), partial(Answer, store)) as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
