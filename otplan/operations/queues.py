"""What every cluster's queue is asked, in one look: our jobs, those of others, and lost ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from otplan.core.graph import Resolved
from otplan.core.job import JobName, JobRef, Observed
from otplan.core.layout import script_path
from otplan.core.record import Attempt, Fact, FactKind, Recorded
from otplan.errors import Unreachable
from otplan.operations.ground import Ground
from otplan.planner.edges import outside_edge


def ask(ground: Ground, graph: Resolved, recorded: Recorded) -> dict[str, Observed]:
    """Ask every cluster in use once: known jobs by id, intents without one by name.

    What another user submitted is named as theirs, and so is a job outside the manifest: nobody
    knows whose that is.
    """
    noted = {(f.fingerprint, f.n, f.kind): f for f in recorded.facts}
    in_use = {stage.cluster for stage in graph.stages} | {a.cluster for a in recorded.attempts}
    answers = {}
    for name in sorted(in_use & set(ground.schedulers)):
        open_ = [a for a in recorded.attempts if a.cluster == name and not _over(a, noted)]
        sent = [(a, noted.get((a.fingerprint, a.n, FactKind.SUBMITTED))) for a in open_]
        known = {JobRef(name, str(f.values["job"])): _user(a, f) for a, f in sent if f}
        known |= dict.fromkeys(_outside(graph, name), "")
        lost = {a.name: a.user for a, fact in sent if fact is None}
        user = ground.person.user
        theirs: set[JobRef | JobName] = {ref for ref, who in known.items() if who != user}
        theirs |= {lost_name for lost_name, who in lost.items() if who != user}
        since = min((attempt.at for attempt in open_), default=ground.now)
        seen = ground.schedulers[name].observe([*known], [*lost], since, theirs)
        answers[name] = _by_our_name(ground, seen)
    return answers


def _by_our_name(ground: Ground, seen: Observed) -> Observed:
    """Call our jobs by our own name: on another machine we may have another one."""
    user = ground.person.user
    if all(job.user == user for job in seen.jobs):
        return seen
    try:
        there = ground.shells[seen.cluster].user()
    except Unreachable:
        return replace(seen, jobs=(), unknown=f"nobody says who we are on {seen.cluster}")
    jobs = (replace(job, user=user) if job.user == there else job for job in seen.jobs)
    return replace(seen, jobs=tuple(jobs))


def _outside(graph: Resolved, cluster: str) -> list[JobRef]:
    """Return the jobs outside the manifest that stages of a cluster wait for."""
    stages = (stage for stage in graph.stages if stage.cluster == cluster)
    return [outside_edge(stage, word).job for stage in stages for word in stage.after]


def _user(attempt: Attempt, submitted: Fact) -> str:
    """Return who submitted an attempt: what one user intended another one may have sent."""
    return str(submitted.values.get("user", attempt.user))


def unwritten(ground: Ground, recorded: Recorded) -> frozenset[JobName]:
    """Return the intents without an outcome whose script is not there: it is written first."""
    answered = {
        (fact.fingerprint, fact.n)
        for fact in recorded.facts
        if fact.kind in (FactKind.SUBMITTED, FactKind.WITHDRAWN, FactKind.ENDED)
    }
    found: set[JobName] = set()
    for name in ground.clusters:
        scripts = {
            script_path(attempt.folder, attempt.n): attempt.name
            for attempt in recorded.attempts
            if attempt.cluster == name and (attempt.fingerprint, attempt.n) not in answered
        }
        try:
            there = ground.shells[name].read(sorted(scripts), limit=1) if scripts else {}
        except Unreachable:
            continue  # Then they are waited for.
        found.update(scripts[path] for path, content in there.items() if content is None)
    return frozenset(found)


def _over(attempt: Attempt, noted: Mapping[tuple[str, int, FactKind], object]) -> bool:
    """Tell whether an attempt is known to have ended; of an array, only the last element counts."""
    return not attempt.elements and (attempt.fingerprint, attempt.n, FactKind.ENDED) in noted
