"""Lines that programs write when they fail, and what they mean; one row for each."""

from __future__ import annotations

import re
from dataclasses import dataclass

from otplan.diagnose.causes import KILLED, MEMORY, TIME, Advice


@dataclass(frozen=True, slots=True)
class Pattern:
    """A line of a log and what it means; named groups fill the words and the suggestion."""

    expression: re.Pattern[str]
    advice: Advice


def _row(expression: str, advice: Advice) -> Pattern:
    return Pattern(re.compile(expression, re.MULTILINE), advice)


ANYWHERE = (
    _row(
        r"(?i)\boom[-_ ]?kill|\bout of memory: kill|oom_kill event|: tasks? [\d,-]+: Out Of Memory"
        r"|exceeded (?:job |step |virtual )?memory limit",
        MEMORY,
    ),
    _row(r"DUE TO TIME LIMIT", TIME),
    _row(r"DUE TO PREEMPTION", Advice("preempted", "a job of higher priority took its place")),
    _row(r"DUE TO NODE FAILURE", Advice("node_fail", "its node failed", "start it again")),
    _row(
        r"(?i)(?:CUDA|HIP|torch)[\w.]*(?: error:|:)? ?out of ?memory|torch\S*OutOfMemoryError",
        Advice(
            "gpu_memory",
            "a GPU ran out of memory",
            "lower the batch size or the sequence length, or spread the model over more GPUs",
        ),
    ),
    _row(
        r"(?i)disk quota exceeded|EDQUOT",
        Advice(
            "quota",
            "a disk quota is used up, in bytes or in number of files",
            "remove what is not needed, or move `experiments_dir` elsewhere",
        ),
    ),
    _row(
        r"(?i)no space left on device|ENOSPC",
        Advice(
            "no_space",
            "a disk is full: it may be the node's own /tmp",
            "free space, or let the program write its temporary files elsewhere ($TMPDIR)",
        ),
    ),
)
"""What is told by a system, and is the cause of any exception near it."""

