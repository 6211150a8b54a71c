"""The whole script of every kind and role, as it stands in tests/goldens/scripts.

To write them anew after a wanted change:

    REGENERATE_GOLDENS=1 python -m pytest tests/render/test_script_goldens.py
"""

import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from otplan.core.address import Address
from otplan.core.cluster import Container, Tunnel
from otplan.core.stage import Limits, Program, Stage
from otplan.render.script import files
from otplan.render.values import Input
from otplan.shipped import folder
from tests.render.scripts import OTHER, attempt, setting, stage

GOLDENS = Path(__file__).parents[1] / "goldens" / "scripts"
RUN = "/experiments/words/0123456789abcdef"
UPSTREAM = "/experiments/words/fedcba9876543210"
CHUNKS = tuple(f"{UPSTREAM}/e{element}" for element in range(3))


def made(kind: str, role: str, *argv: str, **changes: Any) -> Stage:  # noqa: ANN401 - any field of it
    program = Program(argv, changes.pop("config", None), {"HF_HOME": "/scratch/it's here"})
    return stage(
        program=program,
        template=f"{kind}.{role}",
        role=role,
        addresses=(Address(kind, "words", (("lr", "1.0e-5"),)), Address(kind, "again")),
        **changes,
    )


CASES = {
    "dataset.generate": (made("dataset", "generate", "python3", "make.py", elements=3), ()),
    "dataset.trace": (
        made("dataset", "trace", "python3", "trace.py", elements=3),
        (Input("TASKS", "dataset.tasks/generate", OTHER, (UPSTREAM,)),),
    ),
    "dataset.join": (
        made("dataset", "join"),
        (Input("CHUNKS", "dataset.words/generate", OTHER, CHUNKS),),
    ),
    "training.train": (
        made("training", "train", "python3", "train.py", outputs=("model",), config={"order": 3}),
        (
            Input("DATASETS", "dataset.words/join", OTHER, (UPSTREAM,)),
            Input("DATASETS", "dataset.more/source", given="/data/more words"),
        ),
    ),
    "training.pretokenize": (
        made("training", "pretokenize", "python3", "tokens.py", outputs=("tokenized",)),
        (Input("DATASETS", "dataset.words/join", OTHER, (UPSTREAM,)),),
    ),
    "consolidation.consolidate": (
        made("consolidation", "consolidate", "python3", "merge.py", outputs=("model",)),
        (Input("TRAINING", "training.words/train", OTHER, (UPSTREAM,)),),
    ),
    "eval.evaluate": (
        made("eval", "evaluate", "bash", "eval.sh", "--k", "3", outputs=("metrics.json",)),
        (Input("MODEL", "consolidation.words/consolidate", OTHER, (UPSTREAM,)),),
    ),
    "script.run": (made("script", "run", "./count.sh", "a b", outputs=()), ()),
    "fetch": (
        replace(
            made("dataset", "fetch", "--repo", "hf:dataset:my-org/words@main", outputs=("x.json",)),
            template="fetch",
            program=Program(("--repo", "hf:dataset:my-org/words@main"), tool="fetch.py"),
        ),
        (),
    ),
    "publish": (
        replace(
            made("training", "publish", outputs=("published.json",)),
            template="publish",
            program=Program(
                ("--repo", "hf:model:my-org/words", "--private", "--file", "model"),
                tool="publish.py",
            ),
        ),
        (Input("PRODUCT", "training.words/train", OTHER, (UPSTREAM,)),),
    ),
    "report": (
        replace(
            made("training", "report", outputs=("reported.json",)),
            template="report",
            program=Program(("--entity=my-team", "--project=words"), tool="report.py"),
        ),
        (Input("RUN", "training.words/train", OTHER, (UPSTREAM,)),),
    ),
    "join": (
        replace(made("eval", "join-1", "true", outputs=()), template="join"),
        tuple(Input("", f"script.part[n={n}]/run", OTHER, (f"{UPSTREAM}{n}",)) for n in range(2)),
    ),
}


def rendered(name: str) -> bytes:
    what, read = CASES[name]
    tried = attempt(what, RUN, 3, disbelieved=(1,))
    return files(what, tried, setting("/experiments/code/abc/manifests", *read))["script.sh"]


@pytest.mark.parametrize("name", CASES)
def test_a_script_is_as_its_golden(name: str) -> None:
    path = GOLDENS / f"{name}.sh"
    if os.environ.get("REGENERATE_GOLDENS"):
        path.write_bytes(rendered(name))

    assert rendered(name).decode() == path.read_text()


