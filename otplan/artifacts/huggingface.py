"""Artifacts that are repos on the Hub, each with the marker of who published it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from otplan.artifacts.hub_calls import Calls, Missing
from otplan.artifacts.published import described, given, made, repo_at
from otplan.core.evidence import Evidence, Finding, Target
from otplan.core.hub import MARKER, Repo, repo_of
from otplan.core.values import Time
from otplan.errors import OtplanError, Unreachable

MANY = 4
"""Repos of one owner above which the owner's listing is asked for, instead of each."""

AT_ONCE = 8
"""Requests that are under way together."""

T = TypeVar("T")
R = TypeVar("R")


class Hub:
    """The repos of the Hub. The folder of a target is `hf:model:org/name`, with a revision or not.

    `token` is asked for only when something is to be looked at.
    """

    def __init__(self, token: Callable[[], str]) -> None:
        self._calls = Calls(token)

    def look(self, targets: Sequence[Target]) -> Mapping[Target, Evidence]:
        """Look at all targets, in parallel, and by the listing of an owner where there are many."""
        with self._calls:
            return self._looked(targets)

    def check(self, known: Mapping[Target, Evidence]) -> Mapping[Target, Evidence]:
        """Look again: the newest commit must still carry the marker of what was published.

        What was verified is at the commit where it was: later ones may be somebody else's.
        """
        now = self.look(tuple(known))
        return {target: _as_before(now[target], before) for target, before in known.items()}

    def revisions(self, names: Sequence[str]) -> Mapping[str, str | None]:
        """Return the commit that each `hf:<kind>:<repo>@<revision>` stands for; None if invisible.

        Raise Unreachable where the Hub cannot be asked.
        """

        def one(name: str) -> str | None:
            try:
                return str(self._calls.repo(repo_at(name))["sha"])
            except Missing:
                return None

        with self._calls:
            return dict(zip(names, _parallel(one, names), strict=True))

    def moved(self, pins: Mapping[str, str], since: Time) -> Sequence[str]:  # noqa: ARG002
        """Return the names that stand for another commit by now."""
        now = self.revisions(tuple(pins))
        return [name for name, commit in now.items() if commit not in (None, pins[name])]

    def adopt(self, target: Target, output: str) -> Evidence:
        """Return what is there as adopted, where it carries the marker of the target already.

        Raise OtplanError where it does not: to write one is to publish.
        """
        there = self.look([target])[target]
        if there.finding is not Finding.VERIFIED:
            raise OtplanError(
                f"{output} cannot be adopted: {there.why}",
                "To publish over what is there:\n    otplan apply --take-over SELECTOR",
            )
        return replace(there, attempt=0)

    def _looked(self, targets: Sequence[Target]) -> dict[Target, Evidence]:
        try:
            listed = self._listed(targets)
        except (Unreachable, Missing) as error:
            return dict.fromkeys(targets, _unknown(error))

        def one(target: Target) -> Evidence | Missing:
            try:
                return self._look(target, listed)
            except Missing as missing:
                return missing

        # Who reads one repo as several things asks for it once.
        each = {target.folder if target.given else target: target for target in targets}
        answers = dict(zip(each, _parallel(one, tuple(each.values())), strict=True))
        found = {t: answers[t.folder if t.given else t] for t in targets}
        # Who owns the token is asked once, after the threads, and only where something is missing.
        return {
            target: self._absent(target, answer) if isinstance(answer, Missing) else answer
            for target, answer in found.items()
        }

    def _look(self, target: Target, listed: Mapping[str, Mapping[str, Any]]) -> Evidence:
        """Look at one repo; raise Missing where it is not shown."""
        repo = repo_at(target.folder)
        try:
            told = self._told(repo, listed)
            if target.given:
                return given(repo, told)
            if MARKER not in described(told):
                return made(target, repo, told, b"")
            return made(target, repo, told, self._calls.file(repo.at(str(told["sha"])), MARKER))
        except Unreachable as error:
            return _unknown(error)

    def _told(self, repo: Repo, listed: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
        """Return what the Hub says of a repo, or said of it in the listing of its owner."""
        of_owner = listed.get(f"hf:{repo.kind}:{repo.owner}")
        if of_owner is None or repo.revision:
            return self._calls.repo(repo)
        if repo.name not in of_owner:
            raise Missing(f"{repo.owner} has no such {repo.kind}")
        told: Mapping[str, Any] = of_owner[repo.name]
        return told

    def _listed(self, targets: Iterable[Target]) -> dict[str, Mapping[str, Any]]:
        """List the owners of whose repos many are asked for."""
        repos = {repo for one in targets if (repo := repo_of(one.folder)) and not repo.revision}
        many = Counter((repo.kind, repo.owner) for repo in repos)
        asked = [key for key, count in sorted(many.items()) if count > MANY]
        answers = _parallel(lambda key: self._calls.of_owner(*key), asked)
        return {f"hf:{kind}:{owner}": a for (kind, owner), a in zip(asked, answers, strict=True)}

    def _absent(self, target: Target, missing: Missing) -> Evidence:
        """Say that a repo is missing, if the owner of the token would see it; else nobody knows."""
        repo = repo_at(target.folder)
        try:
            seen = repo.owner in self._calls.homes
        except Unreachable as error:
            return _unknown(error)
        if seen:
            return Evidence(Finding.ABSENT, why=f"there is no {repo}")
        why = f"{repo} is missing, or not shown to the owner of this token ({missing})"
        return Evidence(Finding.UNKNOWN, why=why)


def _parallel(do: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """Do it to all items, some at a time; return what came of each, in order."""
    if len(items) < 2:  # noqa: PLR2004 - one needs no threads
        return [do(item) for item in items]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=AT_ONCE) as threads:
        return list(threads.map(do, items))


def _as_before(now: Evidence, before: Evidence) -> Evidence:
    """Return what is found now, at the commit where the same attempt was found before."""
    same = now.finding is Finding.VERIFIED and now.attempt == before.attempt
    return replace(now, output=before.output) if same else now


def _unknown(error: Unreachable | Missing) -> Evidence:
    return Evidence(Finding.UNKNOWN, why=str(error))
