"""A repo on the Hub: which kind, whose, and at which revision, as one text."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

PLACE = "https://huggingface.co"
"""The Hub that everybody means, and that people are sent to."""

SHARDS = "shards"
"""What a model is made of that has to be consolidated before it can be read."""

MAIN = "main"
"""The revision that floats: the newest commit."""

MARKER = ".otplan.json"
"""The file of a published repo that says which workspace made it, of what."""

LONGEST = 96
"""Characters that the name of a repo may have, and that of its owner."""

COMMIT = re.compile(r"[0-9a-f]{40}")
"""A revision that does not float."""

_TEXT = re.compile(r"hf:(?P<kind>model|dataset):(?P<name>[^@]+)(?:@(?P<revision>.+))?", re.DOTALL)
_PART = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?")
_WEIGHTS = re.compile(r"[^/]+\.(?:safetensors|bin|pt|pth|gguf|onnx|h5|msgpack)")
_SHARDS = re.compile(r"(?:^|/)(?:global_step\d+|checkpoint-\d+)/|zero_pp_rank_|_optim_states\.pt$")


@dataclass(frozen=True, slots=True, order=True)
class Repo:
    """A repo by kind (`model`, `dataset`) and name (`org/name`); no revision is any."""

    kind: str
    name: str
    revision: str = ""

    def __str__(self) -> str:
        """Return `hf:model:org/name@revision`, as pins, places and evidence have it."""
        at = f"@{self.revision}" if self.revision else ""
        return f"hf:{self.kind}:{self.name}{at}"

    @property
    def owner(self) -> str:
        """Return the user or organisation it belongs to."""
        return self.name.partition("/")[0]

    @property
    def page(self) -> str:
        """Return the page of its files at its revision, which shows the same for ever."""
        kind = "datasets/" if self.kind == "dataset" else ""
        return f"{PLACE}/{kind}{self.name}/tree/{self.revision or MAIN}"

    def at(self, revision: str) -> Repo:
        """Return it at a revision."""
        return replace(self, revision=revision)


def repo_of(text: str) -> Repo | None:
    """Return the repo that a text names; None where it names something else."""
    match = _TEXT.fullmatch(text)
    return Repo(match["kind"], match["name"], match["revision"] or "") if match else None


def floating(kind: str, name: str, revision: str | None) -> Repo:
    """Return a repo at the revision that a manifest asks for: the newest where it names none."""
    return Repo(kind, name, revision or MAIN)


def illegal(name: str) -> str:
    """Return why the Hub would not have a repo of this name; empty where it would.

    The rules are those of huggingface_hub (utils/_validators.py, validate_repo_id).
    """
    owner, slash, own = name.partition("/")
    if not (slash and owner and own) or "/" in own:
        return "is not of the form owner/name"
    long = next((part for part in (own, owner) if len(part) > LONGEST), "")
    if long:
        return f"has {len(long)} characters in `{long[:20]}…`, and the Hub takes {LONGEST}"
    if not all(_PART.fullmatch(part) for part in (owner, own)):
        return "has other characters than letters, digits, `-`, `_` and `.`, or one at its ends"
    if "--" in name or ".." in name:
        return "has `--` or `..` in it"
    return "ends in `.git`" if name.endswith(".git") else ""


def made_of(files: tuple[str, ...]) -> str:
    """Return what the files of a model are: `weights` at the root, only `shards`, or neither."""
    if any(_WEIGHTS.fullmatch(path) and not _SHARDS.search(path) for path in files):
        return "weights"
    return SHARDS if any(_SHARDS.search(path) for path in files) else ""
