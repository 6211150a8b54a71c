"""Run the benchmarks: `./dev bench [start] [lint] [plan] [--sizes …] [--shapes …] [--runs N]`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.cases import CASES, ROOT, Wanted
from benchmarks.measure import in_turns
from benchmarks.report import Outcome, json, table
from benchmarks.shapes import SHAPES

OVER = 1
CACHE = ROOT / ".cache" / "benchmarks"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure what was asked for; return 1 where a budget is not kept."""
    given = _parser().parse_args(argv)
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="otplan-benchmarks-") as scratch:
        wanted = Wanted(given.shapes, given.sizes, Path(scratch), CACHE)
        outcomes = list(_outcomes(given.cases or list(CASES), wanted, given.runs))
    given.json.write_text(json(outcomes, at=datetime.now(UTC).isoformat(timespec="seconds")))
    print(table(outcomes), end="")
    print(f"Every run is in {given.json}.", file=sys.stderr)
    return 0 if all(outcome.kept for outcome in outcomes) else OVER


def _outcomes(names: Sequence[str], wanted: Wanted, runs: int) -> Iterator[Outcome]:
    for name in names:
        for case in CASES[name](wanted):
            print(f"{case.name} ...", file=sys.stderr)
            costs = in_turns({"otplan": case.otplan, "other": case.other}, runs)
            yield Outcome(case, costs["otplan"], costs["other"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)}; all")
    parser.add_argument("--sizes", type=_sizes, default=(100, 1_000, 5_000, 10_000))
    parser.add_argument("--shapes", type=_shapes, default=("pipeline",), help=", ".join(SHAPES))
    parser.add_argument("--runs", type=int, default=5, help="how often each program runs")
    parser.add_argument("--json", type=Path, default=CACHE / "results.json", help="a file")
    return parser


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(",")))


def _shapes(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


if __name__ == "__main__":
    sys.exit(main())
