"""Write every generated page and schema: `./dev docs`; a test says when one is out of date."""

from __future__ import annotations

from pathlib import Path

from docs import commands_page, diagnostics_page, manifest_page, matrix_page
from otplan import shipped
from otplan.load import sections

HERE = Path(__file__).parent


def generated() -> dict[Path, bytes]:
    """Return every generated file of the project with what it should hold."""
    schema = shipped.folder("schema")
    files = {schema / name: content for name, content in sections.generate().items()}
    for page in (manifest_page, commands_page, diagnostics_page, matrix_page):
        files[HERE / page.PAGE] = page.page().encode()
    return files


def main() -> None:
    """Write what differs."""
    for path, content in generated().items():
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)
            print(f"wrote {path}")


if __name__ == "__main__":
    main()
