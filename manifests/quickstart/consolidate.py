"""Merge the shards of a trained n-gram model into one file, and see that nothing is lost."""

from __future__ import annotations

from pathlib import Path

from ngram import Counts, Index, Trouble, folder, read_json, run, write_json


def main() -> None:
    """Write model.json, which holds what all shards of the training's index hold."""
    source, output = folder("OTPLAN_INPUT_TRAINING") / "model", folder("OTPLAN_OUTPUT")
    index = _index(source / "index.json")
    _check_files(source, index)
    counts = _merged(source, index)
    model = {"order": index.order, "discount": index.discount, "counts": counts}
    write_json(output / "model.json", model)
    write_json(output / "metrics.json", {"contexts": len(counts), "shards": len(index.shards)})
    print(f"{len(index.shards)} shards, {len(counts)} contexts")


def _index(path: Path) -> Index:
    try:
        return Index(**read_json(path))
    except TypeError:
        raise Trouble(f"{path} is not the index of a model") from None


def _check_files(source: Path, index: Index) -> None:
    there = {path.name for path in source.glob("shard-*.json")}
    if missing := sorted(index.shards.keys() - there):
        raise Trouble(f"{source} lacks {', '.join(missing)}, which its index lists")
    if unlisted := sorted(there - index.shards.keys()):
        raise Trouble(f"{source} holds {', '.join(unlisted)}, which its index does not list")


def _merged(source: Path, index: Index) -> Counts:
    counts: Counts = {}
    for name, contexts in index.shards.items():
        shard = read_json(source / name)
        if len(shard) != contexts:
            raise Trouble(f"{source / name} holds {len(shard)} contexts, its index says {contexts}")
        counts |= shard
    if len(counts) != index.contexts:
        raise Trouble(f"{source} holds {len(counts)} contexts, its index says {index.contexts}")
    return counts


if __name__ == "__main__":
    raise SystemExit(run(main))
