"""What a resource makes, published to the Hub: a stage of its own that decides no content."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from otplan.core import hub
from otplan.core.address import Address
from otplan.core.cluster import Cluster
from otplan.core.hub import Repo
from otplan.core.resource import Resource
from otplan.core.stage import Draft, Program, Want, Where
from otplan.errors import Diagnostic
from otplan.kinds.limits import options
from otplan.kinds.moving import moving, outside
from otplan.kinds.rules import finding

PUBLISH = "publish"
"""The role and the template of the stage."""

FIELDS = frozenset({"repo", "private", "license"})
"""Fields of a resource that are this stage's alone: what it publishes does not hang on them."""

OUTPUT = "published.json"
"""What the job leaves: which commit it made, and what it verified there."""

_MODELS = ("training", "consolidation")
_BASES = ("model", "training")
"""Fields that lead to the model something was made from."""


def with_publish(
    resource: Resource,
    cluster: Cluster,
    drafts: tuple[Draft, ...],
    named: Mapping[Address, Resource],
) -> tuple[Draft, ...]:
    """Return the stages of a resource, and after them the one that publishes what they make."""
    name = resource.get("repo")
    product = next((draft for draft in reversed(drafts) if draft.content and not draft.given), None)
    if name is None or product is None:
        return drafts
    repo = target(resource)
    asked = outside(options(resource), cluster)
    draft = Draft(
        role=PUBLISH,
        template=PUBLISH,
        result=dict(_result(resource)),
        script={"cluster": resource.cluster} | {f"slurm.{key}": asked[key] for key in asked},
        program=Program(
            tuple(_argv(resource, repo, product.outputs, base_model(resource, named))),
            tool="publish.py",
        ),
        limits=moving(cluster),
        outputs=(OUTPUT,),
        wants=(Want("PRODUCT", (resource.address,), product.role),),
        content=False,
        where=Where.INTERNET,
        target=str(repo),
        attempts=max(resource.get("attempts", 1), 3),
        options=asked,
    )
    return (*drafts, draft)


def target(resource: Resource) -> Repo:
    """Return the repo that a resource is published to."""
    kind = "model" if resource.address.kind in _MODELS else "dataset"
    return Repo(kind, resource.get("repo"))


def base_model(resource: Resource, named: Mapping[Address, Resource]) -> str:
    """Return the model of the Hub that the weights of a resource began as; empty for none."""
    while True:
        above = _above(resource, named)
        if above is None:
            model = str(resource.get("model", ""))
            return "" if hub.illegal(model) else model
        resource = above


def check_published(resource: Resource) -> Iterator[Diagnostic]:
    """Yield what is wrong with where a resource is published."""
    name = resource.get("repo")
    if name is None:
        for field in sorted(FIELDS & set(resource.fields)):
            message = f"`{field}` says something of a repo, and there is none."
            yield finding(resource, "OT565", field, message, "Name one with `repo`, or remove it.")
    elif why := hub.illegal(name):
        message = f"`{name}` cannot be a repo of the Hub: it {why}."
        yield finding(resource, "OT563", "repo", message, "Choose another name.")
    elif "source" in resource.fields:
        message = "Data that exists already is not published again."
        yield finding(resource, "OT565", "repo", message, "Remove `repo`.")


def _above(resource: Resource, named: Mapping[Address, Resource]) -> Resource | None:
    read = (ref for ref in resource.references if ref.path in _BASES)
    return next((named[one] for ref in read for one in ref.targets if one in named), None)


def _result(resource: Resource) -> Iterator[tuple[str, object]]:
    for field in sorted(FIELDS):
        value = resource.get(field)
        if value is not None and value != resource.property(field).default:
            yield field, value


def _argv(resource: Resource, repo: Repo, outputs: Sequence[str], base: str) -> Iterator[str]:
    yield from ("--repo", str(repo))
    yield "--private" if resource.get("private", True) else "--public"
    if license_ := resource.get("license"):
        yield from ("--license", license_)
    if base and repo.kind == "model":
        yield from ("--base-model", base)
    for path in outputs:
        yield from ("--file", path)
