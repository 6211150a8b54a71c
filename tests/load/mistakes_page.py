"""The mistakes of a newcomer: the folder of cases, what is said to each, and the page of them."""

from __future__ import annotations

from pathlib import Path

from otplan.errors import Diagnostic
from otplan.load.manifest import read

CASES = Path(__file__).with_name("mistakes")
PAGE = Path(__file__).parents[2] / "docs" / "mistakes.md"

_HEAD = """# Mistakes of a newcomer

Twenty manifests with one mistake each, and what otplan says to it.
This page is made from tests/load/mistakes by:

```
python -m tests.load.mistakes_page
```
"""


def names() -> list[str]:
    """Return the cases in order."""
    return sorted(path.name for path in CASES.iterdir() if path.is_dir())


def said(case: str) -> str:
    """Return everything that is said to a case, as text."""
    path = CASES / case / "manifest.yaml"
    found = read(str(path)).diagnostics
    return "".join(rendered(one) for one in found).replace(f"{path.parent}/", "")


def rendered(found: Diagnostic) -> str:
    """Return a diagnostic as lines."""
    address = f" {found.address}" if found.address else ""
    head = f"{found.place}: {found.severity.value}[{found.code}]{address}: {found.message}"
    return f"{head}\n" + (f"  help: {found.help}\n" if found.help else "")


def page() -> str:
    """Return docs/mistakes.md."""
    return "\n\n".join([_HEAD, *(_section(case) for case in names())])


def _section(case: str) -> str:
    number, _, title = case.partition("-")
    manifest = (CASES / case / "manifest.yaml").read_text().rstrip("\n")
    expected = (CASES / case / "expected.txt").read_text()
    line = int(expected.split(":")[1])
    around = "\n".join(manifest.split("\n")[max(line - 3, 0) : line + 1])
    heading = f"## {int(number)}. {title.replace('-', ' ').capitalize()}"
    return f"{heading}\n\n```yaml\n{around}\n```\n\n```text\n{expected}```\n"


if __name__ == "__main__":
    PAGE.write_text(page())
