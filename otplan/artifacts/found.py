"""What was found in a run folder, folded from its files and their sizes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from otplan.artifacts import marker
from otplan.artifacts.marker import Marker
from otplan.core import layout
from otplan.core.evidence import Evidence, Finding, Result, Target

_ITSELF = "."


def paths(target: Target) -> tuple[str, ...]:
    """Return the files that tell about a target: its marker, and what attempts asked for left."""
    run, element = target.folder, target.element
    told = (
        place(run, n, element)
        for n in target.attempts
        for place in (layout.result_path, layout.endings_path)
    )
    return (layout.marker_path(run, element), *told)


def listed(target: Target, contents: Mapping[str, bytes | None]) -> tuple[str, ...]:
    """Return the paths of all that a target's marker says is there."""
    left = _marker(target, contents)
    return tuple(f"{left.output}/{name}" for name in left.files) if left else ()


def evidence(
    target: Target, contents: Mapping[str, bytes | None], sizes: Mapping[str, int | None]
) -> Evidence:
    """Return what the contents of `paths` and the sizes of `listed` say of a target."""
    seen = _evidence(target, contents, sizes)
    return replace(seen, results=_results(target, contents), endings=_endings(target, contents))


def given(path: str, size: int | None) -> Evidence:
    """Return what the bytes at a place that should exist already say of it."""
    if size is None:
        return Evidence(Finding.ABSENT, why=f"there is nothing at {path}")
    if size == 0:
        return Evidence(Finding.EMPTY, why=f"{path} is empty")
    return Evidence(Finding.VERIFIED, output=path, files={_ITSELF: size})


def compared(now: Evidence, before: Evidence) -> Evidence:
    """Return what is found now; EMPTY where the same attempt's files are not what they were."""
    same = (now.attempt, now.output) == (before.attempt, before.output)
    if now.finding is not Finding.VERIFIED or not same or now.files == before.files:
        return now
    why = f"{now.output} is not what was recorded: {_difference(before.files, now.files)}"
    return replace(now, finding=Finding.EMPTY, why=why)


def _evidence(
    target: Target, contents: Mapping[str, bytes | None], sizes: Mapping[str, int | None]
) -> Evidence:
    place = layout.marker_path(target.folder, target.element)
    left = _marker(target, contents)
    if contents[place] is None:
        return Evidence(Finding.ABSENT, why=f"there is no {place}")
    if left is None:
        return Evidence(Finding.EMPTY, why=f"{place} is no completion marker")
    told = Evidence(Finding.VERIFIED, left.attempt, left.output, left.files)
    if left.fingerprint != target.fingerprint:
        return replace(told, finding=Finding.FOREIGN, why=f"{place} is of {left.fingerprint}")
    now = {name: sizes[f"{left.output}/{name}"] for name in left.files}
    if now == left.files:
        return told
    why = f"{left.output} is no longer whole: {_difference(left.files, now)}"
    return replace(told, finding=Finding.EMPTY, why=why)


def _difference(before: Mapping[str, int], now: Mapping[str, int | None]) -> str:
    name = next(key for key in {**before, **now} if before.get(key) != now.get(key))
    return f"{name} {_bytes(now.get(name))}, {_bytes(before.get(name)).replace('is', 'was')}"


def _bytes(size: int | None) -> str:
    return "is not there" if size is None else f"is {size:,} bytes"


def _marker(target: Target, contents: Mapping[str, bytes | None]) -> Marker | None:
    return marker.read(contents[layout.marker_path(target.folder, target.element)] or b"")


def _results(target: Target, contents: Mapping[str, bytes | None]) -> dict[int, Result]:
    places = {n: layout.result_path(target.folder, n, target.element) for n in target.attempts}
    read = {n: marker.read_result(contents[place] or b"") for n, place in places.items()}
    return {n: result for n, result in read.items() if result}


def _endings(target: Target, contents: Mapping[str, bytes | None]) -> dict[int, int]:
    places = {n: layout.endings_path(target.folder, n, target.element) for n in target.attempts}
    return {n: left.count(b"\n") for n, place in places.items() if (left := contents[place])}
