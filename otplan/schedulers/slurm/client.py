"""Slurm's clients: run without the user's settings, and their words taken for what they mean."""

from __future__ import annotations

from collections.abc import Sequence

from otplan.errors import OtplanError, Refused, Unclear, Unreachable
from otplan.schedulers.slurm import argv, words
from otplan.shell.protocol import Completed, Shell

PATIENCE = 60.0
"""Seconds for a question: a busy controller may need its MessageTimeout more than once."""

LONG_PATIENCE = 180.0
"""Seconds for a submission: sbatch itself tries again for up to two minutes (sbatch.c)."""

GONE = ("Invalid job id", "already completing", "already finished", "Job is not held")
"""What Slurm says of a job that is over: nothing is left to be done."""


class Client:
    """The commands of one cluster's Slurm, reached through a Shell."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def answer(self, command: Sequence[str], *, fine: Sequence[str] = ()) -> str:
        """Return what a question printed; raise Unreachable where it ended badly.

        Empty where it ended with one of the texts in `fine`: it answered that there is nothing.
        """
        done = self.run(command)
        if done.code:
            said = _said(done, command[0])
            if any(text in said for text in fine):
                return ""
            raise Unreachable(said)
        return done.out.decode(errors="replace")

    def told(self, command: Sequence[str]) -> str:
        """Return what a question printed, nothing where it ended badly."""
        try:
            return self.answer(command)
        except OtplanError:
            return ""

    def do(self, command: Sequence[str], *, fine: Sequence[str] = ()) -> None:
        """Run a command that changes something; raise Refused or Unclear where it did not."""
        done = self.run(command)
        lines = [line for line in done.err.decode(errors="replace").splitlines() if line.strip()]
        over = bool(lines) and all(any(text in line for text in fine) for line in lines)
        if done.code and not over:
            raise trouble(done, command[0])

    def submit(self, command: Sequence[str]) -> Completed:
        """Run an sbatch: its environment becomes the job's."""
        clean = argv.submitting(command, self._shell.variables())
        return self._shell.run(clean, timeout=LONG_PATIENCE)

    def run(self, command: Sequence[str]) -> Completed:
        """Run a command that asks or changes something."""
        return self._shell.run(argv.client(command, self._shell.variables()), timeout=PATIENCE)


def trouble(done: Completed, command: str) -> OtplanError:
    """Return what a command's words mean: a refusal if we know them for one, else unclear."""
    said = _said(done, command)
    known = words.refusal(said)
    if known is None:
        return Unclear(said, "It may have worked all the same; the next plan looks.")
    return Refused(known.kind, said, known.help)


def _said(done: Completed, command: str) -> str:
    """Return what a command complained of, on one line."""
    lines = (done.err + b"\n" + done.out).decode(errors="replace").split("\n")
    text = "; ".join(dict.fromkeys(line.strip() for line in lines if line.strip()))
    return text[:500] or f"`{command}` ended with {done.code} and said nothing"
