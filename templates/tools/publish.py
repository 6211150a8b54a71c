"""Publish what a stage made to the Hub: `publish.py --repo hf:model:owner/name --file model`.

It needs huggingface_hub, and a token that may write there. All goes up in one commit, with the
commit that was looked at as its parent, so that nobody else's is covered. The repo carries
`.otplan.json`: who published what. A repo that another workspace published to, or that holds files
and no such marker, is refused, unless OTPLAN_TAKE_OVER says otherwise.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from pathlib import Path

MARKER = ".otplan.json"
CARD = "README.md"
OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE")
OWN = {".gitattributes"}
LEFT_OUT = re.compile(r"(?:^|/)(?:checkpoint-\d+|global_step\d+|\.cache|__pycache__)/")
CHECKPOINT = re.compile(r"checkpoint(?:-\d+)?|global_step\d+")
WEIGHTS = re.compile(r"[^/]+\.(?:safetensors|bin|pt|pth|gguf|onnx|h5|msgpack)")
TRIES = 5
STALE = 412  # Precondition Failed: the parent is no longer the newest commit.


class Refused(Exception):
    """What must not, or cannot, be published: in words."""


def main() -> int:
    """Do it; return the exit code."""
    told = arguments()
    for variable in OFFLINE:  # A site without internet on its nodes sets these for all jobs.
        os.environ.pop(variable, None)
    try:
        import huggingface_hub  # noqa: F401
    except ImportError:
        print(f"{sys.executable} has no huggingface_hub, which this needs", file=sys.stderr)
        return 1
    try:
        files = product(Path(os.environ["OTPLAN_INPUT_PRODUCT"]), told.file)
        commit, sizes = Target(told).publish(files)
    except Refused as refused:
        print(str(refused), file=sys.stderr)
        return 1
    published = {"repo": f"{told.repo}@{commit}", "files": sizes}
    write(Path(os.environ["OTPLAN_OUTPUT"], "published.json"), published)
    print(f"published {len(sizes)} files, {sum(sizes.values()):,} bytes, as {told.repo}@{commit}")
    return 0


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--repo", required=True)
    parser.add_argument("--file", action="append", default=[])
    parser.add_argument("--license", default="")
    parser.add_argument("--base-model", default="")
    shown = parser.add_mutually_exclusive_group(required=True)
    shown.add_argument("--private", action="store_true")
    shown.add_argument("--public", dest="private", action="store_false")
    return parser.parse_args()


def product(folder: Path, names: list) -> dict:
    """Return what is to be published by its path in the repo; of a lone folder, what is in it.

    Checkpoints are left out, but for one that is an output of its own.
    """
    found, kept = 0, {}
    for name in names or sorted(entry.name for entry in folder.iterdir()):
        place = folder / name
        base = place if len(names) == 1 and place.is_dir() else folder
        inside = [place] if place.is_file() else sorted(place.rglob("*"))
        files = {path.relative_to(base).as_posix(): path for path in inside if path.is_file()}
        whole = name in names and CHECKPOINT.fullmatch(name)
        found += len(files)
        kept.update({path: at for path, at in files.items() if whole or not LEFT_OUT.search(path)})
    if len(kept) < found and not any(WEIGHTS.fullmatch(name) for name in kept):
        raise Refused("there are only shards of a checkpoint: consolidate it, and publish that")
    if not kept:
        raise Refused(f"there is nothing to publish in {folder}")
    return kept


class Target:
    """The repo that is published to."""

    def __init__(self, told: argparse.Namespace) -> None:
        from huggingface_hub import HfApi

        _, self.kind, self.name = told.repo.split(":", 2)
        self.told = told
        self.api = HfApi()
        self.workspace = os.environ["OTPLAN_WORKSPACE"]
        self.fingerprint = os.environ["OTPLAN_FINGERPRINT"]

    def publish(self, files: dict) -> tuple:
        """Send it up, unless it is there already; return the commit, and each file's bytes."""
        from huggingface_hub.utils import HfHubHTTPError

        for tries in range(1, TRIES + 1):
            info, before = self.look()
            self.show(info)
            if before.get("fingerprint") == self.fingerprint and self.whole(info, before["files"]):
                print("it is there already")
                return info.sha, before["files"]
            try:
                return self.send(files, info, before)
            except HfHubHTTPError as error:
                answer = getattr(error, "response", None)
                stale = answer is not None and answer.status_code == STALE
                if not stale or tries == TRIES:
                    raise
                print("somebody else committed in between; looking again", file=sys.stderr)
        raise AssertionError

    def look(self) -> tuple:
        """Return the repo as it is, made where it is missing, and its marker; refuse others'."""
        from huggingface_hub.utils import RepositoryNotFoundError

        try:
            info = self.info()
        except RepositoryNotFoundError:
            self.api.create_repo(
                self.name, repo_type=self.kind, private=self.told.private, exist_ok=True
            )
            info = self.info()
        there = {each.rfilename for each in info.siblings} - OWN
        before = self.marker(info.sha) if MARKER in there else {}
        if os.environ.get("OTPLAN_TAKE_OVER"):
            return info, before
        if there and not before:
            raise Refused(f"{self.name} holds {len(there)} files that otplan did not publish")
        if before and before.get("workspace") != self.workspace:
            raise Refused(f"{self.name} was published by another workspace: {before['address']}")
        return info, before

    def show(self, info: object) -> None:
        """Make the repo private, or public, before anything is sent: nobody sees it meanwhile."""
        if info.private != self.told.private:
            self.api.update_repo_settings(self.name, repo_type=self.kind, private=self.told.private)

    def info(self, revision: str = "main") -> object:
        """Return what the Hub says of the repo."""
        return self.api.repo_info(
            self.name, repo_type=self.kind, revision=revision, files_metadata=True
        )

    def marker(self, revision: str) -> dict:
        """Return what the repo's marker says; nothing where it says nothing."""
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            path = self.api.hf_hub_download(
                self.name, MARKER, repo_type=self.kind, revision=revision, local_dir=folder
            )
            told = json.loads(Path(path).read_text())
        return told if isinstance(told, dict) else {}

    def send(self, files: dict, info: object, before: dict) -> tuple:
        """Commit the files, the card and the marker; take away what was published and is gone."""
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        contents = {name: path for name, path in files.items() if name != CARD}
        contents[CARD] = self.card(files.get(CARD)).encode()
        sizes = {name: size_of(what) for name, what in contents.items()}
        mark = {
            "otplan": 1,
            "workspace": self.workspace,
            "address": os.environ["OTPLAN_ADDRESS"],
            "fingerprint": self.fingerprint,
            "attempt": int(os.environ["OTPLAN_ATTEMPT"]),
            "files": sizes,
        }
        contents[MARKER] = json.dumps(mark, indent=1, sort_keys=True).encode()
        there = {each.rfilename for each in info.siblings}
        gone = sorted((there & set(before.get("files", ()))) - set(contents))
        commit = self.api.create_commit(
            self.name,
            [
                *(CommitOperationAdd(name, what) for name, what in sorted(contents.items())),
                *(CommitOperationDelete(name) for name in gone),
            ],
            commit_message=f"Publish {mark['address']}",
            repo_type=self.kind,
            parent_commit=info.sha,
        )
        if not self.whole(self.info(commit.oid), sizes):
            raise Refused(f"what is in {self.name} now is not what was sent")
        return commit.oid, sizes

    def whole(self, info: object, sizes: dict) -> bool:
        """Tell whether files of these bytes are all there."""
        there = {each.rfilename: each.size for each in info.siblings}
        return all(there.get(name) == size for name, size in sizes.items())

    def card(self, own: Path | None) -> str:
        """Return the card: what the product brought along, or a few words, with what is known."""
        from huggingface_hub import DatasetCard, ModelCard

        text = own.read_text() if own else f"# {self.name.partition('/')[2]}\n\n{self.words()}\n"
        kind = ModelCard if self.kind == "model" else DatasetCard
        card = kind(text, ignore_metadata_errors=True)
        # A trainer writes where it read the base model: a path of this site.
        if self.told.base_model:
            card.data.base_model = self.told.base_model
        if self.told.license:
            card.data.license = self.told.license
        return str(card)

    def words(self) -> str:
        """Return what is known of the product, for people."""
        address = os.environ["OTPLAN_ADDRESS"]
        return f"Made and published by otplan as `{address}` (`{self.fingerprint}`)."


def size_of(what: object) -> int:
    """Return the bytes of a file, or of bytes."""
    return what.stat().st_size if isinstance(what, Path) else len(what)


def write(path: Path, value: object) -> None:
    """Write JSON, whole or not at all."""
    beside = path.with_name(f".{path.name}.part")
    beside.write_text(json.dumps(value, indent=1, sort_keys=True))
    beside.replace(path)


if __name__ == "__main__":
    sys.exit(main())
