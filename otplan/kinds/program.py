"""A stage that runs a declared program: its argv, its inputs, and the draft of it all.

A prefix says which of a resource's programs is meant: it is empty or ends in a dot, as in
`generate.join.`.
"""

from __future__ import annotations

from collections.abc import Iterator

from otplan.core.address import Address
from otplan.core.cluster import Cluster
from otplan.core.resource import Resource
from otplan.core.stage import INTERRUPTIONS, Draft, Program, Want
from otplan.core.values import Value
from otplan.kinds.config import config
from otplan.kinds.limits import limits, options
from otplan.kinds.result import arguments, declared, result


def draft(resource: Resource, cluster: Cluster, role: str, prefix: str = "", **told: str) -> Draft:
    """Return the stage that runs the program at a prefix.

    `told` are fields that the program finds in its environment: `model` as `OTPLAN_MODEL`.
    """
    configured = config(resource, prefix)
    env = {f"OTPLAN_{name.upper()}": value for name, value in told.items()}
    return Draft(
        role=role,
        template=f"{resource.address.kind}.{role}",
        result=result(resource, prefix, configured),
        script=declared(resource, prefix),
        program=Program(
            argv=argv(resource, cluster, prefix),
            config=configured,
            env=resource.get(f"{prefix}env", {}) | env,
        ),
        limits=limits(resource),
        outputs=outputs(resource, prefix),
        wants=wants(resource, prefix),
        attempts=resource.get("attempts", 1),
        interruptions=cluster.facts.get("interruptions", INTERRUPTIONS),
        options=options(resource),
        after=tuple(resource.get("after", ())),
    )


def argv(resource: Resource, cluster: Cluster, prefix: str = "") -> tuple[str, ...]:
    """Return the command at a prefix with its options; empty where there is no program."""
    head = _head(resource, cluster, prefix)
    return (*head, *_options(resource, prefix)) if head else ()


def outputs(resource: Resource, prefix: str = "") -> tuple[str, ...]:
    """Return the paths that a program must leave in its output folder; usual ones by default."""
    path = f"{prefix}outputs"
    usual = resource.property(path).default or ()
    return tuple(resource.get(path, usual))


def wants(resource: Resource, prefix: str = "") -> tuple[Want, ...]:
    """Return what the program at a prefix reads, one want for each name it sees."""
    read: dict[str, list[Address]] = {}
    for reference in resource.references:
        inner = reference.path.removeprefix(prefix)
        if reference.path.startswith(prefix) and not inner.startswith("join."):
            read.setdefault(reference.inside, []).extend(reference.targets)
    return tuple(Want(name, tuple(addresses)) for name, addresses in read.items())


def open_field(resource: Resource, field: str) -> dict[str, str]:
    """Return how a program is told a field that names something no stage makes.

    It is `OTPLAN_<FIELD>`; what a stage makes reaches the program as input.
    """
    made = any(reference.path == field for reference in resource.references)
    absent = made or field not in resource.fields
    return {} if absent else {f"OTPLAN_{field.upper()}": resource.get(field)}


def _head(resource: Resource, cluster: Cluster, prefix: str) -> tuple[str, ...]:
    if command := resource.get(f"{prefix}command"):
        return tuple(command)
    script: str = resource.get(f"{prefix}script", "")
    if not script:
        return ()
    if script.startswith("-"):
        # It would be read as an option of what runs it.
        script = f"./{script}"
    if script.endswith(".py"):
        return (cluster.python, script)
    if script.endswith(".sh"):
        return ("bash", script)
    # Without a slash it would be looked for in PATH.
    return (script if "/" in script else f"./{script}",)


def _options(resource: Resource, prefix: str) -> Iterator[str]:
    for name, value in arguments(resource, prefix).items():
        yield f"--{name}"
        if isinstance(value, list):
            yield from map(_text, value)
        elif value is not True:
            yield _text(value)


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
