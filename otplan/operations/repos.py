"""The repos that a manifest names: which commits they stand for, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from otplan.core.evidence import Evidence, Finding, Target
from otplan.core.hub import repo_of
from otplan.errors import Diagnostic, Place, Severity, Unreachable
from otplan.operations.ground import Ground
from otplan.operations.progress import Said

_MENDS = {
    Finding.ABSENT: "Mend its name or its revision, or put it there.",
    Finding.EMPTY: "Put into it what it is to hold, or name another one.",
    Finding.UNKNOWN: "Put the token of somebody who sees it into HF_TOKEN.",
    Finding.VERIFIED: "It has no such revision: name one that it has.",
}


def commits(ground: Ground, names: Iterable[str]) -> dict[str, str | None]:
    """Look up which commits repos stand for; none where nobody answers.

    What is not known is unpinned, which says so at each stage that reads it.
    """
    repos = sorted(name for name in names if repo_of(name))
    try:
        return dict(ground.hub.revisions(repos)) if repos else {}
    except Unreachable as error:
        ground.person.progress.tell(Said("the Hub", error.message))
        return {}


def unknown_repos(
    ground: Ground, floating: Mapping[str, Place], known: Mapping[str, str]
) -> list[Diagnostic]:
    """Return what is wrong with repos that stand for nothing: an error, if they are missing."""
    asked = {name: repo for name in floating if name not in known and (repo := repo_of(name))}
    targets = {name: Target("", str(repo.at("")), "", given=True) for name, repo in asked.items()}
    found = ground.hub.look(tuple(targets.values())) if targets else {}
    return [_diagnostic(floating[name], name, found[target]) for name, target in targets.items()]


def _diagnostic(place: Place, name: str, found: Evidence) -> Diagnostic:
    invisible = found.finding is Finding.UNKNOWN
    message = found.why or f"{name} stands for no commit"
    return Diagnostic(
        code="OT562" if invisible else "OT561",
        severity=Severity.WARNING if invisible else Severity.ERROR,
        message=f"{message[0].upper()}{message[1:]}.",
        place=place,
        help=_MENDS.get(found.finding, _MENDS[Finding.ABSENT]),
    )
