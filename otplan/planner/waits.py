"""Why a queued job waits, in plain words beside Slurm's own (squeue(1), JOB REASON CODES)."""

from __future__ import annotations

_WORDS = {
    "BeginTime": "until its earliest start; after a requeue that is some two minutes away",
    "Dependency": "for the jobs of what it reads",
    "JobArrayTaskLimit": "for elements of its own array, for only so many may run at once",
    "JobHeldUser": "until it is released",
    "Licenses": "for licenses",
    "Priority": "behind jobs of higher priority",
    "Reservation": "for its reservation to begin",
    "Resources": "for nodes, processors or GPUs to become free",
}

_BEGINNINGS = {
    "Assoc": "for its account to have less running, or more to spend",
    "MaxJobs": "for others of your jobs to end",
    "Nodes required for job are DOWN": "for nodes that are down, drained or reserved",
    "QOS": "for its QOS to allow more",
    "ReqNodeNotAvail": "for nodes that are down, drained or reserved",
}


def in_words(reason: str) -> str:
    """Return `, waiting …` for a reason, with Slurm's word in brackets; empty for none."""
    if not reason:
        return ""
    begins = (text for start, text in _BEGINNINGS.items() if reason.startswith(start))
    plain = _WORDS.get(reason) or next(begins, "")
    return f", waiting {plain} ({reason})" if plain else f", waiting: {reason}"
