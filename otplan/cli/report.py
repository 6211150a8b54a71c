"""Keep the traceback of a bug, for whoever mends it."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from pathlib import Path

from otplan import __version__


def write_report(error: Exception) -> Path:
    """Write a report file and return its path; command line and traceback, no environment."""
    text = "".join(traceback.format_exception(error))
    head = f"otplan {__version__}, Python {sys.version}\nargv: {sys.argv}\n\n"
    descriptor, name = tempfile.mkstemp(prefix="otplan-bug-", suffix=".txt")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(head + text)
    return Path(name)
