"""How a job can end without a word in its log, and what to do about each way."""

from __future__ import annotations

from dataclasses import dataclass

from otplan.core.job import JobState


@dataclass(frozen=True, slots=True)
class Advice:
    """A cause in one word, the same as the rest of a sentence, and what to do about it."""

    cause: str
    words: str
    suggestion: str = ""


MEMORY = Advice(
    "out_of_memory",
    "it needed more memory than it asked for",
    "ask for more with `memory:`, or let the program hold less at once",
)

KILLED = Advice(
    "killed",
    "it was killed (SIGKILL), most likely because it took more memory than it may",
    "ask for more with `memory:`, or let the program hold less at once",
)

TIME = Advice(
    "timeout",
    "it ran into its time limit",
    "ask for longer with `slurm.time:`, or, if the program saves and resumes, for more starts "
    "with `attempts:`",
)

WARNED = Advice(
    "warned",
    "it ended by the warning before its time limit (SIGUSR1), which it does not handle",
    "let it save and end when SIGUSR1 comes, or ignore that and go on from its last checkpoint; "
    "or ask for longer with `slurm.time:`",
)
"""Whoever does not handle a signal ends by it: signal(7)."""

STATES = {
    JobState.OUT_OF_MEMORY: MEMORY,
    JobState.TIMEOUT: TIME,
    JobState.DEADLINE: Advice("deadline", "it could not end before its deadline"),
    JobState.NODE_FAIL: Advice(
        "node_fail", "its node failed", "nothing is wrong with the program: start it again"
    ),
    JobState.BOOT_FAIL: Advice(
        "boot_fail", "its node did not start", "nothing is wrong with the program: start it again"
    ),
    JobState.PREEMPTED: Advice(
        "preempted",
        "a job of higher priority took its place",
        "start it again, or choose a `slurm.qos:` or partition that is not preempted",
    ),
    JobState.CANCELLED: Advice("cancelled", "somebody cancelled it"),
    JobState.REVOKED: Advice("revoked", "another cluster of the federation ran it instead"),
}
"""What a scheduler's own word for the end says, whatever is in the log."""

ENDINGS = {
    "timeout": TIME,
    "out_of_memory": MEMORY,
    "inputs": Advice(
        "inputs",
        "an input was not what the plan said when it started",
        "look at what is there now and plan again",
    ),
    "server_died": Advice(
        "server_died",
        "the model server beside it died, or stopped answering",
        "look at the last lines it wrote, and at server.log in the folder of the attempt",
    ),
    "server_late": Advice(
        "server_late",
        "the model server did not answer in time",
        "raise `healthcheck_max_attempts` under `backend:` of its engine; server.log in the folder "
        "of the attempt says how far it came",
    ),
    "tunnel": Advice(
        "tunnel",
        "there was no tunnel from outside to the model server",
        "check PINGGY_SSH_COMMAND and PINGGY_PERSISTENT_URL in the secrets file of the jobs",
    ),
    "incomplete": Advice(
        "incomplete",
        "too few of its trials ended with a result",
        "start it again: it resumes the trials that are missing",
    ),
    "no_evidence": Advice(
        "no_evidence",
        "it ended well, but what it should have made is not there",
        "let the program write its `outputs:` below $OTPLAN_OUTPUT",
    ),
    "lost": Advice("lost", "its scheduler does not know it any more, and it left no result"),
}
"""What the script, or the look at what it made, found out by itself (result.json)."""

SIGNALS = {
    4: Advice(
        "illegal_instruction",
        "it used an instruction that this processor does not have",
        "build the program, or choose its wheels, for the nodes it runs on",
    ),
    6: Advice("aborted", "the program aborted itself (SIGABRT)"),
    7: Advice("bus_error", "it touched memory that is not there (SIGBUS), often a full /dev/shm"),
    9: KILLED,
    11: Advice("crashed", "it crashed in native code (SIGSEGV)"),
    15: Advice("terminated", "it was told to end (SIGTERM) and did"),
}
"""By signal number (signal(7))."""

EXITS = {
    75: Advice("stopped", "the script stopped itself on purpose; its last lines say why"),
    124: Advice("timeout", "a `timeout` around the program ran out"),
    126: Advice(
        "permission", "the program is there but cannot be run", "make it executable: chmod +x"
    ),
    127: Advice(
        "missing_command",
        "a command was not found",
        "check the cluster's modules and activation, and the spelling",
    ),
}
"""By exit code (sysexits.h; timeout(1); bash(1), EXIT STATUS)."""
