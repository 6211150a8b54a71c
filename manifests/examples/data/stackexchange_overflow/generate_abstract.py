"""Stands for the project's generator of this name: the same options, tasks of its own.

It takes what otplan tells every generator, and asks no model: a task is a line of shell to find.
"""

import argparse
from pathlib import Path

WANTED = (
    ("count the lines of every file below this folder", "find . -type f -exec wc -l {} +"),
    ("print the five largest files below this folder", "du -a . | sort -rn | head -5"),
    ("list the users whose shell is bash", "grep '/bash$' /etc/passwd | cut -d: -f1"),
    ("show the ten words that occur most in notes.txt", "tr -s ' ' '\\n' <notes.txt | sort"),
)


def main() -> None:
    """Write the tasks."""
    options = argparse.ArgumentParser()
    for name in ("--stage", "--output-dir", "--engine-config", "--endpoint-json", "--task-type"):
        options.add_argument(name)
    options.add_argument("--limit", type=int, default=len(WANTED))
    options.add_argument("--no-upload", action="store_true")
    told, _ = options.parse_known_args()
    for number in range(told.limit):
        wish, line = WANTED[number % len(WANTED)]
        folder = Path(told.output_dir) / f"{told.task_type or 'nl2bash'}-{number:04}"
        (folder / "solution").mkdir(parents=True)
        (folder / "task.toml").write_text('version = "1.0"\n')
        (folder / "instruction.md").write_text(f"Write one line of shell: {wish}.\n")
        (folder / "solution" / "solve.sh").write_text(f"#!/bin/bash\n{line}\n")


if __name__ == "__main__":
    main()
