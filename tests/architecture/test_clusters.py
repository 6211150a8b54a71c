"""A cluster is one YAML file: neither code nor templates know any by name."""

import re
from pathlib import Path

from tests.architecture.source import ROOT, texts

# Also the name of a scheduler, and of the cluster that is this machine.
_BINARY = (".png", ".gz", ".whl", ".pyc")

COMMON_WORDS = frozenset({"local"})


def test_no_clusters_name_is_in_code_or_templates() -> None:
    names = _cluster_names()
    pattern = re.compile(rf"\b({'|'.join(map(re.escape, sorted(names)))})\b", re.IGNORECASE)

    found = {path: sorted(set(pattern.findall(text))) for path, text in _generic_texts().items()}

    assert {path: words for path, words in found.items() if words} == {}


def test_nothing_that_is_shipped_is_personal() -> None:
    personal = re.compile(
        r"[\w.+-]+@(?!(?:[\w-]+[.])*example[.]org|its[.]login)[\w-]+[.][a-z]+|/home/\w+|/Users/|"
        r"/scratch/\d+/|^account:|\baccount: (?!my-account|str$)\w",
        re.MULTILINE,
    )

    found = {path: personal.findall(text) for path, text in _everything().items()}

    assert {path: words for path, words in found.items() if words} == {}


def test_what_is_looked_through_is_all_that_is_shipped() -> None:
    places = {path.partition("/")[0] for path in _everything()}

    assert places >= {"otplan", "templates", "schema", "clusters", "manifests", "docs", "dev"}
    assert {"templates/tools/trials.py", "schema/presets/harbor.yaml"} <= _generic_texts().keys()


def _cluster_files() -> list[Path]:
    return sorted((ROOT / "clusters").glob("*.yaml"))


def _cluster_names() -> set[str]:
    return {path.stem for path in _cluster_files()} - COMMON_WORDS


def _generic_texts() -> dict[str, str]:
    """Return all that speaks of no site: code, templates, schemas, what makes pages, services."""
    folders = ("templates", "schema", "benchmarks", ".ci", "tests/services")
    pages = {_relative(path): path.read_text() for path in (ROOT / "docs").glob("*.py")}
    listed = {path: text for folder in folders for path, text in _below(folder).items()}
    return texts() | listed | pages | {"dev": (ROOT / "dev").read_text()}


def _everything() -> dict[str, str]:
    """Return what a user gets, documents and examples too; tests have made-up people."""
    folders = ("clusters", "manifests", "docs", "changelog.d")
    documents = {path.name: path.read_text() for path in ROOT.glob("*.md")}
    listed = {path: text for folder in folders for path, text in _below(folder).items()}
    return _generic_texts() | listed | documents


def _below(folder: str) -> dict[str, str]:
    """Return the texts below a folder, by their paths; what Python or a run left is no text."""
    found = (path for path in (ROOT / folder).rglob("*") if path.is_file())
    return {
        _relative(path): path.read_text()
        for path in found
        if not {"__pycache__", ".otplan"} & set(path.parts) and path.suffix not in _BINARY
    }


def _relative(path: Path) -> str:
    return str(path.relative_to(ROOT))
