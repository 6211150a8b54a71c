"""Files of a host and repos of the Hub keep what every store of artifacts promises."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from otplan.artifacts.files import Files
from otplan.artifacts.protocol import Artifacts
from otplan.artifacts.table import hub
from otplan.core.evidence import Target
from otplan.errors import Unreachable
from otplan.shell.here import Here
from tests.artifacts.hub_place import HubPlace
from tests.conformance.artifacts import OTHER, OURS, ArtifactsSuite, Place
from tests.services.hub.server import running
from tests.services.hub.store import Store


class Counting(Here):
    """A host whose round trips are counted, until it is cut off."""

    trips = 0
    cut = False

    def read(
        self, paths: Sequence[str], *, limit: int = 1 << 20, start: int = 0
    ) -> Mapping[str, bytes | None]:
        self._trip()
        return super().read(paths, limit=limit, start=start)

    def sizes(self, paths: Sequence[str]) -> Mapping[str, int | None]:
        self._trip()
        return super().sizes(paths)

    def _trip(self) -> None:
        if self.cut:
            raise Unreachable("the host does not answer")
        self.trips += 1


class FilesPlace:
    """Run folders below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shell = Counting()
        self.store: Artifacts = Files(self.shell)

    def target(self, name: str, fingerprint: str = OURS) -> Target:
        return Target("local", str(self.folder / name), fingerprint)

    def make(self, target: Target, files: Mapping[str, bytes]) -> None:
        output = Path(target.folder, "attempt-1", "output")
        output.mkdir(parents=True)
        told = {f"file.{name}": len(data) for name, data in files.items()}
        for name, data in files.items():
            (output / name).write_bytes(data)
        about = {"fingerprint": target.fingerprint, "attempt": 1, "output": str(output)}
        Path(target.folder, "done.json").write_text(json.dumps(about | told, indent=0))

    def spoil(self, target: Target) -> None:
        Path(target.folder, "attempt-1", "output", "data.jsonl").unlink()

    def take(self, target: Target) -> None:
        marker = Path(target.folder, "done.json")
        marker.write_text(marker.read_text().replace(target.fingerprint, OTHER))

    def source(self, name: str, content: bytes) -> str:
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "data.jsonl").write_bytes(content)
        return f"path:{folder}"

    def cut(self) -> None:
        self.shell.cut = True

    def asked(self) -> int:
        return self.shell.trips


class TestFiles(ArtifactsSuite):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Place:
        return FilesPlace(tmp_path / "runs")


class TestHub(ArtifactsSuite):
    @pytest.fixture
    def place(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
        store = Store()
        with running(store) as url:
            monkeypatch.setenv("HF_ENDPOINT", url)
            yield HubPlace(store, hub)
