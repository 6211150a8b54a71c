"""Stands for the project's measurement of a server: it starts one and asks it at full speed.

What it is told on its command line are vLLM's own options.
"""

import json
import os
import subprocess
import sys
from pathlib import Path


def main() -> None:
    """Measure, and leave the numbers where otplan looks for them."""
    output = Path(os.environ["OTPLAN_OUTPUT"])
    raw = output / "throughput.json"
    argv = ["vllm", "bench", "throughput", "--output-json", str(raw), *sys.argv[1:]]
    subprocess.run(argv, check=True)
    measured = json.loads(raw.read_text())
    (output / "metrics.json").write_text(json.dumps(measured))


if __name__ == "__main__":
    main()
