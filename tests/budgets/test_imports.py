"""A command imports what it needs and nothing else: start-up is most of what a user waits for."""

import subprocess
import sys

import pytest

from benchmarks.cases import FLOOR
from tests.budgets.probing import COMMANDS, Probed

HEAVY = frozenset(
    (
        "asyncio",
        "concurrent.futures",
        "email",
        "http.client",
        "huggingface_hub",
        "importlib.metadata",
        "importlib.resources",
        "jinja2",
        "jsonschema",
        "logging",
        "multiprocessing",
        "networkx",
        "rich",
        "supabase",
        "tempfile",
        "unittest",
        "urllib.request",
        "wandb",
        "xml.etree",
        "zoneinfo",
    )
)
"""What takes long to import and is not needed to read a manifest and compare it with a record."""

VERSION = ("--version",)


@pytest.mark.parametrize("words", [VERSION, *COMMANDS.values()], ids=" ".join)
def test_nothing_heavy_is_imported(probed: Probed, words: tuple[str, ...]) -> None:
    imported = probed(26, *words).imported

    assert imported & HEAVY == frozenset()


def test_the_version_needs_click_and_five_small_modules(probed: Probed) -> None:
    imported = probed(26, *VERSION).imported

    ours = {name.removeprefix("otplan.") for name in imported if name.startswith("otplan.")}
    assert ours == {"__main__", "cli", "cli.group", "cli.main", "errors"}
    assert _installed(imported) <= _brought_by(("click",))
    assert not imported & {"sqlite3", "subprocess"}


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_no_installed_module_is_imported_but_the_floor(
    probed: Probed, words: tuple[str, ...]
) -> None:
    imported = probed(26, *words).imported

    assert set(FLOOR) <= imported
    assert _installed(imported) <= _brought_by(FLOOR)


def test_lint_imports_no_plug_in(probed: Probed) -> None:
    imported = probed(26, *COMMANDS["lint"]).imported

    plug_ins = ("artifacts.files", "catalogs.sqlite", "registries.sqlite", "schedulers.local")
    assert not imported & {"sqlite3", *(f"otplan.{name}" for name in plug_ins)}


def _installed(imported: frozenset[str]) -> set[str]:
    """Return the installed packages that modules belong to: not otplan's, not Python's own.

    Compiled packages bring modules without a file; their names begin with an underscore.
    """
    names = {name.partition(".")[0] for name in imported} - {"otplan", "cython_runtime"}
    return {name for name in names - sys.stdlib_module_names if not name.startswith("_")}


def _brought_by(names: tuple[str, ...]) -> set[str]:
    program = f"import {', '.join(names)}, sys; print(*sys.modules)"
    argv = [sys.executable, "-c", program]
    done = subprocess.run(argv, check=True, capture_output=True, text=True)
    return _installed(frozenset(done.stdout.split()))
