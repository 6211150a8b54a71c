"""The files of the attempts of a wave, put where their jobs find them, in few round trips."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeAlias

from otplan.core import layout
from otplan.core.record import Attempt
from otplan.core.report import Event
from otplan.core.stage import Stage
from otplan.errors import OtplanError
from otplan.operations.scripts import attempt_files, intent
from otplan.operations.submission import Submission, stop

AT_ONCE = 200
"""Attempts whose files are written in one call: some megabytes."""

_Pair: TypeAlias = tuple[Stage, Attempt]


def put_files(submission: Submission, pairs: Sequence[_Pair]) -> list[_Pair]:
    """Write the files of attempts; return those that are there, and stop the others' branches."""
    there: list[_Pair] = []
    for cluster, home in dict.fromkeys(map(_place, pairs)):
        mine = iter([pair for pair in pairs if _place(pair) == (cluster, home)])
        while some := list(islice(mine, AT_ONCE)):
            try:
                shell = submission.ground.shells[cluster]
                shell.write(home, dict(_files(submission, some)))
                shell.link(home, _links(some))
            except OtplanError as trouble:
                for stage, _ in some:
                    stop(submission, stage, Event.REFUSED, trouble.message)
            else:
                there += some
    return there


def _place(pair: _Pair) -> tuple[str, str]:
    """Return the cluster and the workspace's folder there; one sent again keeps its own."""
    stage, attempt = pair
    return stage.cluster, attempt.folder.rpartition("/")[0]


def _files(submission: Submission, pairs: Iterable[_Pair]) -> Iterator[tuple[str, bytes]]:
    """Yield the files of attempts, by their paths below the workspace's folder."""
    for stage, attempt in pairs:
        folder = layout.attempt_folder(attempt.folder.rpartition("/")[2], attempt.n)
        made = attempt_files(submission.ground, submission.graph.resolved, stage, attempt)
        for name, content in {**made, layout.INTENT: intent(attempt)}.items():
            yield f"{folder}/{name}", content


def _links(pairs: Iterable[_Pair]) -> Mapping[str, str]:
    """Return the readable names of run folders."""
    return {
        layout.link_name(address, stage.role, stage.fingerprint): attempt.folder.rpartition("/")[2]
        for stage, attempt in pairs
        for address in stage.addresses
    }
