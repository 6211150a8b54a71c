"""The leaves of a resource that count: those behind the result, and those behind the job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from otplan.core.resource import Affects, Resource
from otplan.core.values import Value, leaves
from otplan.kinds.config import named

_BY_CONTENT = frozenset(
    {
        *("script", "files", "config", "overrides", "args", "join", "pretokenize", "source"),
        *("engine", "engine_overrides", "serving", "harbor", "harbor_overrides"),
        *("repo", "private", "license"),  # They are the publish stage's (kinds/publishing.py).
    }
)
"""Fields of which something else counts than the text: each is seen to by itself."""

_MADE = (Affects.RESULT,)
_ASKED = (Affects.SCRIPT, Affects.QUEUE)


def result(
    resource: Resource, prefix: str, configured: Mapping[str, Value] | None
) -> dict[str, Value]:
    """Return every leaf that decides what the program at a prefix makes, by dotted path.

    `configured` is what it is configured with. References are left out, for what they lead to
    counts by its fingerprint; so is what equals its default. `replicate` is part of every stage.
    """
    found = dict(_leaves(resource, prefix, _MADE)) | dict(_contents(resource, prefix))
    told = arguments(resource, prefix)
    found |= {f"{prefix}args.{name}": value for name, value in told.items()}
    if configured is not None:
        found |= dict(leaves(escaped(configured), f"{prefix}config"))
    return found | replicate(resource)


def replicate(resource: Resource) -> dict[str, Value]:
    """Return the leaf that tells a repetition from the first, if the resource is one."""
    number = resource.get("replicate")
    return {} if number is None else {"replicate": number}


def declared(resource: Resource, prefix: str) -> dict[str, Value]:
    """Return every leaf behind script and sbatch arguments of the stage at a prefix."""
    found = dict(_leaves(resource, "", _ASKED))
    if prefix:
        found |= dict(_leaves(resource, prefix, _ASKED))
    return found | {"cluster": resource.cluster}


def arguments(resource: Resource, prefix: str) -> Mapping[str, Value]:
    """Return the arguments that a program is told: null, false and an empty list are none."""
    given: Mapping[str, Value] = resource.get(f"{prefix}args", {})
    return {k: v for k, v in given.items() if v is not None and v is not False and v != []}


def at(resource: Resource, prefix: str) -> Mapping[str, Value]:
    """Return the fields at a prefix, which is empty or ends in a dot."""
    fields: Mapping[str, Value] = resource.get(prefix[:-1], {}) if prefix else resource.fields
    return fields


def escape(key: object) -> str:
    r"""Return a key of a config as one step of a dotted path: `a.b` becomes `a\.b`.

    Else `{a.b: 1}` and `{a: {b: 1}}` would be the same leaf.
    """
    return str(key).replace("\\", r"\\").replace(".", r"\.")


def _leaves(
    resource: Resource, prefix: str, affects: tuple[Affects, ...]
) -> Iterator[tuple[str, Value]]:
    """Yield the leaves at a prefix that count by their text: no defaults and no references."""
    for key, value in at(resource, prefix).items():
        if key in _BY_CONTENT or resource.property(f"{prefix}{key}").affects not in affects:
            continue
        for path, leaf in leaves(value, f"{prefix}{key}"):
            usual = leaf in (resource.property(path).default, {})
            if not usual and not _refers(resource, path):
                yield path, leaf


def _refers(resource: Resource, path: str) -> bool:
    below = f"{path}."
    return any(r.path == path or r.path.startswith(below) for r in resource.references)


def _contents(resource: Resource, prefix: str) -> Iterator[tuple[str, Value]]:
    fields = at(resource, prefix)
    if "script" in fields:
        yield f"{prefix}script", _digest(resource, fields["script"])
    for path in fields.get("files", ()):
        yield f"{prefix}files.{path}", _digest(resource, path)


def _digest(resource: Resource, path: str) -> str:
    file = named(resource, path, parsed=False)
    return file.digest if file else ""


def escaped(values: Value) -> Value:
    """Return values with each key as one step of a dotted path."""
    if not isinstance(values, Mapping):
        return values
    return {escape(key): escaped(value) for key, value in values.items()}
