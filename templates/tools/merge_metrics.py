"""Put the metrics of the elements of an array together; each measured other tasks."""

from __future__ import annotations

import json
import os
from pathlib import Path

if __name__ == "__main__":
    whole = {}
    for folder in os.environ["OTPLAN_INPUT_SHARDS"].splitlines():
        whole.update(json.loads((Path(folder) / "metrics.json").read_text(encoding="utf-8")))
    text = json.dumps(whole, indent=2, sort_keys=True)
    (Path(os.environ["OTPLAN_OUTPUT"]) / "metrics.json").write_text(text, encoding="utf-8")
