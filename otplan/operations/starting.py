"""The story of `otplan init`: a first manifest with its scripts."""

from __future__ import annotations

from pathlib import Path

from otplan import shipped
from otplan.errors import Usage


def start(folder: Path) -> list[Path]:
    """Copy the quickstart into a folder as manifest.yaml; raise Usage where one is there."""
    source = shipped.folder("manifests")
    target = folder / "manifest.yaml"
    if target.exists():
        raise Usage(f"{target} is there already", "otplan init FOLDER")
    scripts = sorted(
        path for path in (source / "quickstart").iterdir() if path.suffix in (".py", ".yaml")
    )
    (folder / "quickstart").mkdir(parents=True, exist_ok=True)
    text = (source / "quickstart.yaml").read_text(encoding="utf-8")
    target.write_text(text.replace("$schema=../schema", "$schema=schema"), encoding="utf-8")
    written = [target]
    for path in scripts:
        copy = folder / "quickstart" / path.name
        copy.write_bytes(path.read_bytes())
        written.append(copy)
    return written
