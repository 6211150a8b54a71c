"""Why a live job does not run, in plain words beside Slurm's own.

squeue(1), JOB REASON CODES and JOB STATE CODES; slurm.schedmd.com/resource_limits.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_LIMIT = r"(?:Limit)?$"
_WHOSE = {"Assoc": "its account", "QOS": "its QOS"}
_WHAT = {
    "billing": "billing units",
    "cpu": "processors",
    "gres": "GPUs",
    "jobs": "jobs",
    "license": "licenses",
    "mem": "memory",
    "memory": "memory",
    "node": "nodes",
    "submitjobs": "jobs in the queue",
    "wall": "time",
    "wallduration": "time",
}
"""What a limit is on, by the part of its name; others are told as they are."""

STUCK = {
    r"BadConstraints": "no node can ever satisfy what it asks for",
    r"PartitionTimeLimit": "its time limit is longer than its partition allows",
    r"PartitionNodeLimit": "it asks for more nodes than its partition allows",
    r"DependencyNeverSatisfied": "a job it waits for did not end well",
    r"InvalidAccount": "its account is not valid",
    r"InvalidQOS": "its QOS is not valid",
    r"AccountNotAllowed": "its partition does not take jobs of its account",
    r"QOSNotAllowed": "its partition, or its account, does not take jobs of its QOS",
    r"JobHeldAdmin": "an administrator holds it",
    r"JobHoldMaxRequeue": "it was requeued as often as the site allows, and is held",
    r"ReservationDeleted": "its reservation was deleted",
    r"launch_failed_requeued_held": "it could not be launched and is held",
    r"job_requeued_in_held_state": "it was requeued and is held",
    rf"(?P<whose>Assoc|QOS)Max(?P<what>\w+?)(?P<spent>Minutes)?Per(?:Job|Node){_LIMIT}": (
        "it asks for more {what} than {whose} allows one job"
    ),
    r"(?P<whose>QOS)Min(?P<what>\w+?)(?:NotSatisfied)?": (
        "it asks for fewer {what} than {whose} demands"
    ),
}
"""Reasons that waiting does not clear, as sentences."""

WAITS = {
    r"AccountingPolicy|Association(?:Resource|Time)Limit": "for its account to be allowed more",
    r"BeginTime": "until its earliest start; after a requeue that is some two minutes away",
    r"BurstBuffer\w*|STAGE_OUT": "for its burst buffer",
    r"Cleaning": "for its last start to be cleaned up",
    r"Dependency": "for the jobs of what it reads",
    r"FedJobLock|REQUEUE_FED": "for the other clusters of its federation",
    r"FrontEndDown": "for a front end node to be up again",
    r"JobArrayTaskLimit": "for elements of its own array, for only so many may run at once",
    r"JobHeldUser|REQUEUE_HOLD|RESV_DEL_HOLD|SPECIAL_EXIT|RequeueExit(?:Hold)?": (
        "until it is released"
    ),
    r"Licenses": "for licenses",
    r"NodeDown|ReqNodeNotAvail.*|Nodes.required.*": (
        "for nodes that are down, drained or reserved"
    ),
    r"PartitionConfig": "for nodes as it asks for them, which its partition does not have now",
    r"PartitionDown|PartitionInactive": "for its partition to be up again",
    r"Priority": "behind jobs of higher priority",
    r"Prolog|CONFIGURING|POWER_UP_NODE": "for its nodes to be made ready",
    r"QOS(?:Resource|Time)Limit|QOSUsageThreshold": "for its QOS to allow more",
    r"ReqResv|Reservation|RequiresReservation": "for its reservation to begin",
    r"Resources": "for nodes, processors or GPUs to become free",
    r"SchedDefer|SchedulerTimeSlice|WaitingForScheduling": "for the scheduler to look at it",
    r"SUSPENDED|STOPPED": "for somebody to resume it",
    r"COMPLETING|SIGNALING|UPDATE_DB": "for its processes to end",
    rf"(?P<whose>Assoc|QOS)Grp(?P<what>\w+?)RunMinutes{_LIMIT}": (
        "for others to end: {whose} may have only so many minutes of {what} ahead of it"
    ),
    rf"(?P<whose>Assoc|QOS)Grp(?:(?P<what>\w+?)Minutes|Wall){_LIMIT}": (
        "for more to spend: {whose} has used up its minutes of {what}"
    ),
    rf"(?P<whose>Assoc|QOS)Grp(?P<what>\w+?){_LIMIT}": (
        "for others to end: all jobs of {whose} together may have no more {what} at once"
    ),
    rf"(?P<whose>QOS)?Max(?P<what>\w+?)Per(?:User|Account){_LIMIT}": (
        "for others of your jobs to end: {whose} gives you no more {what} at once"
    ),
    rf"(?P<whose>Assoc)Max(?P<what>\w*Jobs?){_LIMIT}|(?:QOS|Association)JobLimit": (
        "for others of your jobs to end: {whose} gives you no more {what} at once"
    ),
}
"""Reasons that clear by themselves, as what follows `waiting`."""

_OVER = {
    r"InactiveLimit|JobLaunchFailure|NonZeroExitCode|OutOfMemory|RaisedSignal\S*|SystemFailure"
    r"|TimeLimit": "to start again after its last start ended",
}
"""Why a job ended: what a requeued one shows until it is scheduled again."""


def in_words(reason: str) -> str:
    """Return `, waiting …` for a reason, with Slurm's word in brackets; empty for none."""
    if not reason:
        return ""
    if plain := hopeless(reason):
        return f", but {plain} ({reason})"
    plain = _words({**WAITS, **_OVER}, reason)
    return f", waiting {plain} ({reason})" if plain else f", waiting: {reason}"


def hopeless(reason: str) -> str:
    """Return why waiting does not clear a reason; empty where it may."""
    return _words(STUCK, reason)


def _words(table: dict[str, str], reason: str) -> str:
    matches = ((re.fullmatch(pattern, reason), text) for pattern, text in table.items())
    return next((_filled(text, match) for match, text in matches if match), "")


def _filled(text: str, match: re.Match[str]) -> str:
    """Say whose limit it is, and on what; a limit without a name is the account's, on jobs."""
    given = {name: value for name, value in match.groupdict().items() if value}
    what = given.get("what", "jobs")
    return text.format(
        whose=_WHOSE[given.get("whose", "Assoc")], what=_WHAT.get(what.lower(), what)
    )


def first_hopeless(reasons: Iterable[str]) -> str:
    """Return the words of the first reason, by name, that waiting does not clear."""
    return next(filter(None, map(hopeless, sorted(reasons))), "")
