"""Bring a repo of the Hub here: `fetch.py --repo hf:dataset:owner/name@<commit>`.

It needs huggingface_hub. What came down stays in the run folder until all of it is there, so that
the next attempt goes on where this one ended. Its list, `fetched.json`, is written last.
With `--published FINGERPRINT` the repo's marker must be of that, and all that it lists there;
`--into FOLDER` puts what was published of that one folder where it was when it was made.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path

OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE")


def main() -> int:
    """Do it; return the exit code."""
    told = arguments()
    repo = told.repo
    for variable in OFFLINE:  # A site without internet on its nodes sets these for all jobs.
        os.environ.pop(variable, None)
    try:
        import huggingface_hub  # noqa: F401
    except ImportError:
        print(f"{sys.executable} has no huggingface_hub, which this needs", file=sys.stderr)
        return 1
    kind, name, revision = taken_apart(repo)
    there = Path(os.environ["OTPLAN_RUN_DIR"], "checkpoints", revision)
    sizes = bring(kind, name, revision, there)
    published = marked(there) if told.published else {}
    if told.published != published.get("fingerprint", ""):
        print(f"{repo} is not what was published: its marker is another's", file=sys.stderr)
        return 1
    wanted = {**sizes, **published.get("files", {})}
    lacking = sorted(path for path, size in wanted.items() if size_of(there / path) != size)
    if lacking:
        print(f"these did not come down whole: {', '.join(lacking)}", file=sys.stderr)
        return 1
    output = Path(os.environ["OTPLAN_OUTPUT"])
    # The client's own notes are of no use to who reads.
    shutil.rmtree(there / ".cache", ignore_errors=True)
    # A product that is one file lies at the root, as it did when it was made.
    folder = output if told.into in wanted else output / told.into
    folder.mkdir(parents=True, exist_ok=True)
    for entry in sorted(there.iterdir()):
        entry.replace(folder / entry.name)
    write(output / "fetched.json", {"repo": repo, "files": sizes})
    print(f"brought {len(sizes)} files of {repo}, {sum(sizes.values()):,} bytes")
    return 0


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--repo", required=True)
    parser.add_argument("--published", default="")
    parser.add_argument("--into", default="")
    return parser.parse_args()


def marked(there: Path) -> dict:
    """Return what the marker of a published repo says; nothing where there is none."""
    try:
        told = json.loads((there / ".otplan.json").read_text())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def taken_apart(repo: str) -> tuple[str, str, str]:
    """Return kind, name and revision of `hf:<kind>:<name>@<revision>`."""
    _, kind, rest = repo.split(":", 2)
    name, _, revision = rest.partition("@")
    return kind, name, revision


def bring(kind: str, name: str, revision: str, there: Path) -> dict[str, int]:
    """Download all files of a repo at a commit; return the bytes that each must have."""
    from huggingface_hub import HfApi

    api = HfApi()
    api.snapshot_download(name, repo_type=kind, revision=revision, local_dir=there)
    told = api.repo_info(name, repo_type=kind, revision=revision, files_metadata=True)
    return {each.rfilename: each.size for each in told.siblings}


def size_of(path: Path) -> int:
    """Return a file's bytes; -1 where there is none."""
    return path.stat().st_size if path.is_file() else -1


def write(path: Path, value: object) -> None:
    """Write JSON, whole or not at all."""
    beside = path.with_name(f".{path.name}.part")
    beside.write_text(json.dumps(value, indent=1, sort_keys=True))
    beside.replace(path)


if __name__ == "__main__":
    sys.exit(main())
