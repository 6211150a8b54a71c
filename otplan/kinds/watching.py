"""What Weights & Biases sees of a stage: the run it reports to, and what sends that up later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from otplan.core.cluster import Cluster
from otplan.core.resource import Resource
from otplan.core.stage import Draft
from otplan.core.values import Value
from otplan.errors import Diagnostic, Severity
from otplan.kinds.config import config
from otplan.kinds.settle import variants

FIELD = "wandb"
"""The field of a resource with its settings."""

RUN = "wandb"
"""What a program's `extra` calls the run: its entity and its project, empty where nobody says."""

_WORDS = ("entity", "project")
_REPORTED = ("wandb", "all")


def watched(draft: Draft, resource: Resource, cluster: Cluster) -> Draft:
    """Return a stage with what its program is told of its run, where its resource wants one.

    The id of the run is the script's to say: it hangs on workspace and fingerprint.
    """
    said = {"name": str(resource.address), **resource.get(FIELD, {})}
    env = {**{f"WANDB_{word.upper()}": each for word, each in said.items()}, **draft.program.env}
    seen = cluster.seen_by(*variants(resource.address.kind, draft.role, draft.program))
    found = {**seen.env, **env}
    if not _wanted(resource) or found.get("WANDB_MODE") == "disabled":
        return draft
    run = {word: found.get(f"WANDB_{word.upper()}", "") for word in _WORDS}
    program = replace(draft.program, env=env, extra={**draft.program.extra, RUN: run})
    return replace(draft, program=program)


def check_watched(resource: Resource, draft: Draft) -> Iterator[Diagnostic]:
    """Yield a warning where nobody knows in which project of whom a run will be found."""
    run: Mapping[str, Value] = draft.program.extra.get(RUN, {})
    missing = [word for word in _WORDS if RUN in draft.program.extra and not run[word]]
    if missing:
        message = f"Nobody says the {' and '.join(missing)} of its run of W&B: no link can be kept."
        mend = (
            f"Write wandb: {{{', '.join(f'{word}: …' for word in missing)}}}, or "
            f"{' and '.join(f'WANDB_{word.upper()}' for word in missing)} into `env` of your "
            "cluster file."
        )
        place, address = resource.where(FIELD), str(resource.address)
        yield Diagnostic("OT558", Severity.WARNING, message, place, address, mend)


def _wanted(resource: Resource) -> bool:
    """Tell whether a resource reports to W&B: by its field, or by its program's own setting."""
    reported = (config(resource) or {}).get("report_to", ())
    listed = reported if isinstance(reported, list) else [reported]
    return FIELD in resource.fields or any(one in _REPORTED for one in listed)
