"""What must hold of the fields of a program that no schema can say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from otplan.core.resource import Resource
from otplan.core.values import Value
from otplan.errors import Diagnostic, Severity
from otplan.kinds.config import named
from otplan.kinds.limits import seconds
from otplan.kinds.result import at

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_UNSAFE = re.compile(r"""[\x00-\x1f\x7f'"`\\]""")

_LONGEST = 255
"""Bytes of a file's name (NAME_MAX of limits.h)."""

_FEEDING = ("datasets", "training", "model", "base", "tasks")
"""Fields whose references are inputs of the same name."""

_FED = {"trace.": {"tasks"}, "generate.join.": {"chunks"}, "trace.join.": {"chunks"}}
"""Inputs that programs have by where they stand."""


def finding(resource: Resource, code: str, path: str, message: str, mend: str) -> Diagnostic:
    """Return an error about the field at a dotted path."""
    place, address = resource.where(path), str(resource.address)
    return Diagnostic(code, Severity.ERROR, message, place, address, mend)


def check_job(resource: Resource) -> Iterator[Diagnostic]:
    """Yield what is wrong with what is asked of the scheduler."""
    time = resource.get("slurm.time")
    if time is not None and seconds(time) == 0:
        message = f"A time limit of `{time}` is no time at all; Slurm reads it as no limit."
        mend = 'Write how long it may take, as in time: "24:00:00".'
        yield finding(resource, "OT512", "slurm.time", message, mend)
    if resource.get("gpu_type") and not resource.get("gpus", 0):
        message = "It names the type of its GPUs and asks for none."
        mend = "Write how many each node must have, as in gpus: 4."
        yield finding(resource, "OT513", "gpu_type", message, mend)


def check_program(resource: Resource, prefix: str = "") -> Iterator[Diagnostic]:
    """Yield what is wrong with the program at a prefix."""
    fields = at(resource, prefix)
    yield from _check_config(resource, prefix, fields)
    yield from _check_outputs(resource, prefix, fields)
    yield from _check_env(resource, prefix, fields)
    yield from _check_inputs(resource, prefix, fields)


def _check_config(
    resource: Resource, prefix: str, fields: Mapping[str, Value]
) -> Iterator[Diagnostic]:
    file = named(resource, fields.get("config", ""), parsed=True)
    if file and not isinstance(file.values, Mapping):
        message = f"{file.path} holds no mapping of settings."
        mend = "Write it as `name: value` lines, or list it under `files` instead."
        yield finding(resource, "OT508", f"{prefix}config", message, mend)


def _check_outputs(
    resource: Resource, prefix: str, fields: Mapping[str, Value]
) -> Iterator[Diagnostic]:
    for index, path in enumerate(fields.get("outputs", ())):
        if why := _not_inside(path):
            message = f"The output {path!a} {why}."
            mend = "Outputs are plain paths below the output folder, as in model/weights.bin."
            yield finding(resource, "OT509", f"{prefix}outputs.{index}", message, mend)


def _not_inside(path: str) -> str:
    """Return why a path is no plain path below a folder; empty where it is."""
    if path.startswith(("/", "~")):
        return "is not relative"
    if _UNSAFE.search(path):
        return "holds a control character, a quote or a backslash"
    if {"", ".", ".."} & set(path.split("/")):
        return "has a step that is empty, `.` or `..`"
    if max(len(step.encode(errors="surrogatepass")) for step in path.split("/")) > _LONGEST:
        return f"has a step of more than {_LONGEST} bytes, which no file system takes"
    return ""


def _check_env(
    resource: Resource, prefix: str, fields: Mapping[str, Value]
) -> Iterator[Diagnostic]:
    for name in fields.get("env", {}):
        path = f"{prefix}env.{name}"
        if not _IDENTIFIER.fullmatch(name):
            message = f"{name!a} cannot be the name of an environment variable."
            mend = "A name has letters, digits and underscores, and no digit in front."
            yield finding(resource, "OT510", path, message, mend)
        elif name.startswith("OTPLAN_"):
            message = f"`{name}` would hide what otplan tells the program itself."
            mend = "Choose a name that does not start with OTPLAN_."
            yield finding(resource, "OT510", path, message, mend)


def _check_inputs(
    resource: Resource, prefix: str, fields: Mapping[str, Value]
) -> Iterator[Diagnostic]:
    own = {name for name in _FEEDING if name in fields} | _FED.get(prefix, set())
    taken = Counter(name.upper() for name in (*own, *fields.get("inputs", {})))
    for name in fields.get("inputs", {}):
        path = f"{prefix}inputs.{name}"
        if not _IDENTIFIER.fullmatch(name):
            message = f"{name!a} cannot be the name of an input."
            mend = "A name has letters, digits and underscores, and no digit in front."
            yield finding(resource, "OT511", path, message, mend)
        elif taken[name.upper()] > 1:
            message = f"Two inputs would both be OTPLAN_INPUT_{name.upper()}."
            mend = f"Give `{name}` another name."
            yield finding(resource, "OT511", path, message, mend)
