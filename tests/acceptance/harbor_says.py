"""Let Harbor read jobs in its own Python: what `harbor run --print-config` makes of each.

One process for all, since its start takes seconds. Harbor leaves out what it does not know and
what is as usual; so the whole of what it understood is told as well.
"""
# mypy: ignore-errors

import json
import sys

from harbor.cli.main import app
from harbor.models.job.config import JobConfig
from typer.testing import CliRunner


def _said(path: str) -> dict[str, object]:
    done = CliRunner().invoke(app, ["run", "-c", path, "--print-config"])
    if done.exit_code:
        return {"refused": f"{done.output}{done.exception}"}
    return JobConfig.model_validate_json(done.stdout).model_dump(mode="json")


json.dump([_said(path) for path in sys.argv[1:]], sys.stdout)
