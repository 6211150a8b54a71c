"""Jobs for a real Slurm: a project of independent stages, and the same number of bare jobs.

They begin in an hour, so that nothing runs while the submission is measured.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

JOBS = 200

APPLY = 'cp -r project "$$" && cd "$$" && exec "$0" apply manifest.yaml --auto-approve'
"""Each run applies a workspace of its own, in a folder named after its process."""

BARE = f"""
i=0
while [ $i -lt {JOBS} ]; do
    sbatch --parsable --job-name=bench --begin=now+1hour --time=10 --output=/dev/null job.sh
    i=$((i + 1))
done
"""

_MANIFEST = """\
otplan: 1
workspace: bench
cluster: lab
defaults: {scripts: {command: ["true"], slurm: {time: "00:10:00", begin: now+1hour}}}
scripts:
"""


def project(folder: Path) -> Path:
    """Return a folder with the project and a bare job; raise SystemExit where no Slurm answers."""
    if subprocess.run(["sh", "-c", "squeue --me"], capture_output=True, check=False).returncode:
        raise SystemExit(
            'no Slurm answers. To start one:\n\n  ./dev slurm up\n  eval "$(./dev slurm env)"'
        )
    clusters = folder / "project" / "clusters"
    clusters.mkdir(parents=True)
    (clusters / "lab.yaml").write_text("scheduler: slurm\nexperiments_dir: null\n")
    stages = "".join(f"  s{n}: {{args: {{n: {n}}}}}\n" for n in range(JOBS))
    (clusters.parent / "manifest.yaml").write_text(_MANIFEST + stages)
    (folder / "job.sh").write_text("#!/bin/sh\ntrue\n")
    return folder


def clear(folder: Path) -> None:
    """Cancel what was submitted from below a folder, and nothing else."""
    listed = ["squeue", "--me", "--noheader", "--format=%i %Z"]
    said = subprocess.run(listed, capture_output=True, text=True, check=True).stdout
    rows = (line.partition(" ") for line in said.splitlines())
    if jobs := [job for job, _, place in rows if Path(place).is_relative_to(folder)]:
        subprocess.run(["scancel", *jobs], check=True)
