"""What datasets look like, against what a training takes them for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from otplan.core.address import Address
from otplan.core.resource import Resource
from otplan.errors import Diagnostic
from otplan.kinds.config import config
from otplan.kinds.llamafactory import LAUNCHER
from otplan.kinds.rules import finding

_BY_TAG = {"gpt": "sharegpt", "assistant": "chat"}
"""The form of conversations, by what the assistant is called in them."""


def check_formats(resource: Resource, others: Mapping[Address, Resource]) -> Iterator[Diagnostic]:
    """Yield datasets of which LLaMA-Factory would see no turn of an assistant, and no answer.

    What says nothing of its form is looked at when the job starts.
    """
    if resource.get("launcher") != LAUNCHER:
        return
    taken, path = _taken(resource)
    datasets = [r for r in resource.references if r.path == "datasets"]
    for target in (target for one in datasets for target in one.targets):
        has = _form(others[target]) if target in others else ""
        if taken and has and taken != has:
            message = (
                f"It takes `{target}` for `{taken}`, and that is `{has}`: "
                "no turn of an assistant would be left to learn from."
            )
            mend = f"Write `format: {has}`, or leave it out: the job looks at the first rows."
            yield finding(resource, "OT554", path, message, mend)


def _taken(resource: Resource) -> tuple[str, str]:
    """Return the form that a training says its datasets have, and the field that says so."""
    if form := resource.get("format"):
        return form, "format"
    settings = config(resource) or {}
    if settings.get("formatting") == "alpaca":
        return "alpaca", "config.formatting"
    tag = settings.get("assistant_tag")
    return (_BY_TAG.get(tag, "") if isinstance(tag, str) else ""), "config.assistant_tag"


def _form(dataset: Resource) -> str:
    """Return the form that a dataset says it has; Harbor's traces have `role` and `content`."""
    harbor = "chat" if dataset.get("trace.harbor") else ""
    form: str = dataset.get("format", harbor)
    return form
