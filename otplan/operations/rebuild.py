"""The story of `otplan registry rebuild`: a lost registry is read back from the run folders."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from otplan.core import layout
from otplan.core.record import Attempt, Fact, FactKind
from otplan.errors import ForeignState, OtplanError
from otplan.operations.ground import Ground
from otplan.operations.hold import holding
from otplan.operations.workspace import witnessed

_RUN = re.compile(r"[0-9a-f]{16}")
_ATTEMPT = re.compile(r"attempt-([1-9][0-9]*)")


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was read back: how many attempts the registry lacked, and of how many a job began.

    `unread` are copies of rows that are damaged.
    """

    attempts: int
    jobs: int
    unread: tuple[str, ...] = ()


def rebuild(ground: Ground, manifest: str) -> Rebuilt:
    """Put the rows that lie in the run folders into a registry that lacks them.

    Which job each attempt got is told by the claim in its folder; what still queues has none,
    and is found by its name at the next look. What cannot be read back: what was adopted, allowed
    another attempt, or told to be forgotten. Raise OtplanError where there is no such folder.
    """
    identity = witnessed(ground)
    if not identity:
        raise OtplanError(
            f"no folder of experiments here has a workspace `{ground.workspace}`",
            "look at `experiments_dir` of the clusters and at `workspace:` of the manifest",
        )
    with holding(ground):
        settled = ground.registry.found(ground.workspace, manifest, identity)
        if settled != identity:
            raise ForeignState(
                f"{ground.registry.place} has workspace {settled}, the run folders {identity}",
                "put the right registry file back, or move this one away and rebuild it",
            )
        return _put_back(ground)


def _put_back(ground: Ground) -> Rebuilt:
    """Insert what the registry lacks: rows, then facts; both may have been there already."""
    approval = ground.registry.read(ground.workspace).approval
    rows: list[Attempt] = []
    unread: list[str] = []
    for cluster in sorted(ground.clusters):
        contents = ground.shells[cluster].read(list(_copies(ground, cluster)))
        for path, content in contents.items():
            row = _row(content or b"")
            if row is None:
                unread.append(path)
            else:
                rows.append(row)
    taken = ground.registry.intend(ground.workspace, approval.number if approval else 0, rows)
    jobs = _begun(ground, rows)
    ground.registry.note(ground.workspace, [*jobs, *_disbelieved(rows)])
    return Rebuilt(len(taken), len(jobs), tuple(sorted(unread)))


def _copies(ground: Ground, cluster: str) -> Iterator[str]:
    """Yield the paths of the copies of rows in all run folders of a cluster."""
    shell = ground.shells[cluster]
    workspace = layout.workspace_folder(ground.home(cluster), ground.workspace)
    for run in filter(_RUN.fullmatch, shell.names(workspace)):
        for name in shell.names(f"{workspace}/{run}"):
            if attempt := _ATTEMPT.fullmatch(name):
                yield layout.intent_path(f"{workspace}/{run}", int(attempt[1]))


def _row(content: bytes) -> Attempt | None:
    """Return the row that a copy holds; None where it cannot be read."""
    try:
        return msgspec.json.decode(content, type=Attempt)
    except msgspec.MsgspecError:
        return None


def _begun(ground: Ground, rows: Sequence[Attempt]) -> list[Fact]:
    """Return whose job each attempt is, by the claim that the job itself wrote.

    A job claims also what nobody started before it: it belongs to the highest number.
    """
    found: dict[tuple[str, str], tuple[Attempt, str]] = {}
    for cluster in sorted(ground.clusters):
        mine = sorted((row for row in rows if row.cluster == cluster), key=lambda row: row.n)
        paths = {row.name: _claims(row) for row in mine}
        read = ground.shells[cluster].read([path for some in paths.values() for path in some])
        for row in mine:
            claims = (read[path] for path in paths[row.name])
            job = next((claim for claim in claims if claim), b"").decode(errors="replace").strip()
            if job:
                found[row.fingerprint, job] = row, job.partition("_")[0]
    return [
        Fact(
            row.fingerprint,
            row.n,
            FactKind.SUBMITTED,
            row.at,
            values={"job": job, "user": row.user},
        )
        for row, job in found.values()
    ]


def _claims(row: Attempt) -> list[str]:
    """Return where the job of an attempt leaves its id: an array in the folder of each element."""
    return [layout.claim_path(row.folder, row.n, element) for element in row.elements or (-1,)]


def _disbelieved(rows: Sequence[Attempt]) -> list[Fact]:
    """Return which markers no longer counted when later attempts were made."""
    return [
        Fact(row.fingerprint, 0, FactKind.DISBELIEVED, row.at, element, {"attempt": n})
        for row in rows
        for element in row.elements or (-1,)
        for n in row.disbelieved
    ]
