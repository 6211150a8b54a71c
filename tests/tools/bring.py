"""The tools that otplan brings to jobs, as modules."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

TOOLS = Path(__file__).parents[2] / "templates" / "tools"


def tool(name: str) -> Any:  # noqa: ANN401 - a module
    """Return a tool as a module; its neighbours are found as they are beside it in a job."""
    if str(TOOLS) not in sys.path:
        sys.path.insert(0, str(TOOLS))
    return importlib.import_module(name)
