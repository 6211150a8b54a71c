"""Where the Slurm of `./dev slurm` is."""

import os
import subprocess

from tests.home_guard import ROOT


def configuration() -> str:
    """Return the slurm.conf of the lab; fail where it does not run."""
    folder = os.environ.get("OTPLAN_LAB") or str(ROOT / ".cache" / "slurm")
    path = f"{folder}/slurm.conf"
    asked = ["scontrol", "ping"]
    env = {**os.environ, "SLURM_CONF": path}
    done = subprocess.run(asked, env=env, capture_output=True, text=True, check=False, timeout=30)
    assert "is UP" in done.stdout, (
        f"no Slurm answers; to start it:\n\n  ./dev slurm up\n{done.stderr}"
    )
    return path


def release() -> str:
    """Return the release of the Slurm on PATH: `22.05`."""
    # `sbatch --version` of 24.11 wants a configuration first.
    done = subprocess.run(["sbatch", "--version"], capture_output=True, text=True, check=True)
    return done.stdout.rpartition(" ")[2][:5]
