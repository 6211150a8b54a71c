"""A repo that is published to: it holds what was declared last, and nothing of others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from otplan.core.hub import Repo, repo_of
from otplan.core.plan import Reason
from otplan.core.record import Fact, FactKind
from otplan.core.snapshot import Cell, Snapshot
from otplan.core.stage import Stage
from otplan.planner.policy import Policy
from otplan.planner.verdict import Mood, Verdict, judge

_SETTLED = (Mood.DONE, Mood.LIVE, Mood.WAIT)


def published(stage: Stage, snapshot: Snapshot, policy: Policy) -> Verdict:
    """Judge a publish stage: others' repos are left alone, and what was replaced is sent again."""
    cell = snapshot.cell(stage.fingerprint, 0)
    verdict = judge(stage, cell, resubmit=stage.fingerprint in policy.resubmit)
    if verdict.mood in _SETTLED:
        return verdict
    kept = (need.fingerprint for need in stage.needs if need.fingerprint not in policy.resubmit)
    if any(_by_word(snapshot.cell(fingerprint, 0)) for fingerprint in kept):
        text = "what it would publish was adopted by the catalog's word, and is not here"
        return Verdict(Mood.DONE, Reason("not_here", text))
    if cell.foreign and stage.fingerprint not in policy.take_over:
        mend = f"otplan apply --take-over '{stage.label}'"
        return Verdict(Mood.STUCK, Reason("foreign", cell.foreign, help=mend))
    if cell.foreign:
        text = f"{cell.foreign}; you asked to publish over it"
        return Verdict(Mood.READY, Reason("take_over", text), person=True)
    if verdict.mood is Mood.VANISHED:
        text = f"{stage.target} no longer holds what was published there"
        return Verdict(Mood.READY, Reason("replaced", text))
    return verdict


def _by_word(cell: Cell) -> bool:
    """Tell whether nobody saw what is done: a row of the catalog says so, and names no file."""
    return cell.done is not None and cell.done.attempt == 0 and not cell.done.files


def superseded(facts: Sequence[Fact]) -> Iterator[Fact]:
    """Yield that what was published is gone, for all but the newest of each repo.

    A publish to a repo replaces what it held: earlier records of that repo count no more.
    """
    newest: dict[Repo, str] = {}
    for fact in facts:
        if repo := _repo(fact):
            newest[repo] = fact.fingerprint
    for fact in facts:
        repo = _repo(fact)
        if repo is not None and newest[repo] != fact.fingerprint:
            gone = {"round": fact.values["round"]}
            yield Fact(fact.fingerprint, fact.n, FactKind.VANISHED, fact.at, fact.element, gone)


def _repo(fact: Fact) -> Repo | None:
    """Return the repo that something was verified in, at any revision."""
    if fact.kind is not FactKind.VERIFIED:
        return None
    repo = repo_of(str(fact.values["output"]))
    return repo.at("") if repo else None
