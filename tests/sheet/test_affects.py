"""Every property touches what its `x-otplan-affects` says, from the YAML to the hashes.

A manifest is edited at one property; then the fingerprint of what the resource makes, and the
digests of its stages, must change exactly as the sheet says.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from otplan.core.graph import Workspace
from otplan.core.resource import Affects
from otplan.load import sections
from otplan.operations.project import Asked, examine
from otplan.planner.resolve import resolve
from otplan.shell.here import Here

ROOT = Path(__file__).parents[2]

PROGRAM: dict[str, Any] = {
    "script": "one.py",
    "args": {"limit": 1},
    "config": "one.yaml",
    "overrides": {"rate": 1},
    "files": ["one.txt"],
    "env": {"MODE": "a"},
    "inputs": {"extra": "dataset.other"},
    "outputs": ["a.json"],
}

PUBLISHED: dict[str, Any] = {"repo": "my-org/it", "private": True, "license": "mit"}

COMMON: dict[str, Any] = {
    "description": "words",
    "replicate": 1,
    "after": ["1"],
    "attempts": 2,
    "nodes": 1,
    "gpus": 1,
    "gpu_type": "a100",
    "cpus": 1,
    "memory": "1G",
    "slurm": {"time": "00:10:00"},
}

BASES: dict[str, dict[str, Any]] = {
    "datasets": {
        "generate": {**PROGRAM, "chunks": 2, "chunks_at_once": 1, "join": dict(PROGRAM)},
    },
    "trainings": {**PROGRAM, "model": "none", "datasets": ["other"]},
    "consolidations": {**PROGRAM, "training": "some"},
    "evals": {**PROGRAM, "model": "some", "benchmark": "b"},
    "scripts": {**PROGRAM, "results": ["score"]},
}

TRACE: dict[str, Any] = {
    "trace": {**PROGRAM, "tasks": "other", "chunks": 2, "chunks_at_once": 1, "join": dict(PROGRAM)}
}

ENGINE: dict[str, Any] = {
    "engine": "engine.yaml",
    "engine_overrides": {"engine": {"max_output_tokens": 1}},
    "tunnel": False,
    "sandbox": {"cpu": 1},
    "verification": True,
}

PART = {"index": "shard-index", "count": "num-shards"}

HARBOR: dict[str, Any] = {
    **ENGINE,
    "harbor": "harbor.yaml",
    "harbor_overrides": {"timeout_multiplier": 1},
    "agent_kwargs": {"max_episodes": 1},
    "tolerate": {"any": 1},
}

WITH_A_MODEL: dict[str, dict[str, Any]] = {
    "generate": {"generate": {"script": "one.py", **ENGINE, "chunks": 2, "part": dict(PART)}},
    "trace": {"trace": {"tasks": "other", **HARBOR}},
    "evals": {**HARBOR, "model": "some", "benchmark": "b", "complete": {"valid": 1}},
    "tasks": {"model": "some", "benchmark": "b", "tasks": ["a", "b"], "shards": 1, "lm_eval": {}},
}
"""Where an engine, Harbor or lm-evaluation-harness runs, a script does not."""
LLAMA_FACTORY: dict[str, Any] = {
    "launcher": "llamafactory",
    "model": "none",
    "datasets": ["other"],
    "overrides": {"learning_rate": 1},
    "pretokenize": {},
}
ITS = ("format", "global_batch_size", "pretokenize")
"""Fields of a training that only this launcher takes."""

EDITS: dict[str, Any] = {
    "repo": "my-org/other",
    "private": False,
    "license": "apache-2.0",
    "description": "other words",
    "replicate": 2,
    "after": ["2"],
    "attempts": 3,
    "nodes": 2,
    "gpus": 2,
    "gpu_type": "h100",
    "cpus": 2,
    "memory": "2G",
    "slurm.time": "00:20:00",
    "slurm.account": "a",
    "slurm.partition": "p",
    "slurm.qos": "q",
    "slurm.constraint": "c",
    "slurm.reservation": "r",
    "slurm.exclude": "n1",
    "slurm.nodelist": "n2",
    "slurm.nice": 10,
    "slurm.begin": "now+1hour",
    "slurm.mail_type": "END",
    "slurm.mail_user": "me",
    "script": "two.py",
    "args.limit": 2,
    "config": "two.yaml",
    "overrides.rate": 2,
    "files": ["two.txt"],
    "env.MODE": "b",
    "inputs.extra": "dataset.another",
    "outputs": ["b.json"],
    "chunks": 3,
    "chunks_at_once": 2,
    "model": "other-model",
    "datasets": ["another"],
    "training": "someother",
    "benchmark": "c",
    "results": ["loss"],
    "trace.tasks": "another",
    "tasks": ["b"],
    "shards": 2,
    "lm_eval.num_fewshot": 5,
    "serving.max_model_len": 2,
    "part.index": "part",
    "part.count": "parts",
    "complete.valid": 0.5,
    "complete.errors": 0.5,
    "engine": "other_engine.yaml",
    "engine_overrides.engine": {"max_output_tokens": 2},
    "tunnel": True,
    "sandbox.cpu": 2,
    "sandbox.memory_gb": 2,
    "sandbox.disk_gb": 2,
    "sandbox.gpu": 1,
    "verification": False,
    "input": "another",
    "limit": 2,
    "task_type": "c",
    "harbor": "other_harbor.yaml",
    "harbor_overrides.timeout_multiplier": 2,
    "agent": "oracle",
    "agent_kwargs.max_episodes": 2,
    "parser": "xml",
    "attempts_per_task": 3,
    "concurrency": 8,
    "environment": "docker",
    "agent_timeout": 60,
    "verifier_timeout": 60,
    "retries": 5,
    "tolerate.any": 2,
    "episodes": "all",
    "filter": "success",
    "subagents": False,
    "eval_only": True,
    "base": "other-model",
    "format": "chat",
    "global_batch_size": 12,
    "wandb.project": "p",
    "wandb.entity": "e",
}
"""Another value for each property, by its last steps."""

ELSEWHERE = {
    "cluster": "another cluster is another file; tests/planner has it",
    "matrix": "labels name resources and decide nothing; tests/acceptance has it",
    "matrix.*": "labels name resources and decide nothing; tests/acceptance has it",
    "source": "its path is where it lies; what counts is the pinned content",
    "source.path": "its path is where it lies; what counts is the pinned content",
    "source.repo": "its name is where it lies; what counts is the pinned commit",
    "source.revision": "what counts is the commit it is pinned to",
    "launcher": "each has its own fields; tests/kinds has it",
    "command": "stands instead of script; below",
}
"""Properties that no single edit can show, and why."""

GROUPS = (
    *("slurm", "generate", "generate.join", "trace", "trace.join", "complete"),
    *("pretokenize", "pretokenize.slurm", "wandb", "generate.part"),
)
MAPPINGS = (
    *("args", "overrides", "env", "inputs", "lm_eval", "serving", "sandbox", "tolerate"),
    *("engine_overrides", "harbor_overrides", "agent_kwargs"),
)


def _cases() -> list[tuple[str, str, Affects]]:
    cases = []
    for section in sections.SECTIONS:
        for path, row in sections.sheet(section).items():
            last = path.rpartition(".")[2]
            if path in GROUPS or last in MAPPINGS or last in ELSEWHERE or path in ELSEWHERE:
                continue
            cases.append((section, path, row.affects))
    return cases


def test_every_property_has_an_edit() -> None:
    missing = [(section, path) for section, path, _ in _cases() if _edit(path) is None]

    assert missing == []


@pytest.mark.parametrize(("section", "path", "affects"), _cases())
def test_a_property_touches_what_its_sheet_says(
    section: str, path: str, affects: Affects, tmp_path: Path
) -> None:
    base = _manifest(section, path)
    edited = copy.deepcopy(base)
    edit = _edit(path)
    assert edit is not None
    _set(edited[section]["it"], edit[0], edit[1])

    before = _hashes(tmp_path, base)
    after = _hashes(tmp_path, edited)

    results = before[0] != after[0]
    orders = before[1] != after[1]
    assert (results, orders or results) == {
        Affects.RESULT: (True, True),
        Affects.SCRIPT: (False, True),
        Affects.QUEUE: (False, True),
        Affects.NOTHING: (False, False),
    }[affects]


def test_a_command_is_part_of_the_result(tmp_path: Path) -> None:
    base = _manifest("scripts", "")
    del base["scripts"]["it"]["script"]
    base["scripts"]["it"]["command"] = ["echo", "one"]
    edited = copy.deepcopy(base)
    edited["scripts"]["it"]["command"] = ["echo", "two"]

    before, after = _hashes(tmp_path, base), _hashes(tmp_path, edited)

    assert before[0] != after[0]


def _edit(path: str) -> tuple[str, Any] | None:
    """Return the dotted path to change, with a key for `*`, and its other value."""
    keys = path.split(".")
    for length in (2, 1):
        tail = ".".join(keys[-length:])
        for known, value in EDITS.items():
            if known == tail or (tail.endswith(".*") and known.startswith(tail[:-1])):
                return ".".join([*keys[:-length], known]), value
    return None


def _set(fields: dict[str, Any], path: str, value: Any) -> None:  # noqa: ANN401
    *way, last = path.split(".")
    for key in way:
        fields = fields.setdefault(key, {})
    fields[last] = value


def _manifest(section: str, path: str) -> dict[str, Any]:
    fields = _base(section, path)
    published = {} if section == "scripts" else PUBLISHED
    it = copy.deepcopy({**COMMON, **published, **fields})
    manifest: dict[str, Any] = {
        "otplan": 1,
        "workspace": "sheet",
        "cluster": "wide",
        "datasets": {
            "other": {"generate": {"script": "one.py", "args": {"seed": 1}}},
            "another": {"generate": {"script": "one.py", "args": {"seed": 2}}},
        },
        "trainings": {
            "some": {"model": "m", "datasets": ["other"], "script": "one.py"},
            "someother": {"model": "n", "datasets": ["other"], "script": "one.py"},
        },
    }
    manifest.setdefault(section, {})["it"] = it
    return manifest


HARBOR_FIELDS = {
    *sections.source("engine")["properties"],
    *sections.source("harbor")["properties"],
    *("input", "limit", "task_type", "part", "eval_only"),
}


def _base(section: str, path: str) -> dict[str, Any]:
    top, _, rest = path.partition(".")
    name = rest.partition(".")[0] if section == "datasets" else top
    if section == "evals" and name in ("tasks", "shards", "lm_eval"):
        return WITH_A_MODEL["tasks"]
    if section == "evals" and name in {*HARBOR_FIELDS, "serving", "complete"}:
        return WITH_A_MODEL["evals"]
    if section == "trainings" and top in ITS:
        return LLAMA_FACTORY
    if top in ("generate", "trace") and name in HARBOR_FIELDS:
        return WITH_A_MODEL[top]
    return TRACE if top == "trace" else BASES[section]


def _hashes(folder: Path, manifest: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Return the fingerprints and the digests of the stages of the resource `it`."""
    for name in ("one.py", "two.py", "one.txt", "two.txt"):
        (folder / name).write_text(f"# {name}\n")
    (folder / "one.yaml").write_text("rate: 0\nsize: 1\n")
    (folder / "two.yaml").write_text("rate: 0\nsize: 2\n")
    for name, model in (("engine", "m"), ("other_engine", "n")):
        (folder / f"{name}.yaml").write_text(f"engine: {{type: vllm_local, model: {model}}}\n")
    for name, agent in (("harbor", "nop"), ("other_harbor", "oracle")):
        (folder / f"{name}.yaml").write_text(f"agents: [{{name: {agent}}}]\n")
    (folder / "clusters").mkdir(exist_ok=True)
    wide = (ROOT / "clusters" / "local.yaml").read_text().replace("nodes: 1", "nodes: 4")
    wide = wide.replace("gpus: null", "gpus: 4")
    (folder / "clusters" / "wide.yaml").write_text(wide)
    path = folder / "m.yaml"
    path.write_text(yaml.safe_dump(manifest, sort_keys=False))
    found = examine(Asked(str(path)), Here())
    assert [d for d in found.diagnostics if d.severity.value == "error"] == []
    graph = resolve(Workspace("sheet", "m", "m"), found.loaded.resources, found.clusters)
    mine = [stage for stage in graph.stages if stage.addresses[0].name == "it"]
    return [stage.fingerprint for stage in mine], [stage.digest for stage in mine]
