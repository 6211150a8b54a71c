"""Where things lie in the folder of experiments: paths as text, nothing looked at.

<experiments_dir>/
    code/<tree digest>/                           the code that jobs run
    site-limits.<cluster>.<user>.json             what the site said last of a user's limits
    <workspace>/<16 of fingerprint>/              a run folder
        done.json, checkpoints/                   of a plain job
        attempt-<n>/{intent,config}.json          of a plain job, or of a whole array
        attempt-<n>/script.sh                     of a plain job, or of a whole array
        attempt-<n>/<tool>.py                         the program that otplan brought, if any
        attempt-<n>/log, log.<i>                  of a plain job, and of each element of an array
        attempt-<n>/{claim,start}                 of a plain job: which job, and its newest start
        attempt-<n>/{endings,result.json}         of a plain job: its failed starts, its last word
        attempt-<n>/output/                       of a plain job: what its program makes,
                                                  metrics.json and trials.jsonl among it
        e<i>/{done.json,checkpoints,attempt-<n>}  the same for each element of an array
    <workspace>/<link name>                       a readable symlink to a run folder
"""

from __future__ import annotations

from otplan.core.address import Address

MARKER = "done.json"
SCRIPT = "script.sh"
CONFIG = "config.json"
INTENT = "intent.json"
CLAIM = "claim"
RESULT = "result.json"
ENDINGS = "endings"
LOG = "log"
OUTPUT = "output"
METRICS = "metrics.json"
TRIALS = "trials.jsonl"
"""In the output of an eval, beside its metrics: a line for each trial (templates/tools)."""


def workspace_folder(experiments_dir: str, workspace: str) -> str:
    """Return the folder that holds the run folders of a workspace."""
    return f"{experiments_dir.rstrip('/')}/{workspace}"


def run_folder(experiments_dir: str, workspace: str, fingerprint: str) -> str:
    """Return the run folder of a stage: it hangs on the fingerprint, so renaming moves nothing."""
    return f"{workspace_folder(experiments_dir, workspace)}/{_digits(fingerprint)[:16]}"


def link_name(address: Address, role: str, fingerprint: str) -> str:
    """Return the name of the readable symlink beside a run folder.

    It ends in 8 of the fingerprint: a slug is cut and lossy, and an older run keeps its link.
    """
    return f"{address.kind}.{address.slug}.{role}.{_digits(fingerprint)[:8]}"


def site_limits_path(experiments_dir: str, cluster: str, user: str) -> str:
    """Return the file that keeps what a site allows a user; clusters may share the folder."""
    return f"{experiments_dir.rstrip('/')}/site-limits.{cluster}.{user}.json"


def code_folder(experiments_dir: str, code: str) -> str:
    """Return where code lies on a cluster: in its folder of experiments, unless it is absolute."""
    return code if code.startswith("/") else f"{experiments_dir.rstrip('/')}/{code}"


def code_path(digest: str) -> str:
    """Return where a code export of this tree digest lies in every folder of experiments."""
    return f"code/{digest}"


def element_folder(run: str, element: int) -> str:
    """Return the folder of one element of an array; of a plain job (-1) the run folder."""
    return run if element < 0 else f"{run}/e{element}"


def attempt_folder(folder: str, n: int) -> str:
    """Return the folder of attempt n in a run folder, or in the folder of an element."""
    return f"{folder}/attempt-{n}"


def script_path(run: str, n: int) -> str:
    """Return the script of attempt n: one for all elements of an array."""
    return f"{attempt_folder(run, n)}/{SCRIPT}"


def intent_path(run: str, n: int) -> str:
    """Return the copy of the registry's row of attempt n."""
    return f"{attempt_folder(run, n)}/{INTENT}"


def config_path(run: str, n: int) -> str:
    """Return the configuration of attempt n: one for all elements of an array."""
    return f"{attempt_folder(run, n)}/{CONFIG}"


def tool_path(run: str, n: int, tool: str) -> str:
    """Return where attempt n finds the program that otplan brought along."""
    return f"{attempt_folder(run, n)}/{tool}"


def marker_path(run: str, element: int = -1) -> str:
    """Return the completion marker of a plain job, or of one element."""
    return f"{element_folder(run, element)}/{MARKER}"


def claim_path(run: str, n: int, element: int = -1) -> str:
    """Return the file that says which job holds attempt n."""
    return f"{attempt_folder(element_folder(run, element), n)}/{CLAIM}"


def result_path(run: str, n: int, element: int = -1) -> str:
    """Return the file that an attempt writes last."""
    return f"{attempt_folder(element_folder(run, element), n)}/{RESULT}"


def endings_path(run: str, n: int, element: int = -1) -> str:
    """Return the file with a line for each start that ended in failure or at the time limit."""
    return f"{attempt_folder(element_folder(run, element), n)}/{ENDINGS}"


def log_path(run: str, n: int, element: int = -1) -> str:
    """Return the file that takes what attempt n prints.

    Those of an array lie side by side: Slurm makes no folders, and a job without a log fails.
    """
    log = f"{attempt_folder(run, n)}/{LOG}"
    return log if element < 0 else f"{log}.{element}"


def log_pattern(run: str, n: int) -> str:
    """Return the log of attempt n at each element, with %a for its number (sbatch, FILENAME)."""
    return f"{attempt_folder(run, n)}/{LOG}.%a"


def output_folder(run: str, n: int, element: int = -1) -> str:
    """Return the folder that the program of attempt n writes into."""
    return f"{attempt_folder(element_folder(run, element), n)}/{OUTPUT}"


def _digits(fingerprint: str) -> str:
    return fingerprint.rpartition(":")[2]
