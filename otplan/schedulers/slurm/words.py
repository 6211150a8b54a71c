"""Slurm's words for states and refusals, and what they mean to otplan."""

from __future__ import annotations

import re
from dataclasses import dataclass

from otplan.core.job import JobState

_QUEUED = ("PENDING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "RESV_DEL_HOLD", "SPECIAL_EXIT")
_HELD = frozenset({"REQUEUE_HOLD", "RESV_DEL_HOLD", "SPECIAL_EXIT"})
_RUNNING = ("RUNNING", "CONFIGURING", "RESIZING", "POWER_UP_NODE", "SIGNALING", "EXPEDITING")
_ENDING = ("COMPLETING", "STAGE_OUT", "UPDATE_DB")

STATES: dict[str, JobState] = {
    **dict.fromkeys(_QUEUED, JobState.PENDING),
    **dict.fromkeys(_RUNNING, JobState.RUNNING),
    **dict.fromkeys(_ENDING, JobState.COMPLETING),
    "SUSPENDED": JobState.SUSPENDED,
    "STOPPED": JobState.SUSPENDED,
    "COMPLETED": JobState.COMPLETED,
    "FAILED": JobState.FAILED,
    "TIMEOUT": JobState.TIMEOUT,
    "CANCELLED": JobState.CANCELLED,
    "OUT_OF_MEMORY": JobState.OUT_OF_MEMORY,
    "NODE_FAIL": JobState.NODE_FAIL,
    "BOOT_FAIL": JobState.BOOT_FAIL,
    "LAUNCH_FAILED": JobState.BOOT_FAIL,
    "RECONFIG_FAIL": JobState.BOOT_FAIL,
    "PREEMPTED": JobState.PREEMPTED,
    "DEADLINE": JobState.DEADLINE,
    "REVOKED": JobState.REVOKED,
}
"""Every word squeue or sacct may print for a state (squeue(1), JOB STATE CODES)."""

_ORDINARY = frozenset({"PENDING", "RUNNING", "REQUEUED"})

HOLDS = frozenset({"JobHeldUser", "JobHeldAdmin"})
"""Reasons of a job that somebody holds."""

_HELD_ENDS = ("requeued held", "requeued in held state")
_PLAIN = {"None": "", "(null)": "", "N/A": ""}


def state(word: str) -> JobState:
    """Return the state behind `RUNNING`, `CANCELLED by 1000`, `FAILED+`; ValueError for others."""
    first = word.partition(" ")[0].rstrip("+")
    if first not in STATES:
        raise ValueError(f"`{word}` is no state of a job that otplan knows")
    return STATES[first]


def held(word: str, reason: str) -> bool:
    """Tell whether a queued job is held: by its state's own word, or by the reason it waits."""
    return (
        word in _HELD
        or reason in HOLDS
        or reason.endswith(("requeued_held", "requeued_in_held_state"))
    )


def reason(word: str) -> str:
    """Return why a job waits, in Slurm's word; empty where there is none.

    Some words of held jobs have spaces in one release and underscores in another.
    """
    return word.replace(" ", "_") if word.endswith(_HELD_ENDS) else _PLAIN.get(word, word)


def phase(word: str) -> str:
    """Return the state's own word where it says more of a live job than that it waits or runs."""
    return word if state(word).live and word not in _ORDINARY else ""


@dataclass(frozen=True, slots=True)
class _Refusal:
    """A text that sbatch or scontrol prints when nothing was done, and the kind of its refusal."""

    kind: str
    pattern: re.Pattern[str]
    help: str = ""


def _refusal(kind: str, text: str, help_: str = "") -> _Refusal:
    return _Refusal(kind, re.compile(text, re.IGNORECASE), help_)


REFUSALS = (
    _refusal(
        "limit",
        r"SubmitJob|MaxSubmit|job submit limit\)|Resource temporarily unavailable"
        r"|Slurm temporarily unable to accept job",
        "When some of your jobs have ended:\n    otplan continue",
    ),
    _refusal("dependency", r"Job dependency problem|dependency is invalid"),
    _refusal("denied", r"Access/permission denied|not permitted to use|Permission denied"),
    _refusal("invalid", r"Invalid account or account/partition combination", "otplan cluster show"),
    _refusal(
        "invalid",
        r"Invalid (?:qos|partition|feature|generic resource|node name|job array|user|reservation)"
        r"|Invalid (?:license|Trackable RESource)|invalid partition specified|time limit is invalid"
        r"|Requested node configuration is not available|Requested nodes are|Node count spec"
        r"|More processors requested|Memory required by task|Memory specification can not"
        r"|violates accounting/QOS policy|QOS\w+Limit|Assoc\w+Limit|Pathname of a file"
        r"|Unable to open|No such file|Script is empty|invalid option|unrecognized option"
        r"|Invalid --|Invalid directive|Requested reservation|Batch script is"
        r"|Requested time limit|Job is no longer pending|Job/step already completing"
        r"|already finished"
        r"|Invalid job id|Job is pending execution|Job is not pending",
    ),
)
"""Texts of slurm_errno.c and of sbatch itself, from 22.05 to 24.11. Any other is no refusal."""


_OPEN = re.compile(r"Socket timed out|Unable to contact|Zero Bytes")
"""Texts of a call that may have been heard, whatever was refused before it."""


def refusal(text: str) -> _Refusal | None:
    """Return what a command's own words refuse; None where they leave open what was done."""
    if _OPEN.search(text):
        return None
    return next((one for one in REFUSALS if one.pattern.search(text)), None)