IN_ERRORS = (
    _row(
        r"ModuleNotFoundError: No module named '(?P<name>[^']+)'",
        Advice(
            "missing_module",
            "Python has no module `{name}` there",
            "install it in the environment that the cluster's `activate:` enters",
        ),
    ),
    _row(
        r"ImportError: cannot import name '(?P<name>[^']+)' from '(?P<module>[^']+)'",
        Advice(
            "missing_module",
            "the version of `{module}` there has no `{name}`",
            "install the version that the program was written for",
        ),
    ),
    _row(
        r"(?:The following module\(s\) are unknown: |Unable to locate a modulefile for )"
        r"[\"'](?P<name>[^\"'\n]+)",
        Advice(
            "environment_module",
            "there is no environment module `{name}` there",
            "correct its name in the cluster's `activate:`; `module spider` lists what there is",
        ),
    ),
    _row(
        r"(?i)Lmod has detected the following error:\s*(?P<why>[^\n]*)",
        Advice(
            "environment_module",
            "an environment module could not be loaded: {why}",
            "correct what the cluster's `activate:` loads",
        ),
    ),
    _row(
        r"\b(?:module|ml): (?:command )?not found",
        Advice(
            "environment_module",
            "the command `module` is not there: nobody has set it up in the job's shell",
            "source the site's set-up first in the cluster's `activate:`, often "
            "/etc/profile.d/lmod.sh",
        ),
    ),
    _row(
        r"(?<!\S)(?P<name>\S+\.so[.\d]*): cannot open shared object file|libcuda\S* not found",
        Advice(
            "missing_library",
            "a shared library was not found there: {name}",
            "load the module that brings it, in the cluster's file",
        ),
    ),
    _row(
        r"(?i)\b(?:401|403)\b.{0,80}(?:unauthorized|forbidden|client error)|GatedRepoError|"
        r"Invalid (?:user )?(?:token|credentials)",
        Advice(
            "denied",
            "a server did not let it in",
            "check the token in the cluster's `secrets:` file, and that its owner has access",
        ),
    ),
    _row(
        r"(?i)address already in use|EADDRINUSE",
        Advice("port", "a port it wanted is taken by another job", "let it choose a free port"),
    ),
    _row(
        r"\bNCCL WARN .*(?:NET/IB|\bibv_|\bmlx\d_\d)|\bibv_\w+.*(?i:fail|error|cannot)|"
        r"(?i:fail|error|cannot)\w* .*\bibv_\w+|libibverbs: Warning: .*RLIMIT_MEMLOCK",
        Advice(
            "rdma",
            "the network between the nodes failed (InfiniBand or RDMA)",
            "if it happens on one node only, leave that out with `slurm.exclude:`; for a memory "
            "lock limit, `ulimit -l unlimited` in the cluster's `activate:`",
        ),
    ),
    _row(
        r"(?i)\bNCCL\b.*(?:error|timeout|timed out|abort|WARN)|Watchdog caught collective|"
        r"ncclSystemError|ncclRemoteError|ncclInternalError|DistBackendError|Got async event|"
        r"DistNetworkError|client socket has timed out|Socket Timeout",
        Advice(
            "nccl",
            "the GPUs lost each other (NCCL): one of the ranks stopped, or the network did",
            "look for the rank that failed first; if none did, leave the node out with "
            "`slurm.exclude:`",
        ),
    ),
    _row(
        r"(?i)name or service not known|temporary failure in name resolution|"
        r"network is unreachable|(?:connect|read) ?time(?:d )?out|connection refused|"
        r"OfflineModeIsEnabled|LocalEntryNotFoundError|Failed to establish a new connection",
        Advice(
            "network",
            "it could not reach a server from its node",
            "compute nodes often have no internet: fetch in a stage of its own, or set a proxy in "
            "the cluster's file",
        ),
    ),
    _row(
        r"FileNotFoundError: .*?'(?P<name>[^'\n]+)'|"
        r"(?<!\S)(?P<other>\S+): No such file or directory",
        Advice(
            "missing_file",
            "a file or folder is not there: {name}{other}",
            "check that it is committed, named in `files:`, or made by an input",
        ),
    ),
    _row(
        r"PermissionError: .*?'(?P<name>[^'\n]+)'|(?<!\S)(?P<other>\S+): Permission denied",
        Advice(
            "permission",
            "it may not read or write {name}{other}",
            "check the owner, the group and the umask",
        ),
    ),
    _row(
        r"(?<!\S)(?P<name>\S+): (?:command )?not found$",
        Advice(
            "missing_command",
            "the command `{name}` was not found there",
            "check the cluster's modules and activation, and the spelling",
        ),
    ),
    _row(
        r"(?i)\bECC error|Xid\b.*\b(?:48|63|64|79|94|95)\b|fallen off the bus|"
        r"CUDA error: (?:uncorrectable|unspecified launch|device-side|an illegal memory)",
        Advice(
            "gpu",
            "a GPU failed",
            "if it happens on one node only, leave that out with `slurm.exclude:`",
        ),
    ),
    _row(
        r"(?i)no CUDA-capable device|no (?:CUDA )?GPUs? (?:are|is) available|"
        r"Found no NVIDIA driver|CUDA driver version is insufficient",
        Advice(
            "no_gpu",
            "it found no GPU it can use",
            "ask for GPUs with `gpus:`, or load a CUDA that fits the node's driver",
        ),
    ),
    _row(r"^MemoryError|(?i:cannot allocate memory)|DefaultCPUAllocator: can't allocate", MEMORY),
    _row(r"^(?:\S+: (?:line \d+: *)?\d* ?)?Killed\b", KILLED),
)
"""What an exception, or a line of a log without any, means; the more telling ones first."""

WRAPPERS = (
    "torch.distributed.elastic.multiprocessing.errors.ChildFailedError",
    "torch.distributed.DistBackendError",
    "subprocess.CalledProcessError",
    "concurrent.futures.process.BrokenProcessPool",
    "ray.exceptions.RayTaskError",
    "KeyboardInterrupt",
    "SystemExit",
)
"""Exceptions that only tell of another one, which stands earlier in the log."""
