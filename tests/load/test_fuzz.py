"""Mutated manifests: whatever the text, a value comes back, within a second."""

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otplan.core.values import canonical
from otplan.load.manifest import read

SEED = """otplan: 1
workspace: demo
vars: {n: {type: integer, default: 2}, s: {type: string, default: a}}
defaults:
  slurm: {account: a, time: "24:00:00"}
  trainings: &base {nodes: 2}
datasets:
  d: {generate: {script: p.py, chunks: "${var.n}", join: {script: p.py}}}
  given: {source: {path: data}}
trainings:
  sft:
    <<: *base
    model: m
    datasets: [d, given]
    script: p.py
    config: c.yaml
    matrix: {lr: [1.0e-5, 2.0e-5], seed: [1]}
    args: {lr: "${matrix.lr}", name: "x-${var.s}-$${y}"}
evals:
  e: {model: "sft[lr=1.0e-5]", benchmark: b, script: p.py, inputs: {x: [d, given]}}
"""
PIECES = [
    *(
        "[",
        "]",
        "{",
        "}",
        ":",
        ": ",
        "- ",
        "\n",
        "\n  ",
        "\t",
        "&a ",
        "*a",
        "<<: ",
        "!!str ",
        "!x ",
    ),
    *(
        "'",
        '"',
        "|\n",
        ">",
        "#",
        "%",
        "@",
        "?",
        "---\n",
        "...",
        "\ufeff",
        "\x00",
        "\x85",
        "\U0001f600",
    ),
    *(
        "${",
        "${var.n}",
        "${matrix.lr}",
        "$${",
        "no",
        "1e-5",
        "010",
        "24:00:00",
        "sft[*]",
        "sft[lr=*]",
    ),
    *(
        "~",
        "",
        "9" * 30,
        ".nan",
        "x" * 200,
        "e",
        "datasets",
        "d",
        "matrix: {a: [1]}",
        "inputs: {x: e}",
    ),
]
MUTATIONS = st.lists(
    st.tuples(st.integers(0, len(SEED)), st.integers(0, 12), st.sampled_from(PIECES)),
    min_size=1,
    max_size=6,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("fuzz")
    (path / "p.py").write_text("")
    (path / "c.yaml").write_text("a: 1\n")
    (path / "data").mkdir()
    return path


def test_the_seed_is_sound(folder: Path) -> None:
    (folder / "seed.yaml").write_text(SEED)

    result = read(str(folder / "seed.yaml"))

    assert result.diagnostics == ()
    assert len(result.resources) == 5


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(mutations=MUTATIONS)
def test_a_mutated_manifest_is_read_or_told_within_a_second(
    folder: Path, mutations: list[tuple[int, int, str]]
) -> None:
    text = SEED
    for start, cut, piece in mutations:
        text = text[:start] + piece + text[start + cut :]

    _read(folder, text.encode("utf-8", "surrogatepass"))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(content=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_any_bytes_are_read_or_told_within_a_second(folder: Path, content: bytes) -> None:
    _read(folder, content)


def _read(folder: Path, content: bytes) -> None:
    path = folder / "manifest.yaml"
    path.write_bytes(content)
    start = time.process_time()

    result = read(str(path))

    assert time.process_time() - start < 1
    lines = content.count(b"\n") + content.count(b"\r") + 1
    assert all(one.place and one.place.line <= lines + 1 for one in result.diagnostics)
    for resource in result.resources:
        canonical(resource.fields)
        assert all(place.path for place in resource.places.values())
