"""An engine and a Harbor job for the stubs of both, and how jobs find these (tests/tools/stubs)."""

import sys
from pathlib import Path

from tests.tools.bench import STUBS

ENGINE = """\
engine: {type: vllm_local, model: org/m, healthcheck_interval: 1}
backend: {type: vllm, api_port: 0, healthcheck_max_attempts: 60, healthcheck_retry_delay: 0.5}
vllm_server: {tensor_parallel_size: 1, max_model_len: 9}
"""
JOB = """\
n_attempts: 1
retry: {max_retries: 0, exclude_exceptions: [AgentTimeoutError]}
environment: {type: docker}
agents: [{name: terminus-2}]
"""


def stubbed(control: Path) -> dict[str, str]:
    """Return the environment of jobs in which the stubs do what files in `control` tell them."""
    return {
        "PATH": f"{STUBS / 'bin'}:{Path(sys.executable).parent}:/usr/bin:/bin",
        "PYTHONPATH": str(STUBS / "lib"),
        "STUB_SERVER": str(control),
        "STUB_HARBOR": str(control),
    }
