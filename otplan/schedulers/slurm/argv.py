"""The commands otplan gives Slurm, as argv lists; nothing is run here.

Only options that 22.05 knows, and long names throughout. What is asked for stands on the command
line, which beats `#SBATCH` lines and the environment (sbatch(1)).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from otplan.core.job import JobName, JobRef, Order
from otplan.core.stage import Limits
from otplan.schedulers import notation

GRACE = 120
"""Seconds before the time limit at which a job is warned, to save what it can and requeue."""

MARGIN = 900
"""Seconds that a job may be older by the cluster's clock than its intent is by ours."""

MOST_IDS = 4000
"""Ids in one sacct: of eight digits each, they stay below 128 KiB for an argument (execve(2))."""

MOST_NAMES = 600
"""Names in one sacct: of 200 characters each, they stay below 128 KiB too."""

QUEUE_FIELDS = (
    "ArrayJobID",
    "ArrayTaskID",
    "State",
    "Reason",
    "UserName",
    "SubmitTime",
    "StartTime",
    "EndTime",
    "RestartCnt",
    "exit_code",
    "Name",
    "Comment",
)
"""What squeue is asked for; the last may hold anything but a newline."""

PAST_FIELDS = ("JobID", "User", "State", "ExitCode", "Submit", "Start", "End", "JobName")
"""What sacct is asked for; the last may be anything, of a stranger who had the id before."""

UPDATED = {
    "account": "Account",
    "begin": "StartTime",
    "constraint": "Features",
    "dependency": "Dependency",
    "exclude": "ExcNodeList",
    "nice": "Nice",
    "nodelist": "ReqNodeList",
    "partition": "Partition",
    "qos": "QOS",
    "reservation": "ReservationName",
    "time": "TimeLimit",
}
"""What the owner of a queued job may change, with scontrol's name for it (scontrol(1), update)."""

STRANGE = ("SLURM_", "SBATCH_", "SQUEUE_", "SACCT_", "SCANCEL_", "SINFO_", "SCONTROL_", "SRUN_")
"""Prefixes of variables that change what a Slurm client asks, does or prints."""

KEPT = frozenset({"SLURM_CONF"})
"""Which Slurm it is, is not for us to say."""

_PRIVATE = ("SUPABASE_", "OTPLAN_")
_SECRET = (
    *("TOKEN", "KEY", "SECRET", "PASSWORD", "PASSWD", "PASS", "_PAT", "CREDENTIALS"),
    *("DATABASE_URL", "_DSN"),
)


def client(argv: Sequence[str], variables: Iterable[str]) -> list[str]:
    """Return a command freed of the user's settings for it, with times in seconds since the epoch.

    `variables` are the names in the environment it would get.
    """
    strange = [v for v in sorted(variables) if v.startswith(STRANGE) and v not in KEPT]
    return ["env", *_unset(strange), "SLURM_TIME_FORMAT=%s", *argv]


def submitting(argv: Sequence[str], variables: Iterable[str]) -> list[str]:
    """Return an sbatch that hands on neither the user's settings for Slurm nor anything secret.

    The environment of a submission becomes the job's (`--export`), and a site may store it.
    """
    names = sorted(variables)
    strange = [v for v in names if v.startswith((*STRANGE, *_PRIVATE)) and v not in KEPT]
    secret = [v for v in names if v.upper().endswith(_SECRET)]
    unset = _unset(dict.fromkeys((*strange, *secret)))
    return ["env", *unset, *argv] if unset else [*argv]


def _unset(names: Iterable[str]) -> list[str]:
    return [word for name in names for word in ("-u", name)]


def sbatch(order: Order, *, requeue: bool, gpus: str = "gres", memory: bool = True) -> list[str]:
    """Return the submission of an order.

    `--export=ALL` overrides what a site or user sets; NONE would imply a login shell. The
    site's `--requeue` default is overridden too, since the script counts on it. `gpus` is how
    the site asks for them: `gres`, `gpus-per-node` or `none`; `memory` whether it takes `--mem`.
    """
    limits = order.limits
    wanted = {
        "job-name": order.name,
        "comment": order.comment,
        "chdir": order.folder,
        "output": order.log,
        "open-mode": "append",
        "export": "ALL",
        "nodes": str(limits.nodes),
        "time": None if limits.time is None else notation.time(limits.time),
        "signal": None if limits.time is None else f"B:USR1@{warning(limits.time)}",
        "cpus-per-task": None if limits.cpus is None else str(limits.cpus),
        "ntasks-per-node": "1",
        "mem": f"{limits.memory}M" if limits.memory is not None and memory else None,
        **_gpus(limits, gpus),
        **order.options,
        "array": _array(order),
        "dependency": notation.dependency(order.edges) or None,
    }
    options = [_option(name, value) for name, value in wanted.items() if value is not None]
    flags = ["--requeue" if requeue else "--no-requeue", *(["--hold"] if order.held else [])]
    return ["sbatch", "--parsable", *options, *flags, order.script]


