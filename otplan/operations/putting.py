"""The files of the attempts of a wave, put where their jobs find them, in few round trips."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import TypeAlias

from otplan.core import layout
from otplan.core.hub import repo_of
from otplan.core.record import Attempt
from otplan.core.report import Event
from otplan.core.stage import Stage
from otplan.errors import OtplanError
from otplan.operations.scripts import attempt_files, intent
from otplan.operations.submission import Submission, stop
from otplan.planner.fetches import FETCH

AT_ONCE = 200
"""Attempts whose files are written in one call: some megabytes."""

_Pair: TypeAlias = tuple[Stage, Attempt]


def put_files(submission: Submission, pairs: Sequence[_Pair]) -> list[_Pair]:
    """Write the files of attempts; return those that are there, and stop the others' branches."""
    there: list[_Pair] = []
    for cluster, home in dict.fromkeys(map(_place, pairs)):
        mine = iter([pair for pair in pairs if _place(pair) == (cluster, home)])
        while some := list(islice(mine, AT_ONCE)):
            made = _rendered(submission, some)
            ready = [pair for pair, _ in made]
            try:
                shell = submission.ground.shells[cluster]
                shell.write(home, {path: text for _, files in made for path, text in files})
                shell.link(home, _links(ready))
            except OtplanError as trouble:
                for stage, _ in ready:
                    stop(submission, stage, Event.REFUSED, trouble.message)
            else:
                there += ready
    return there


def _rendered(
    submission: Submission, pairs: Iterable[_Pair]
) -> list[tuple[_Pair, list[tuple[str, bytes]]]]:
    """Return the files of each attempt; what cannot be rendered stops its own branch only."""
    made = []
    for pair in pairs:
        try:
            made.append((pair, list(_files(submission, [pair]))))
        except OtplanError as trouble:
            stop(submission, pair[0], Event.REFUSED, trouble.message)
    return made


def _place(pair: _Pair) -> tuple[str, str]:
    """Return the cluster and the workspace's folder there; one sent again keeps its own."""
    stage, attempt = pair
    return stage.cluster, attempt.folder.rpartition("/")[0]


def _files(submission: Submission, pairs: Iterable[_Pair]) -> Iterator[tuple[str, bytes]]:
    """Yield the files of attempts, by their paths below the workspace's folder."""
    for stage, attempt in pairs:
        folder = layout.attempt_folder(attempt.folder.rpartition("/")[2], attempt.n)
        asked = _at_its_commit(submission, stage)
        made = attempt_files(submission.ground, submission.graph.resolved, asked, attempt)
        for name, content in {**made, layout.INTENT: intent(attempt)}.items():
            yield f"{folder}/{name}", content


def _at_its_commit(submission: Submission, stage: Stage) -> Stage:
    """Return a stage that brings what another publishes, told the commit that was verified."""
    if stage.template != FETCH:
        return stage
    done = (submission.snapshot.cell(need.fingerprint, 0).done for need in stage.needs)
    commits = {str(repo.at("")): str(repo) for one in done if one and (repo := repo_of(one.output))}
    argv = tuple(commits.get(word, word) for word in stage.program.argv)
    return replace(stage, program=replace(stage.program, argv=argv))


def _links(pairs: Iterable[_Pair]) -> Mapping[str, str]:
    """Return the readable names of run folders."""
    return {
        layout.link_name(address, stage.role, stage.fingerprint): attempt.folder.rpartition("/")[2]
        for stage, attempt in pairs
        for address in stage.addresses
    }
