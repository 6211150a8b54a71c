"""Make pairs of signature and docstring from the sources of Python's standard library."""

from __future__ import annotations

import argparse
import ast
import copy
import json
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from inspect import cleandoc
from itertools import islice
from pathlib import Path

from ngram import Trouble, folder, run, write_json

# Packages beside the top-level modules; not the vast ones (idlelib, lib2to3, test).
PACKAGES = (
    "asyncio",
    "concurrent/futures",
    "email",
    "html",
    "http",
    "importlib",
    "json",
    "logging",
    "unittest",
)
HELDOUT_ONE_IN = 10

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Pair:
    """What one public function, class or method promises; `name` is its qualified one."""

    name: str
    signature: str
    docstring: str


def main() -> None:
    """Write the pairs of a split to data.jsonl as ShareGPT rows, and count them in metrics.json."""
    options, output = _options(), folder("OTPLAN_OUTPUT")
    sources = _sources(Path(sysconfig.get_paths()["stdlib"]))
    chosen = (pair for pair in _distinct(sources) if _split(pair.name) == options.split)
    pairs = list(islice(chosen, options.limit))
    if not pairs:
        raise Trouble(f"no pairs for --split {options.split} --limit {options.limit}")
    (output / "data.jsonl").write_text("".join(map(_line, pairs)), encoding="utf-8")
    characters = sum(len(pair.signature) + len(pair.docstring) for pair in pairs)
    write_json(output / "metrics.json", {"rows": len(pairs), "characters": characters})
    print(f"{len(pairs)} {options.split} pairs, {characters} characters")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--limit", type=int, help="take at most so many pairs (default: all)")
    parser.add_argument("--split", choices=("train", "heldout"), default="train")
    options = parser.parse_args()
    if options.limit is not None and options.limit < 1:
        parser.error("--limit must be at least 1")
    return options


def _sources(stdlib: Path) -> list[tuple[str, Path]]:
    places = [stdlib, *(stdlib / package for package in PACKAGES)]
    paths = sorted(path for place in places for path in place.glob("[!_]*.py"))
    if not paths:
        raise Trouble(f"{stdlib} holds no Python sources")
    return [(".".join(path.relative_to(stdlib).with_suffix("").parts), path) for path in paths]


def _distinct(sources: Iterable[tuple[str, Path]]) -> Iterator[Pair]:
    # Docstrings are copied between classes: twins in both splits would make the held-out one easy.
    seen: set[str] = set()
    for module, path in sources:
        for pair in _pairs(module, ast.parse(path.read_bytes())):
            if pair.docstring not in seen:
                seen.add(pair.docstring)
                yield pair


def _pairs(prefix: str, parent: ast.Module | ast.ClassDef) -> Iterator[Pair]:
    for node in parent.body:
        if not isinstance(node, Definition) or node.name.startswith("_"):
            continue
        name = f"{prefix}.{node.name}"
        if docstring := ast.get_docstring(node, clean=False):
            yield Pair(name, _signature(node), cleandoc(docstring))
        if isinstance(node, ast.ClassDef):
            yield from _pairs(name, node)


def _signature(node: Definition) -> str:
    head = copy.copy(node)
    head.body, head.decorator_list = [], []
    return ast.unparse(head).strip()


def _split(name: str) -> str:
    # By a hash of the name, so that a pair never changes sides when others come or go.
    number = int(sha256(name.encode()).hexdigest(), 16)
    return "train" if number % HELDOUT_ONE_IN else "heldout"


def _line(pair: Pair) -> str:
    turns = [{"from": "human", "value": pair.signature}, {"from": "gpt", "value": pair.docstring}]
    return json.dumps({"conversations": turns}) + "\n"


if __name__ == "__main__":
    raise SystemExit(run(main))