def _option(name: str, value: str) -> str:
    """Write an option; one without a value stands alone (`--exclusive`)."""
    return f"--{name}={value}" if value else f"--{name}"


def warning(limit: int) -> int:
    """Return how many seconds before its time limit a job is warned: a fifth of it at most.

    Slurm sends it up to 60 s early (sbatch(1), --signal).
    """
    return max(1, min(GRACE, limit // 5))


def _gpus(limits: Limits, directive: str) -> dict[str, str]:
    wanted = f"{limits.gpu_type}:{limits.gpus}" if limits.gpu_type else str(limits.gpus)
    match directive:
        case "gres" if limits.gpus:
            return {"gres": f"gpu:{wanted}"}
        case "gpus-per-node" if limits.gpus:
            return {"gpus-per-node": wanted}
        case _:
            return {}


def _array(order: Order) -> str | None:
    if not order.elements:
        return None
    throttle = f"%{order.at_once}" if order.at_once else ""
    return f"{spans(order.elements)}{throttle}"


def spans(elements: Sequence[int]) -> str:
    """Write elements as `0-3,7`: a specification may have 4,096 bytes (sbatch(1), --array)."""
    runs: list[list[int]] = []
    for element in sorted(elements):
        if runs and element == runs[-1][-1] + 1:
            runs[-1][1:] = [element]
        else:
            runs.append([element])
    return ",".join("-".join(map(str, run)) for run in runs)


def squeue(whose: str = "--me") -> list[str]:
    """Return one look at jobs, with its header, so that empty is not mistaken for silence.

    `whose` says which: ours, or those of `of_ids` or `of_names`, whoever they belong to. A field
    followed by `:|` is printed whole, with that behind it (squeue(1), -O).
    """
    fields = ",".join(f"{field}:|" for field in QUEUE_FIELDS)
    return ["squeue", whose, "--array", "--states=all", f"--Format={fields}"]


def of_ids(ids: Iterable[str]) -> str:
    """Return the choice of jobs by id, for squeue."""
    return f"--jobs={','.join(ids)}"


def of_names(names: Iterable[JobName]) -> str:
    """Return the choice of jobs by name, for squeue."""
    return f"--name={','.join(names)}"


def sacct_by_id(ids: Iterable[str]) -> list[str]:
    """Return the look at jobs by id; every record of each, since ids are used again."""
    return [*_sacct(), f"--jobs={','.join(ids)}"]


def sacct_by_name(names: Iterable[JobName], seconds: int) -> list[str]:
    """Return the look for jobs of these names since so many seconds ago."""
    since = f"now-{seconds + MARGIN}seconds"
    which = ["--allusers", f"--name={','.join(names)}"]
    return [*_sacct(), *which, f"--starttime={since}", "--endtime=now"]


def _sacct() -> list[str]:
    fields = ",".join(PAST_FIELDS)
    return ["sacct", "--allocations", "--parsable2", "--duplicates", f"--format={fields}"]


def scontrol_update(job: JobRef, fields: Mapping[str, str]) -> list[str]:
    """Return the change of a queued job; no dependency is said with an empty value."""
    pairs = [f"{UPDATED[name]}={value}" for name, value in fields.items()]
    return ["scontrol", "update", f"JobId={job.id}", *pairs]


def scontrol_release(jobs: Iterable[JobRef]) -> list[str]:
    """Return the release of held jobs."""
    return ["scontrol", "release", ",".join(job.id for job in jobs)]


def scancel(jobs: Iterable[JobRef], elements: Mapping[JobRef, Collection[int]]) -> list[str]:
    """Return the end of jobs, of some of them only of these elements."""
    ids = (
        [f"{job.id}_{element}" for element in elements[job]] if job in elements else [job.id]
        for job in jobs
    )
    return ["scancel", *(each for some in ids for each in some)]