def test_an_array_on_slurm_is_as_its_golden() -> None:
    what, read = CASES["dataset.trace"]
    where = setting("/experiments/code/abc/manifests", *read)
    where = replace(where, cluster=replace(where.cluster, scheduler="slurm"))
    script = files(what, attempt(what, RUN, 3, starts=2), where)["script.sh"]
    path = GOLDENS / "slurm.sh"
    if os.environ.get("REGENERATE_GOLDENS"):
        path.write_bytes(script)

    assert script.decode() == path.read_text()


SITES: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "slurm-torchrun": (
        {"launch": "torchrun", "wandb": {"entity": "my-team", "project": "words"}},
        {
            "purge": True,
            "modules": ("gcc", "cuda/12.8"),
            "prepare": ("ulimit -c 0",),
            "paths": {"HF_HOME": "$SCRATCH/hub"},
            "library_paths": ("/opt/lib",),
            "env_unset": ("LD_PRELOAD",),
            "umask": "007",
            "group": "lab",
            "port": 12802,
            "srun_options": ("--wait=60",),
            "internet": "login",
        },
    ),
    "slurm-accelerate-container": (
        {"launch": "accelerate"},
        {
            "container": Container(
                "singularity", "$IMAGE", "$OVERLAY", ("/data",), (), "source /ext3/env.sh"
            ),
        },
    ),
    "slurm-tunnel": (
        {"launch": "srun", "internet": True},
        {"internet": "login", "tunnel": Tunnel("$HOME/.ssh/key", "i")},
    ),
}


@pytest.mark.parametrize("name", SITES)
def test_a_site_with_all_that_there_may_be_is_as_its_golden(name: str) -> None:
    extra, site = SITES[name]
    what, read = CASES["training.train"]
    what = replace(what, program=replace(what.program, extra=extra), limits=Limits(nodes=2, gpus=4))
    where = setting("/experiments/code/abc/manifests", *read, **site)
    where = replace(where, cluster=replace(where.cluster, scheduler="slurm"))
    script = files(what, attempt(what, RUN, 3, starts=2), where)["script.sh"]
    path = GOLDENS / f"{name}.sh"
    if os.environ.get("REGENERATE_GOLDENS"):
        path.write_bytes(script)

    assert script.decode() == path.read_text()


def test_every_template_has_a_golden() -> None:
    shipped = {path.name.removesuffix(".sbatch.j2") for path in folder("templates").glob("*.*.j2")}

    assert shipped - {"base"} == set(CASES)


def test_the_goldens_are_clean_by_bash_and_shellcheck() -> None:
    scripts = sorted(GOLDENS.glob("*.sh"))
    for script in scripts:
        subprocess.run(["bash", "-n", script], check=True)
    if not shutil.which("shellcheck") and not os.environ.get("OTPLAN_REQUIRE_SERVICES"):
        pytest.skip("shellcheck is not installed: `apt-get install shellcheck`")

    done = subprocess.run(["shellcheck", *scripts], capture_output=True, text=True, check=False)

    assert done.stdout == ""


def test_the_scripts_need_no_command_but_bash_and_coreutils(tmp_path: Path) -> None:
    commands = (
        "cat",
        "date",
        "dirname",
        "env",
        "ln",
        "ls",
        "mkdir",
        "mv",
        "rm",
        "rmdir",
        "stat",
        "tail",
    )
    for command in commands:
        found = shutil.which(command)
        assert found
        (tmp_path / command).symlink_to(found)
    bash = shutil.which("bash")
    assert bash
    upstream = tmp_path / "up"
    (upstream / "e0").mkdir(parents=True)
    (upstream / "e0" / "data.jsonl").write_text("x\n")
    (upstream / "done.json").write_text(
        f'{{\n"fingerprint": "{OTHER}",\n"attempt": 1,\n"output": "{upstream}/e0",\n'
        '"file.data.jsonl": 2\n}\n'
    )
    join = made("dataset", "join")
    tried = attempt(join, str(tmp_path / "run"))
    where = setting(str(tmp_path), Input("CHUNKS", "x", OTHER, (str(upstream),)))
    script = tmp_path / "script.sh"
    script.write_bytes(files(join, tried, where)["script.sh"])

    done = subprocess.run(
        [bash, script],
        env={"PATH": str(tmp_path), "OTPLAN_JOB_ID": "1"},
        stderr=subprocess.PIPE,
        start_new_session=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "run" / "done.json").exists()


def test_a_script_is_rendered_within_a_millisecond() -> None:
    rendered("training.train")
    began = time.perf_counter()

    for _ in range(50):
        rendered("training.train")

    assert (time.perf_counter() - began) / 50 < 0.02
