"""A Hub on loopback: the routes that huggingface_hub uses for what otplan asks of it.

What it refuses, it refuses with the answers of the real one (answers.json).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, TypeAlias
from urllib.parse import parse_qs, unquote, urlsplit

import yaml

from tests.services.hub.store import (
    ANSWERS,
    PEOPLE,
    Failed,
    Repo,
    Store,
    described,
    large,
    oid,
)

PAGE = 1000
"""Repos in one page of a listing, as on the real Hub."""

Route: TypeAlias = Callable[["Hub", Mapping[str, str]], None]


class Hub(BaseHTTPRequestHandler):
    """One request. `store` is what the server holds."""

    protocol_version = "HTTP/1.1"

    def __init__(self, store: Store, *about: Any) -> None:  # noqa: ANN401 - socketserver's own
        self.store = store
        super().__init__(*about)

    def do_GET(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = urlsplit(self.path)
        self.query = {name: values[-1] for name, values in parse_qs(asked.query).items()}
        path = unquote(asked.path)
        with self.store.lock:
            self.store.asked.append(f"{self.command} {path}")
            try:
                self._route(path)
            except Failed as failed:
                self._fail(str(failed))

    def _route(self, path: str) -> None:
        if fault := self.store.fault(path):
            raise Failed(fault)
        for (command, pattern), route in ROUTES.items():
            match = re.fullmatch(pattern, path)
            if match and self.command in command.split():
                route(self, {k: v or "" for k, v in match.groupdict().items()})
                return
        raise Failed("entry_not_found")

    def _fail(self, name: str) -> None:
        answer = ANSWERS[name]
        self.give({"error": answer["error"]}, answer["status"], answer["headers"])

    do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815 - http.server's names

    @property
    def token(self) -> str:
        """Return the token that came along, empty for none."""
        return self.headers.get("Authorization", "").removeprefix("Bearer ")

    @property
    def here(self) -> str:
        """Return the server's own address."""
        return f"http://{self.headers['Host']}"

    def give(
        self,
        content: Any,  # noqa: ANN401 - JSON
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Answer with bytes as they are, and with anything else as JSON."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Print nothing."""


def _whoami(hub: Hub, _: Mapping[str, str]) -> None:
    if hub.token not in PEOPLE:
        raise Failed("bad_token" if hub.token else "unauthorized")
    name, orgs = PEOPLE[hub.token]
    hub.give({"type": "user", "name": name, "orgs": [{"name": org} for org in orgs]})


def _list(hub: Hub, at: Mapping[str, str]) -> None:
    repos = hub.store.listed(hub.token, at["kind"], hub.query.get("author", ""))
    start = int(hub.query.get("cursor", 0))
    page = [_told(repo) for repo in repos[start : start + PAGE]]
    more = {}
    if start + PAGE < len(repos):
        base = hub.path.partition("&cursor=")[0]
        more = {"Link": f'<{hub.here}{base}&cursor={start + PAGE}>; rel="next"'}
    hub.give(page, headers=more)


def _info(hub: Hub, at: Mapping[str, str]) -> None:
    repo = hub.store.seen(hub.token, at["kind"], at["repo"])
    hub.give(_told(repo, at["revision"] or "main", sizes="blobs" in hub.query))


def _told(repo: Repo, revision: str = "main", *, sizes: bool = False) -> dict[str, Any]:
    commit = repo.at(revision)
    files = [
        {"rfilename": path, **({"size": len(data), "blobId": oid(data)} if sizes else {})}
        for path, data in sorted(commit.files.items())
    ]
    return {
        "_id": oid(repo.name.encode()),
        "id": repo.name,
        "sha": commit.oid,
        "private": repo.private,
        "gated": "manual" if repo.gated else False,
        "siblings": files,
        "cardData": _card(commit.files.get("README.md", b"")),
    }


def _card(readme: bytes) -> Any:  # noqa: ANN401 - YAML
    """Return what the head of a card says, as the real Hub does."""
    parts = readme.decode().split("---\n")
    return yaml.safe_load(parts[1]) if len(parts) > 2 and not parts[0] else {}


def _tree(hub: Hub, at: Mapping[str, str]) -> None:
    repo = hub.store.read(hub.token, at["kind"], at["repo"])
    files = repo.at(at["revision"]).files
    hub.give([described(path, data) for path, data in sorted(files.items())])


def _resolve(hub: Hub, at: Mapping[str, str]) -> None:
    kind = "dataset" if at["prefix"] else "model"
    commit = hub.store.read(hub.token, kind, at["repo"]).at(at["revision"])
    if at["path"] not in commit.files:
        raise Failed("entry_not_found")
    data = commit.files[at["path"]]
    tag = sha256(data).hexdigest() if large(at["path"]) else oid(data)
    hub.give(data, headers={"ETag": f'"{tag}"', "X-Repo-Commit": commit.oid})


def _create(hub: Hub, _: Mapping[str, str]) -> None:
    asked = json.loads(hub.body)
    who, _orgs = PEOPLE.get(hub.token, ("", ()))
    if not who:
        raise Failed("bad_token" if hub.token else "unauthorized")
    kind, name = asked.get("type") or "model", f"{asked['organization'] or who}/{asked['name']}"
    if not hub.store.may(hub.token, name):
        raise Failed("no_right")
    if (kind, name) in hub.store.repos:
        raise Failed("exists")
    hub.store.put(kind, name, private=asked.get("visibility") == "private")
    prefix = "datasets/" if kind == "dataset" else ""
    hub.give({"url": f"{hub.here}/{prefix}{name}", "name": name})


def _writable(hub: Hub, kind: str, name: str) -> Repo:
    repo = hub.store.seen(hub.token, kind, name)
    if not hub.store.may(hub.token, name):
        raise Failed("no_right")
    return repo


def _settings(hub: Hub, at: Mapping[str, str]) -> None:
    repo = _writable(hub, at["kind"], at["repo"])
    told = json.loads(hub.body)
    # Older clients say `private`.
    repo.private = told.get("private", told.get("visibility") == "private")
    hub.give({"private": repo.private})


def _preupload(hub: Hub, at: Mapping[str, str]) -> None:
    there = _writable(hub, at["kind"], at["repo"]).at(at["revision"]).files
    files = [
        {
            "path": file["path"],
            "uploadMode": "lfs" if large(file["path"]) else "regular",
            "shouldIgnore": False,
            "oid": oid(there[file["path"]]) if file["path"] in there else None,
        }
        for file in json.loads(hub.body)["files"]
    ]
    hub.give({"files": files})


def _commit(hub: Hub, at: Mapping[str, str]) -> None:
    repo = _writable(hub, at["kind"], at["repo"])
    header, *lines = [json.loads(line) for line in hub.body.splitlines()]
    parent = header["value"].get("parentCommit")
    if parent and parent != repo.at("main").oid:
        raise Failed("stale_parent")
    files = dict(repo.at("main").files)
    for line in lines:
        _change(files, line["key"], line["value"], hub.store.large)
    made = repo.commit(files)
    hub.give({"commitUrl": f"{hub.here}/{repo.name}/commit/{made.oid}", "commitOid": made.oid})


def _change(
    files: dict[str, bytes], key: str, value: Mapping[str, str], kept: Mapping[str, bytes]
) -> None:
    match key:
        case "file":
            files[value["path"]] = base64.b64decode(value["content"])
        case "lfsFile":
            files[value["path"]] = kept[value["oid"]]
        case "deletedFile":
            del files[value["path"]]
        case _:
            raise Failed("entry_not_found")


def _batch(hub: Hub, at: Mapping[str, str]) -> None:
    _writable(hub, "dataset" if at["prefix"] else "model", at["repo"])
    objects = [dict(one) for one in json.loads(hub.body)["objects"]]
    for one in objects:
        if one["oid"] not in hub.store.large:
            one["actions"] = {"upload": {"href": f"{hub.here}/lfs/{one['oid']}"}}
    hub.give({"transfer": "basic", "objects": objects})


def _keep(hub: Hub, at: Mapping[str, str]) -> None:
    hub.store.large[at["oid"]] = hub.body
    hub.give({})


def _valid(hub: Hub, _: Mapping[str, str]) -> None:
    hub.give({"errors": [], "warnings": []})


_KIND = "/api/(?P<kind>model|dataset)s"
_REPO = "(?P<repo>[^/]+/[^/]+)"
_WEB = f"/(?P<prefix>datasets/)?{_REPO}"
ROUTES: Mapping[tuple[str, str], Route] = {
    ("GET", "/api/whoami-v2"): _whoami,
    ("GET", _KIND): _list,
    ("GET", f"{_KIND}/{_REPO}(?:/revision/(?P<revision>[^/]+))?"): _info,
    ("GET", f"{_KIND}/{_REPO}/tree/(?P<revision>[^/]+)"): _tree,
    ("GET HEAD", f"{_WEB}/resolve/(?P<revision>[^/]+)/(?P<path>.+)"): _resolve,
    ("POST", "/api/repos/create"): _create,
    ("PUT", f"{_KIND}/{_REPO}/settings"): _settings,
    ("POST", f"{_KIND}/{_REPO}/preupload/(?P<revision>[^/]+)"): _preupload,
    ("POST", f"{_KIND}/{_REPO}/commit/(?P<revision>[^/]+)"): _commit,
    ("POST", rf"{_WEB}\.git/info/lfs/objects/batch"): _batch,
    ("PUT", "/lfs/(?P<oid>[0-9a-f]+)"): _keep,
    ("POST", "/api/validate-yaml"): _valid,
}


def serve(store: Store, port: int = 0) -> ThreadingHTTPServer:
    """Return a server of what is held, on loopback; it still has to be run."""
    server = ThreadingHTTPServer(("127.0.0.1", port), partial(Hub, store))
    server.daemon_threads = True
    return server


@contextmanager
def running(store: Store) -> Iterator[str]:
    """Serve while this lasts; the value is the address to put into HF_ENDPOINT."""
    with serve(store) as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
