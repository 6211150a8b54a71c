"""The lines that let `otplan continue` run by itself, to be installed by a person."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

WAYS = ("cron", "scrontab", "sbatch")
"""cron of the login node; Slurm's own cron, where the site has it; one small job a time."""

_MINUTES = 15


def text(way: str, argv: Sequence[str], log: str) -> str:
    """Return how to let a command run every quarter of an hour, with the line to install."""
    # In a crontab a percent sign ends the line (crontab(5)).
    command = f"{shlex.join(argv)} >>{shlex.quote(log)} 2>&1".replace("%", r"\%")
    every = f"*/{_MINUTES} * * * * {command}\n"
    match way:
        case "cron":
            return f"Add this line to what this opens:\n\n  crontab -e\n\n{every}"
        case "scrontab":
            opened = "Add these lines to what this opens:\n\n  scrontab -e\n\n"
            return f"{opened}#SCRON --time=00:10:00\n{every}"
        case _:
            options = f"--begin=now+{_MINUTES}minutes --time=00:10:00 --dependency=singleton"
            wrapped = f"--job-name=otplan-continue --output={shlex.quote(log)}"
            job = f"sbatch {options} {wrapped} --wrap={shlex.quote(shlex.join(argv))}\n"
            return f"It runs once, in a quarter of an hour, if nodes reach the registry:\n\n{job}"
