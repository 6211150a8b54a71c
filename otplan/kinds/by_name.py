"""A model that a resource names and no stage makes: a repo of the Hub, pinned and looked at.

Its fingerprint counts the name, and never the commit (decision 23).
"""

from __future__ import annotations

from dataclasses import replace

from otplan.core import hub
from otplan.core.hub import Repo
from otplan.core.resource import Resource
from otplan.core.stage import Draft, Limits, Program, Want
from otplan.kinds import engine as engines
from otplan.kinds.serving import needs_server

MODEL = "model"
"""The role of the stage, and the field that names it."""

INPUT = "NAMED_MODEL"
"""The input that holds the folder of one that was fetched: the program is told it for the name."""


def named_model(resource: Resource) -> Repo | None:
    """Return the repo of the Hub that `model` names; None for a path, and for what an API has."""
    name = resource.get(MODEL)
    if not isinstance(name, str) or hub.illegal(name) or _asked_elsewhere(resource):
        return None
    return hub.floating("model", name, None)


def with_model(resource: Resource, drafts: tuple[Draft, ...]) -> tuple[Draft, ...]:
    """Return the stages of a resource, and before them the model by name that they read.

    Of one that is not pinned nothing is known: its program looks for the name, as it always did.
    """
    repo = named_model(resource)
    pin = resource.pins.get(str(repo), "") if repo else ""
    if repo is None or not pin:
        return drafts
    model = Draft(
        role=MODEL,
        template="",
        result={"source": pin},
        script={},
        program=Program(),
        limits=Limits(),
        content=False,
        given=str(repo.at(pin)),
    )
    want = Want("", (resource.address,), MODEL)
    told = (draft.program.env.get("OTPLAN_MODEL") == repo.name for draft in drafts)
    return (
        model,
        *(
            replace(draft, wants=(want, *draft.wants)) if reads else draft
            for draft, reads in zip(drafts, told, strict=True)
        ),
    )


def _asked_elsewhere(resource: Resource) -> bool:
    """Tell whether the model is not run by the job: then its name is a provider's."""
    kind = engines.kind(engines.engine(resource, ""))
    return kind not in ("none", engines.LOCAL) or (
        "harbor" in resource.fields and not needs_server(resource, "")
    )
