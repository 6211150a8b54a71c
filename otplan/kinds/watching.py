"""What Weights & Biases sees of a stage: the run it reports to, and what sends that up later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from otplan.core.cluster import Cluster
from otplan.core.resource import Resource
from otplan.core.stage import Draft, Program, Want, Where
from otplan.core.values import Value
from otplan.errors import Diagnostic, Severity
from otplan.kinds.config import config
from otplan.kinds.limits import options
from otplan.kinds.moving import moving, outside
from otplan.kinds.settle import variants

FIELD = "wandb"
"""The field of a resource with its settings."""

RUN = "wandb"
"""What a program's `extra` calls the run: its entity and its project, empty where nobody says."""

REPORT = "report"
"""The role and the template of the stage that sends up what a run left on the site."""

OUTPUT = "reported.json"
"""What that stage leaves: the run as W&B has it."""

_WORDS = ("entity", "project")
_OFFLINE = ("offline", "dryrun")
_REPORTED = ("wandb", "all")


def watched(draft: Draft, resource: Resource, cluster: Cluster) -> Draft:
    """Return a stage with what its program is told of its run, where its resource wants one.

    The id of the run is the script's to say: it hangs on workspace and fingerprint.
    """
    said = {"name": str(resource.address), **resource.get(FIELD, {})}
    env = {**{f"WANDB_{word.upper()}": each for word, each in said.items()}, **draft.program.env}
    found = {**_seen(draft, resource, cluster).env, **env}
    if not _wanted(resource) or found.get("WANDB_MODE") == "disabled":
        return draft
    run = {word: found.get(f"WANDB_{word.upper()}", "") for word in _WORDS}
    program = replace(draft.program, env=env, extra={**draft.program.extra, RUN: run})
    return replace(draft, program=program)


def with_report(
    resource: Resource, cluster: Cluster, drafts: tuple[Draft, ...]
) -> tuple[Draft, ...]:
    """Return the stages of a resource, and one that sends up the run that stays on the site."""
    train = next((one for one in drafts if RUN in one.program.extra), None)
    if train is None or not _stays(train, _seen(train, resource, cluster)):
        return drafts
    asked = outside(options(resource), cluster)
    report = Draft(
        role=REPORT,
        template=REPORT,
        result={},
        script={"cluster": resource.cluster} | {f"slurm.{key}": asked[key] for key in asked},
        program=Program(tuple(_argv(train)), env=_client(train), tool="report.py"),
        limits=moving(cluster),
        outputs=(OUTPUT,),
        wants=(Want("RUN", (resource.address,), train.role),),
        content=False,
        where=Where.INTERNET,
        attempts=3,
        options=asked,
    )
    return (*drafts, report)


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


def _seen(draft: Draft, resource: Resource, cluster: Cluster) -> Cluster:
    """Return the cluster as a stage sees it."""
    return cluster.seen_by(*variants(resource.address.kind, draft.role, draft.program))


def _stays(draft: Draft, cluster: Cluster) -> bool:
    """Tell whether a run is written on the site: there is no internet, or somebody wants it so."""
    inside = cluster.way_out(moves=False, asks=bool(draft.program.outside)) is None
    usual = "offline" if inside else cluster.env.get("WANDB_MODE")
    return draft.program.env.get("WANDB_MODE", usual) in _OFFLINE


def _argv(draft: Draft) -> Iterator[str]:
    run: Mapping[str, str] = draft.program.extra[RUN]
    for word in _WORDS:
        if run[word]:
            yield f"--{word}={run[word]}"


def _client(draft: Draft) -> Mapping[str, str]:
    """Return what the client of W&B is told: which server it is, for one."""
    env = draft.program.env
    return {k: env[k] for k in env if k.startswith("WANDB_") and k != "WANDB_MODE"}


def _wanted(resource: Resource) -> bool:
    """Tell whether a resource reports to W&B: by its field, or by its program's own setting."""
    reported = (config(resource) or {}).get("report_to", ())
    listed = reported if isinstance(reported, list) else [reported]
    return FIELD in resource.fields or any(one in _REPORTED for one in listed)
