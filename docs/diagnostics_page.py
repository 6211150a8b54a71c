"""Write docs/diagnostics.md, the list of everything that can be wrong with a manifest."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from otplan.lint import codes as rules
from otplan.load import codes as files
from otplan.planner import codes as references

PAGE = Path(__file__).with_name("diagnostics.md")

_INTRODUCTION = """\
# Diagnostics

<!-- Generated from the tables of codes by docs/diagnostics_page.py: run ./dev docs. -->

`otplan lint` and every command that reads a manifest tell all problems in one run, in file order:

```text
manifest.yaml:10:5: error[OT201] training.sft: There is no field `modle`.
  help: Did you mean `model`?
```

Only errors make a manifest invalid (exit code 3); warnings and notes are told and change nothing.
A code is never used again for something else.
Twenty of them as a newcomer meets them: [mistakes.md](mistakes.md).

| code | what is wrong |
|---|---|
"""


def codes() -> Mapping[str, str]:
    """Return every code with its title, in order."""
    tables = {**files.CODES, **references.CODES, **rules.CODES}
    return dict(sorted(tables.items()))


def page() -> str:
    """Return the whole page."""
    rows = (f"| {code} | {title[0].upper()}{title[1:]} |\n" for code, title in codes().items())
    return _INTRODUCTION + "".join(rows)
