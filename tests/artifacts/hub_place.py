"""Repos of the Hub on loopback, as others leave them there."""

import json
from collections.abc import Callable, Mapping

from otplan.artifacts.protocol import Artifacts
from otplan.core.evidence import Target
from otplan.core.hub import MARKER, repo_of
from tests.conformance.artifacts import OURS
from tests.services.hub.store import OWNER, Store

WORKSPACE = "0badc0de"


class HubPlace:
    """Repos of `my-org`, looked at with the token of one of its members."""

    def __init__(
        self,
        there: Store,
        maker: Callable[[Callable[[], str]], Artifacts],
        token: str = OWNER,
    ) -> None:
        self.there = there
        self.store: Artifacts = maker(lambda: token)

    def target(self, name: str, fingerprint: str = OURS) -> Target:
        return Target("local", f"hf:model:my-org/{name}", fingerprint, owner=WORKSPACE)

    def make(self, target: Target, files: Mapping[str, bytes], workspace: str = WORKSPACE) -> None:
        marker = {
            "otplan": 1,
            "workspace": workspace,
            "address": "training.sft",
            "fingerprint": target.fingerprint,
            "attempt": 1,
            "files": {name: len(data) for name, data in files.items()},
        }
        self._put(target, {**files, MARKER: json.dumps(marker).encode()})

    def spoil(self, target: Target) -> None:
        repo = repo_of(target.folder)
        assert repo is not None
        there = self.there.repos[repo.kind, repo.name]
        there.commit({k: v for k, v in there.commits[-1].files.items() if k != "data.jsonl"})

    def take(self, target: Target) -> None:
        self.make(target, {"theirs.bin": b"1"}, workspace="somebody-else")

    def source(self, name: str, content: bytes) -> str:
        self.there.put("dataset", f"my-org/{name}", {"data.jsonl": content})
        return f"hf:dataset:my-org/{name}@main"

    def cut(self) -> None:
        self.there.faults += [("/", "unavailable")] * 10

    def asked(self) -> int:
        return len(self.there.asked)

    def _put(self, target: Target, files: Mapping[str, bytes]) -> None:
        repo = repo_of(target.folder)
        assert repo is not None
        self.there.put(repo.kind, repo.name, files)
