"""A dotenv file of shell lines, read without running it, as the keys of a cluster file."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

import yaml

from otplan import shipped
from otplan.core.values import Value
from otplan.kinds.limits import seconds
from otplan.lint.secrets import form, is_random

_ASSIGNED = re.compile(r"\s*(?:export\s+)?(?P<name>[A-Za-z_]\w*)=(?P<value>.*)")
_USED = re.compile(
    r"[$](?:{(?P<long>[A-Za-z_]\w*)(?::-(?P<usual>[^{}]*))?}|(?P<short>[A-Za-z_]\w*))"
)
_SECRET = re.compile(r"(TOKEN|KEY|SECRET|PASSWORD|PASSWD|CREDENTIALS)$")
_LISTS = {"library_paths": ":", "container.binds": ","}
_OF_THE_FILE = ("experiments_dir", "secrets")
"""Keys that otplan itself reads, so that only a home may stand for a part of them."""
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Imported:
    """What a dotenv file becomes: keys of a cluster file, and variables left out and why."""

    values: Mapping[str, Value]
    left: Mapping[str, str] = field(default_factory=dict)


def read(text: str) -> Imported:
    """Return what the lines of a dotenv file become.

    A variable that the file sets itself is written out where it is used; others stay `$NAME`.
    """
    table, raw = _table(), dict(_assignments(text))
    values: dict[str, Value] = {}
    left: dict[str, str] = {}
    for name, written in raw.items():
        key = table["keys"].get(name, "")
        value = _homed(key, _expanded(written, raw, name))
        why = table["left"].get(name) or _refused(name, value, key) or _wrong(key, value)
        if why:
            left[name] = why
        else:
            _put(values, key or f"env.{name}", value)
    return Imported(_with_runtime(values), left)


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    loaded: Mapping[str, Mapping[str, str]] = yaml.safe_load(
        (shipped.folder("schema") / "dotenv.yaml").read_bytes()
    )
    return loaded


def _assignments(text: str) -> Iterator[tuple[str, str]]:
    """Yield the variables that a file sets outside of functions, as it writes them."""
    depth = 0
    for line in text.splitlines():
        opened = line.rstrip().endswith("{")
        if not depth and (match := _ASSIGNED.fullmatch(line)) and not opened:
            yield match["name"], _word(match["value"])
        depth = max(0, depth + opened - (line.strip() == "}"))


def _word(value: str) -> str:
    """Return a value without its quotes and the comment behind it."""
    try:
        return " ".join(shlex.split(value, comments=True))
    except ValueError:
        return value.strip()


def _expanded(value: str, raw: Mapping[str, str], name: str, depth: int = 0) -> str:
    """Return a value with the file's own variables, and usual values, written out."""

    def written(match: re.Match[str]) -> str:
        used = match["long"] or match["short"]
        inner = raw.get(used, match["usual"]) if used != name else match["usual"]
        if inner is None or depth > _DEEPEST:
            return f"${{{used}}}"
        return _expanded(inner, raw, used, depth + 1)

    return _USED.sub(written, value)


def _homed(key: str, value: str) -> str:
    """Return a value with a home in front as otplan writes it."""
    return value.replace("${HOME}/", "~/", 1) if key in _OF_THE_FILE else value


def _refused(name: str, value: str, key: str) -> str:
    looks = not key and bool(_SECRET.search(name))
    if looks or form(value) or is_random(value):
        return "it looks like a secret, so it belongs into the secrets file"
    if not value:
        return "it is empty"
    return ""


def _wrong(key: str, value: str) -> str:
    """Return why a value cannot stand for a key; empty where it can."""
    if key.endswith("_time"):
        try:
            seconds(value)
        except ValueError as error:
            return str(error)
    if key in _OF_THE_FILE and not value.startswith(("/", "~/")):
        return f"write `{key}` yourself, from `/` on: a variable of the job cannot name it"
    if not key and "$" in value:
        return f"`{value}` names a variable, which `env` does not expand; write it into `paths`"
    return ""


def _put(values: dict[str, Value], key: str, value: str) -> None:
    """Set a dotted key, unless an earlier variable did."""
    *above, last = key.split(".")
    place = values
    for step in above:
        place = place.setdefault(step, {})
    separator = _LISTS.get(key)
    place.setdefault(last, _parts(value, separator) if separator else value)


def _parts(value: str, separator: str) -> list[str]:
    own = ("${LD_LIBRARY_PATH}", "")
    return [part for part in value.split(separator) if part not in own]


def _with_runtime(values: dict[str, Value]) -> Mapping[str, Value]:
    """Give a container its runtime; without an image it is none."""
    inner = values.pop("container", {})
    if "image" in inner:
        values["container"] = {"runtime": "apptainer", **inner}
    return values
