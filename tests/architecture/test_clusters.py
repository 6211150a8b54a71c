"""A cluster is one YAML file: neither code nor templates know any by name."""

import re
from pathlib import Path

from tests.architecture.source import ROOT, texts

# Also the name of a scheduler, and of the cluster that is this machine.
COMMON_WORDS = frozenset({"local"})


def test_no_clusters_name_is_in_code_or_templates() -> None:
    names = _cluster_names()
    pattern = re.compile(rf"\b({'|'.join(map(re.escape, sorted(names)))})\b", re.IGNORECASE)

    found = {path: sorted(set(pattern.findall(text))) for path, text in _generic_texts().items()}

    assert {path: words for path, words in found.items() if words} == {}


def test_no_cluster_file_holds_anything_personal() -> None:
    personal = re.compile(
        r"[\w.+-]+@[\w-]+[.]\w+|/home\w*/|/Users/|/scratch/\w+/|^account:", re.MULTILINE
    )

    found = {path.name: personal.findall(path.read_text()) for path in _cluster_files()}

    assert {name: words for name, words in found.items() if words} == {}


def _cluster_files() -> list[Path]:
    return sorted((ROOT / "clusters").glob("*.yaml"))


def _cluster_names() -> set[str]:
    return {path.stem for path in _cluster_files()} - COMMON_WORDS


def _generic_texts() -> dict[str, str]:
    templates = [path for path in (ROOT / "templates").rglob("*") if path.is_file()]
    return texts() | {_relative(path): path.read_text() for path in templates}


def _relative(path: Path) -> str:
    return str(path.relative_to(ROOT))
