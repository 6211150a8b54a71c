"""Write a graph for both programs: `python -m benchmarks.generate SHAPE SIZE FOLDER`.

A process of its own, so that the one that measures stays small: Linux counts the memory of the
process that starts a program into the peak of the program (see measure.py).
"""

from __future__ import annotations

import argparse
import subprocess
from pathlib import Path

from benchmarks import manifest, terraform
from benchmarks.shapes import SHAPES

IGNORE_USER = ("-c", "user.name=benchmark", "-c", "user.email=benchmark@localhost")


def write(shape: str, size: int, folder: Path) -> None:
    """Write `otplan/` and `terraform/` into a folder."""
    nodes = tuple(SHAPES[shape](size))
    ours, theirs = folder / "otplan", folder / "terraform"
    for each in (ours, theirs):
        each.mkdir(parents=True)
    (ours / "manifest.yaml").write_text(manifest.text(nodes))
    (ours / "work.py").write_text("print('work')\n")
    (theirs / "main.tf.json").write_text(terraform.text(nodes))
    commit(ours)


def commit(folder: Path) -> None:
    """Keep the manifest in git, as a user would: otplan asks git which manifest it is."""
    for words in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "-m", "Add a graph")):
        subprocess.run(["git", "-C", folder, *IGNORE_USER, *words], check=True)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generate", description=__doc__)
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("size", type=int)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    write(given.shape, given.size, given.folder)


if __name__ == "__main__":
    main()
