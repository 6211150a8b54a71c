"""Look at what was made: in run folders, one listing a cluster, and in the repos of the Hub."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from otplan.core.evidence import Evidence, Finding, Target
from otplan.core.hub import repo_of
from otplan.core.layout import run_folder, workspace_folder
from otplan.errors import Unreachable
from otplan.kinds.publishing import OUTPUT
from otplan.operations.ground import Ground
from otplan.operations.progress import Said


def look(
    ground: Ground, targets: Iterable[Target], verified: Collection[str] = ()
) -> dict[Target, Evidence]:
    """Look at targets; `verified` are the fingerprints that were recorded as made before."""
    listed = list(targets)
    repos = [target for target in listed if repo_of(target.folder)]
    runs = {target: _run(ground, target) for target in repos if not target.given}
    places = [target for target in listed if not repo_of(target.folder)]
    found = _folders(ground, [*places, *runs.values()])
    seen = dict(ground.hub.look(repos)) if repos else {}
    _tell_silence(ground, seen)
    for target, run in runs.items():
        of_run = found.pop(run, Evidence(Finding.ABSENT, why=f"there is no {run.folder}"))
        if seen[target].finding is Finding.UNKNOWN:
            known = target.fingerprint in verified
            seen[target] = _by_its_job(ground, of_run, seen[target].why, run, known=known)
        else:
            seen[target] = replace(seen[target], results=of_run.results, endings=of_run.endings)
    return found | seen


def check(ground: Ground, done: Mapping[Target, Evidence]) -> dict[Target, Evidence]:
    """Look again at what was verified once, in one bulk read a cluster."""
    repos = {target: evidence for target, evidence in done.items() if repo_of(target.folder)}
    found = dict(ground.hub.check(repos)) if repos else {}
    for name in ground.clusters:
        mine = {t: e for t, e in done.items() if t.cluster == name and t not in repos}
        found.update(ground.artifacts[name].check(mine) if mine else {})
    return found


def _folders(ground: Ground, places: Iterable[Target]) -> dict[Target, Evidence]:
    """Look at the targets whose run folder exists; one listing a cluster tells which do."""
    listed = list(places)
    found: dict[Target, Evidence] = {}
    for name in ground.clusters:
        mine = [target for target in listed if target.cluster == name]
        folder = workspace_folder(ground.home(name), ground.workspace)
        try:
            there = set(ground.shells[name].names(folder))
        except Unreachable as error:
            ground.person.progress.tell(Said(name, f"{error.message}\n{error.help}"))
            found.update(dict.fromkeys(mine, Evidence(Finding.UNKNOWN, why=error.message)))
            continue
        worth = [t for t in mine if t.given or t.folder.rpartition("/")[2] in there]
        found.update(ground.artifacts[name].look(worth) if worth else {})
    return found


def _run(ground: Ground, target: Target) -> Target:
    """Return the run folder of the job that publishes to a repo."""
    home = ground.home(target.cluster)
    return replace(target, folder=run_folder(home, ground.workspace, target.fingerprint), owner="")


def _by_its_job(ground: Ground, run: Evidence, why: str, at: Target, *, known: bool) -> Evidence:
    """Return what the job itself verified on the Hub, where we cannot ask.

    That counts once: what was recorded before may have been replaced since. Where there is no
    such word the job that is to be sent looks itself, and leaves alone what is not ours.
    """
    if run.finding is Finding.UNKNOWN:
        return run
    nothing = replace(run, finding=Finding.ABSENT, why=why)
    if run.finding is not Finding.VERIFIED or known:
        return nothing
    path = f"{run.output}/{OUTPUT}"
    try:
        told = json.loads(ground.shells[at.cluster].read([path])[path] or b"{}")
    except (Unreachable, ValueError):
        return nothing
    match told:
        case {"repo": str(repo), "files": dict(files)} if repo_of(repo):
            return replace(run, output=repo, files=files)
        case _:
            return nothing


def _tell_silence(ground: Ground, seen: Mapping[Target, Evidence]) -> None:
    """Say once why the Hub does not tell of something."""
    silent = (one.why for one in seen.values() if one.finding is Finding.UNKNOWN)
    if why := next(silent, ""):
        ground.person.progress.tell(Said("the Hub", why))
