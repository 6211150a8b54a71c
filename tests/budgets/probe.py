"""Run otplan in this process and write down what it imports, opens and starts.

    python probe.py REPORT ARGUMENT...

It is an audit hook (PEP 578): it sees every file and process, however a library came to it.
"""

import importlib
import json
import sys
from pathlib import Path

OPENS = frozenset(("open", "os.listdir", "os.scandir", "sqlite3.connect"))
STARTS = frozenset(("subprocess.Popen", "os.posix_spawn", "os.exec", "os.fork", "os.system"))


def main() -> None:
    """Hand the arguments over to otplan; the report is written however it ends."""
    report, *sys.argv[1:] = sys.argv[1:]
    before = set(sys.modules)
    opened: list[str] = []
    started: list[str] = []

    def look(event: str, arguments: tuple[object, ...]) -> None:
        if event in OPENS and isinstance(arguments[0], str | Path):
            opened.append(str(arguments[0]))
        elif event in STARTS:
            started.append(str(arguments))

    sys.addaudithook(look)
    try:
        importlib.import_module("otplan.__main__").run()
    finally:
        imported = sorted(set(sys.modules) - before)
        seen = {"imported": imported, "opened": opened, "started": started}
        Path(report).write_text(json.dumps(seen))


if __name__ == "__main__":
    main()
