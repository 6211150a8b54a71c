"""A plan, as a program reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from otplan.core.graph import Workspace
from otplan.core.job import JobRef
from otplan.core.plan import Action, Change, Effect, Plan, Reason
from otplan.core.values import Time
from otplan.errors import Place
from otplan.views import document
from otplan.views.summary import counts, gpu_seconds, sentence

_VERBS = {action: action.name.lower() for action in Action}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """A change as core has it, but for the action, which has a verb and a symbol here."""

    action: str
    symbol: str
    label: str
    addresses: Sequence[str]
    cluster: str
    state: str
    n: int
    elements: Sequence[int]
    fingerprint: str
    digest: str
    reasons: Sequence[Reason]
    disbelieved: Sequence[int]
    starts: int
    jobs: Sequence[JobRef]
    cancels: Sequence[JobRef]
    gpu_seconds: int
    seconds: int
    person: bool
    refused: bool
    unapproved: bool
    take_over: bool
    place: Place | None
    shown: str
    effect: Effect | None
    fields: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    format_version: str = document.FORMAT_VERSION
    workspace: Workspace
    at: Time
    registry: str
    offline: bool
    complete: bool
    summary: str
    counts: Mapping[str, int]
    gpu_seconds: int
    critical_seconds: int
    changes: Sequence[_Change]
    notes: Sequence[str]


def json(plan: Plan) -> str:
    """Return a document with all that a plan holds; nothing is hidden in it.

    `action` is the verb (`submit`, `keep` …); old and new of a field are canonical JSON, empty
    where there was nothing. `effect` and `fields` are of what is updated in place.
    """
    return document.encode(
        _Document(
            workspace=plan.workspace,
            at=plan.at,
            registry=plan.registry,
            offline=plan.offline,
            complete=plan.complete,
            summary=sentence(plan),
            counts=counts(plan),
            gpu_seconds=gpu_seconds(plan),
            critical_seconds=plan.critical_seconds,
            changes=[_change(change) for change in plan.changes],
            notes=plan.notes,
        )
    )


def _change(change: Change) -> _Change:
    return _Change(
        action=_VERBS[change.action],
        symbol=change.action.value,
        label=change.label,
        addresses=change.addresses,
        cluster=change.cluster,
        state=change.state,
        n=change.n,
        elements=change.elements,
        fingerprint=change.fingerprint,
        digest=change.digest,
        reasons=change.reasons,
        disbelieved=change.disbelieved,
        starts=change.starts,
        jobs=change.jobs,
        cancels=change.cancels,
        gpu_seconds=change.gpu_seconds,
        seconds=change.seconds,
        person=change.person,
        refused=change.refused,
        unapproved=change.unapproved,
        take_over=change.take_over,
        place=change.place,
        shown=change.shown,
        effect=change.effect,
        fields=change.fields,
    )
