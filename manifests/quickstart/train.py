"""Train a character n-gram model slice by slice, with checkpoints, and save it in shards."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from zlib import crc32

from ngram import (
    Counts,
    Index,
    Model,
    Trouble,
    add,
    bits,
    documents,
    folder,
    read_json,
    run,
    write_json,
)

PROBE = 32  # texts of the training set on which the learning curve is measured


@dataclass(frozen=True, slots=True)
class Settings:
    """The config of a training; train.yaml says what each one does."""

    order: int = 3
    discount: float = 0.75
    slices: int = 8
    passes: int = 1
    shards: int = 4
    seconds_per_slice: float = 0.0


# The least and the greatest value of each.
LIMITS: dict[str, tuple[float, float]] = {
    "order": (1, 12),
    "discount": (0.01, 1.0),
    "slices": (1, 1000),
    "passes": (1, 1000),
    "shards": (1, 1000),
    "seconds_per_slice": (0.0, 86400.0),
}


@dataclass(frozen=True, slots=True)
class Point:
    """The model after one slice: what it has read, and its loss."""

    slice: int
    characters: int
    bits_per_character: float


@dataclass(frozen=True, slots=True)
class Progress:
    """What is kept for a later start: the counts, and a point for each slice that is in them."""

    counts: Counts
    curve: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be learnt, and where its progress is kept; `digest` tells it from other work."""

    settings: Settings
    texts: tuple[str, ...]
    checkpoint: Path
    digest: str


def main() -> None:
    """Learn the texts, going on from a checkpoint if there is one; write model, curve, metrics."""
    stops = _note_stops()
    output, kept = folder("OTPLAN_OUTPUT"), folder("OTPLAN_RUN_DIR")
    settings = _settings(os.environ.get("OTPLAN_CONFIG"))
    texts = _shuffled(documents("OTPLAN_INPUT_DATASETS"))
    checkpoint = kept / "checkpoints" / "latest.json"
    progress = _learn(Work(settings, texts, checkpoint, _digest(settings, texts)), stops)
    _save_model(output / "model", settings, progress.counts)
    _save_curve(output, progress)


def _note_stops() -> Sequence[int]:
    # The list to which a signal is added when it comes.
    stops: list[int] = []
    for number in (signal.SIGTERM, signal.SIGUSR1):
        signal.signal(number, lambda received, _: stops.append(received))
    return stops


def _settings(config: str | None) -> Settings:
    given = read_json(Path(config)) if config else {}
    if unknown := sorted(given.keys() - LIMITS.keys()):
        raise Trouble(f"unknown settings: {', '.join(unknown)}; there are {', '.join(LIMITS)}")
    numbers: dict[str, Any] = {name: _number(name, value) for name, value in given.items()}
    return Settings(**numbers)


def _number(name: str, value: object) -> float:
    least, most = LIMITS[name]
    read = type(least)
    with suppress(ValueError):
        number = read(str(value))  # by way of text, as which a label of a matrix may come
        if least <= number <= most:
            return number
    sort = "a whole number" if isinstance(least, int) else "a number"
    raise Trouble(f"{name} must be {sort} from {least} to {most}, not {value!r}")


def _shuffled(texts: Sequence[str]) -> tuple[str, ...]:
    # By hash rather than by seed: the same in every version of Python.
    return tuple(sorted(texts, key=lambda text: sha256(_bytes(text)).digest()))


def _digest(settings: Settings, texts: Sequence[str]) -> str:
    deciding = asdict(replace(settings, shards=1, seconds_per_slice=0.0))
    return sha256(json.dumps([deciding, texts]).encode()).hexdigest()


def _learn(work: Work, stops: Sequence[int]) -> Progress:
    progress = _resume(work)
    total = work.settings.slices * work.settings.passes
    while (done := len(progress.curve)) < total:
        if stops:
            name = signal.Signals(stops[0]).name
            print(f"stopped by {name} with {done} of {total} slices saved", flush=True)
            raise SystemExit(os.EX_TEMPFAIL)
        progress = _read_slice(work, progress)
        _keep(work, progress)
        loss = progress.curve[-1].bits_per_character
        print(f"slice {done + 1} of {total}: {loss:.4f} bits per character", flush=True)
        _pause(work.settings.seconds_per_slice, stops)
    return progress


def _resume(work: Work) -> Progress:
    if not work.checkpoint.exists():
        return Progress({}, ())
    found = read_json(work.checkpoint)
    if found["digest"] != work.digest:
        print(f"{work.checkpoint} is of other settings or texts: starting anew", flush=True)
        return Progress({}, ())
    print(f"going on after slice {len(found['curve'])}", flush=True)
    return Progress(found["counts"], tuple(Point(**point) for point in found["curve"]))


def _keep(work: Work, progress: Progress) -> None:
    curve = [asdict(point) for point in progress.curve]
    kept = {"digest": work.digest, "curve": curve, "counts": progress.counts}
    write_json(work.checkpoint, kept)


def _read_slice(work: Work, progress: Progress) -> Progress:
    # Adds to the counts in place: a copy for each slice would cost more than the reading.
    settings, done = work.settings, len(progress.curve)
    texts = work.texts[done % settings.slices :: settings.slices]
    add(progress.counts, texts, settings.order)
    characters = sum(map(len, texts)) + (progress.curve[-1].characters if done else 0)
    model = Model(settings.order, settings.discount, progress.counts)
    point = Point(done + 1, characters, _loss(model, work.texts[:PROBE]))
    return Progress(progress.counts, (*progress.curve, point))


def _loss(model: Model, texts: Sequence[str]) -> float:
    return sum(bits(model, text) for text in texts) / sum(map(len, texts))


def _pause(seconds: float, stops: Sequence[int]) -> None:
    # In short naps, since a signal does not end a sleep.
    end = time.monotonic() + seconds
    while not stops and (left := end - time.monotonic()) > 0:
        time.sleep(min(left, 0.05))


def _save_model(place: Path, settings: Settings, counts: Counts) -> None:
    sizes = {}
    for number, shard in enumerate(_shards(counts, settings.shards)):
        name = f"shard-{number:05d}-of-{settings.shards:05d}.json"
        sizes[name] = len(shard)
        write_json(place / name, shard)
    index = Index(settings.order, settings.discount, len(counts), sizes)
    write_json(place / "index.json", asdict(index))


def _shards(counts: Counts, number: int) -> list[Counts]:
    shards: list[Counts] = [{} for _ in range(number)]
    for context, row in counts.items():
        shards[crc32(_bytes(context)) % number][context] = row
    return shards


def _save_curve(output: Path, progress: Progress) -> None:
    lines = [json.dumps(asdict(point)) + "\n" for point in progress.curve]
    (output / "curve.jsonl").write_text("".join(lines), encoding="utf-8")
    last = progress.curve[-1]
    metrics = {
        "train_bits_per_character": last.bits_per_character,
        "contexts": len(progress.counts),
        "characters": last.characters,
    }
    write_json(output / "metrics.json", metrics)


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")  # JSON may hold half a surrogate pair


if __name__ == "__main__":
    raise SystemExit(run(main))
