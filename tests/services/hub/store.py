"""What a Hub on loopback holds: repos with their commits, and who may see them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha1, sha256
from pathlib import Path
from threading import RLock
from typing import Any

OWNER, MEMBER, STRANGER = "hub-owner-token", "hub-member-token", "hub-stranger-token"
PEOPLE: Mapping[str, tuple[str, tuple[str, ...]]] = {
    OWNER: ("owner", ("my-org",)),
    MEMBER: ("member", ("my-org",)),
    STRANGER: ("stranger", ()),
}
"""Whose token it is, and which organisations they are in."""

GIT_ATTRIBUTES = b"*.safetensors filter=lfs diff=lfs merge=lfs -text\n"
"""What the real Hub puts into every repo that is made through its interface."""

LARGE = (".safetensors", ".bin", ".parquet", ".pt", ".gguf")
"""Endings of files that go the way of git LFS, whatever their size."""

ANSWERS: Mapping[str, Mapping[str, Any]] = json.loads(
    Path(__file__).with_name("answers.json").read_bytes()
)


class Failed(Exception):
    """An answer of the real Hub to what it does not do, by its name in answers.json."""


@dataclass(frozen=True, slots=True)
class Commit:
    """A state of a repo: its files' contents by path."""

    oid: str
    files: Mapping[str, bytes]


@dataclass(slots=True)
class Repo:
    """A repo; `gated` ones are seen by all, and read by their owners."""

    kind: str
    name: str
    private: bool = False
    gated: bool = False
    commits: list[Commit] = field(default_factory=list)

    def at(self, revision: str) -> Commit:
        """Return a state by `main` or a commit's id."""
        if revision in ("main", "HEAD"):
            return self.commits[-1]
        for commit in self.commits:
            if commit.oid == revision:
                return commit
        raise Failed("revision_not_found")

    def commit(self, files: Mapping[str, bytes]) -> Commit:
        """Add a state."""
        text = repr((self.kind, self.name, len(self.commits), sorted(files.items())))
        made = Commit(sha1(text.encode(), usedforsecurity=False).hexdigest(), dict(files))
        self.commits.append(made)
        return made


@dataclass(slots=True)
class Store:
    """All of it; `asked` is what was asked for, `faults` what the next requests are answered.

    A fault is a part of a path and the name of an answer; it is used once.
    """

    repos: dict[tuple[str, str], Repo] = field(default_factory=dict)
    large: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)
    lock: RLock = field(default_factory=RLock)

    def put(
        self,
        kind: str,
        name: str,
        files: Mapping[str, bytes] | None = None,
        *,
        private: bool = False,
        gated: bool = False,
    ) -> str:
        """Make a repo, or add a state to it; return the state's id."""
        repo = self.repos.setdefault((kind, name), Repo(kind, name, private, gated))
        if not repo.commits:
            repo.commit({".gitattributes": GIT_ATTRIBUTES})
        return (
            repo.commit({**repo.commits[-1].files, **files}).oid if files else repo.at("main").oid
        )

    def fault(self, path: str) -> str:
        """Return the answer that was put in the way of a path, once."""
        for fault in self.faults:
            if fault[0] in path:
                self.faults.remove(fault)
                return fault[1]
        return ""

    def seen(self, token: str, kind: str, name: str) -> Repo:
        """Return a repo as the owner of a token sees it."""
        if token and token not in PEOPLE:
            raise Failed("bad_token")
        repo = self.repos.get((kind, name))
        if repo is None or (repo.private and not self.may(token, name)):
            raise Failed("repo_not_found" if token else "unauthorized")
        return repo

    def read(self, token: str, kind: str, name: str) -> Repo:
        """Return a repo whose files the owner of a token may read."""
        repo = self.seen(token, kind, name)
        if repo.gated and not self.may(token, name):
            raise Failed("gated" if token else "unauthorized")
        return repo

    def may(self, token: str, name: str) -> bool:
        """Tell whether the owner of a token is at home where a repo lies."""
        who, orgs = PEOPLE.get(token, ("", ()))
        return name.partition("/")[0] in (who, *orgs)

    def listed(self, token: str, kind: str, author: str) -> list[Repo]:
        """Return the repos of an owner that the owner of a token sees, by name."""
        found = [repo for (k, name), repo in self.repos.items() if k == kind]
        return sorted(
            (
                r
                for r in found
                if r.name.startswith(f"{author}/") and (not r.private or self.may(token, r.name))
            ),
            key=lambda repo: repo.name,
        )


def oid(content: bytes) -> str:
    """Return the id that git gives a file's content."""
    return sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest()


def large(path: str) -> bool:
    """Tell whether a file goes the way of git LFS."""
    return path.endswith(LARGE)


def described(path: str, content: bytes) -> dict[str, Any]:
    """Return a file as a listing of a tree has it."""
    told = {"type": "file", "path": path, "size": len(content), "oid": oid(content)}
    if large(path):
        told["lfs"] = {"oid": sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
    return told
