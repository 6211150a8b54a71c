"""The files that fields name, each read once however many resources name it."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from otplan.core.resource import NamedFile
from otplan.core.values import Value
from otplan.errors import Place
from otplan.load import presets, suggest, text, words
from otplan.load.compose import compose
from otplan.load.node import BROKEN, Node, plain, sound, walk
from otplan.load.report import Report, Spot
from otplan.load.shape import Shape


class Files:
    """Read named files below a folder, and remember by path as written, and parsed or not."""

    def __init__(self, folder: str, report: Report) -> None:
        self._known: dict[tuple[str, bool], NamedFile | None] = {}
        self._why: dict[str, str] = {}
        self._folder = folder
        self._report = report

    @property
    def named(self) -> tuple[NamedFile, ...]:
        """Return every file that was read, in the order it was first named."""
        return tuple({file.path: file for file in self._known.values() if file}.values())

    def named_by(self, node: Node, shape: Shape, report: Report) -> NamedFile | None:
        """Return what a field of this shape names; report at the node where it cannot be had.

        An opaque file has the digest of its bytes; a parsed one, YAML or JSON, its values and
        the place of each leaf, and so has a preset.
        """
        if shape.preset and presets.is_name(node.value):
            return _preset(node, shape.preset, report)
        return self._once(node, shape.file == "parsed", report)

    def _once(self, node: Node, parse: bool, report: Report) -> NamedFile | None:  # noqa: FBT001
        path: str = node.value
        if (path, parse) not in self._known:
            self._known[path, parse] = self._read(path, parse)
        if why := self._why.get(path):
            shown = words.short(path)
            message = f"The file `{shown}` {why}."
            report.error("OT401", node.at, message, "Paths are those from the manifest's folder.")
        return self._known[path, parse]

    def _read(self, path: str, parse: bool) -> NamedFile | None:  # noqa: FBT001
        real = os.path.realpath(os.path.join(self._folder, path))  # noqa: PTH118
        digest = self._digest(path, real)
        if not digest or not parse:
            return NamedFile(path, real, digest) if digest else None
        return self._values(NamedFile(path, real, digest))

    def _digest(self, path: str, real: str) -> str:
        try:
            # A pipe or a device would never end.
            if not stat.S_ISREG(os.stat(real).st_mode):  # noqa: PTH116
                self._why[path] = "is a folder" if Path(real).is_dir() else "is no regular file"
                return ""
            with Path(real).open("rb") as stream:
                return f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"
        except FileNotFoundError:
            self._why[path] = "does not exist"
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "a NUL character in its name"
            self._why[path] = f"cannot be read: {why}"
        return ""

    def _values(self, file: NamedFile) -> NamedFile | None:
        shown = str(Path(self._folder, file.path))
        content = text.read(file.real, shown, self._report)
        if content is None:
            return None
        if file.path.endswith(".json"):
            return _json(file, content, shown, self._report)
        node = compose(content, shown, self._report, foreign=True)
        if node is None:
            return _with(file, None, {})
        return _with(file, plain(node), _places(node)) if sound(node) else None


def _preset(node: Node, family: str, report: Report) -> NamedFile | None:
    """Return a preset of a family; report at the node where there is none of that name."""
    name, known = node.value, presets.family(family)
    if name in known:
        return presets.preset(family, name)
    near = suggest.closest(name, known)
    hint = f"Did you mean `{near}`?" if near else f"To see them: otplan presets list {family}"
    message = f"There is no preset `{words.short(name)}` of the family `{family}`."
    report.error("OT404", node.at, message, f"{hint} A file's name ends in .yaml or .json.")
    return None


def _json(file: NamedFile, content: str, shown: str, report: Report) -> NamedFile | None:
    # JSON is YAML, nearly: this finds places, and nesting too deep for json's own recursion.
    trial = Report()
    node = compose(content, shown, trial, foreign=True)
    try:
        values = json.loads(content, parse_constant=_refuse, parse_int=_integer)
    except json.JSONDecodeError as error:
        spot: Spot = (shown, error.lineno, error.colno)
        report.error("OT402", spot, f"This is not JSON: {error.msg}.", "Mend it, or name it .yaml.")
    except (ValueError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        report.error("OT402", (shown, 1, 1), f"This JSON cannot be recorded: {why}.")
    else:
        return _with(file, values, _places(node) if node else {})
    return None


def _with(file: NamedFile, values: Value, places: Mapping[str, Place]) -> NamedFile:
    return NamedFile(file.path, file.real, file.digest, {} if values is None else values, places)


def _places(node: Node) -> Mapping[str, Place]:
    return {path: inner.place for path, inner in walk(node) if inner.value is not BROKEN}


def _refuse(constant: str) -> Any:  # noqa: ANN401 - what json asks for
    raise ValueError(f"{constant} is not a finite number")


def _integer(digits: str) -> int:
    if len(digits) > len(str(2**63)) or not -(2**63) <= int(digits) < 2**64:
        raise ValueError(f"{words.short(digits)} does not fit into 64 bits")
    return int(digits)
