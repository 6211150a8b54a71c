"""How a program is started: by which launcher, in what environment, inside a container, offline.

The commands of a site are stand-ins that write down how they were called.
"""

import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from otplan.core.cluster import Cluster, Container, Proxy, Tunnel
from otplan.core.stage import Limits, Program, Stage, Where
from otplan.errors import Place
from otplan.fingerprint.naming import token
from otplan.render.script import files
from otplan.render.values import Setting
from tests.render.scripts import attempt, stage

SITE = Cluster("site", "slurm", "/experiments", Place("site.yaml"), internet="compute")
STANDINS = {
    "scontrol": 'printf "n1\\nn2\\n"',
    "sleep": "exit 0",
    # As on each node: the number of the second one.
    "srun": 'called; while [[ $1 == -* ]]; do shift; done; SLURM_NODEID=1 exec "$@"',
    "apptainer": 'called; while [[ $1 != *.sif ]]; do shift; done; shift; exec "$@"',
    "python": 'called; while [[ $1 == -* || $1 == *.* ]]; do shift; done; exec "$@"',
    "proxychains4": 'called; shift 3; exec "$@"',
    "ssh": "called",
    "module": "called",
}
CALLED = 'called() { echo "${0##*/} ${args[*]}" >>"$CALLS"; }; args=("$@")'
SHOW = 'printf "%s\\n" "$@" >"$OTPLAN_OUTPUT/data.jsonl"; env >"$OTPLAN_OUTPUT/env"'


def made(*, nodes: int = 2, gpus: int = 4, where: Where = Where.COMPUTE, **extra: Any) -> Stage:  # noqa: ANN401 - of a program
    argv = ("bash", "-c", SHOW, "program", "it's", "$(touch here)")
    limits = Limits(nodes=nodes, gpus=gpus)
    return stage(program=Program(argv, extra=extra), limits=limits, where=where)


def run(
    folder: Path, what: Stage, site: Cluster = SITE, **env: str
) -> tuple[list[str], dict[str, str]]:
    """Run a script as Slurm would; return the calls, and the environment of the program."""
    programs, calls, code = folder / "bin", folder / "calls", folder / "code"
    for place in (programs, code):
        place.mkdir()
    for name, body in STANDINS.items():
        (programs / name).write_text(f"#!/bin/bash\n{CALLED}\n{body}\n")
        (programs / name).chmod(0o755)
    tried = attempt(what, str(folder / "run"))
    script = folder / "run" / "attempt-1" / "script.sh"
    script.parent.mkdir(parents=True)
    there = replace(site, python="python")
    script.write_bytes(files(what, tried, Setting("words", there, str(code)))["script.sh"])
    told = {"SLURM_JOB_ID": "41", "SLURM_JOB_NODELIST": "n[1-2]", "SLURM_JOB_NUM_NODES": "2"}
    told |= {"PATH": f"{programs}:{os.environ['PATH']}", "CALLS": str(calls)}
    told |= {"SLURM_CPUS_PER_TASK": "8", "SLURM_SUBMIT_HOST": "login1"}
    done = subprocess.run(
        ["bash", script], env=told | env, capture_output=True, start_new_session=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    output = script.parent / "output"
    assert (output / "data.jsonl").read_text() == "it's\n$(touch here)\n"
    pairs = (line.partition("=") for line in (output / "env").read_text().splitlines())
    seen = calls.read_text().splitlines() if calls.exists() else []
    return seen, {name: value for name, _, value in pairs}


def test_a_plain_program_is_just_started(tmp_path: Path) -> None:
    calls, env = run(tmp_path, made())

    assert (calls, "MASTER_ADDR" in env) == ([], False)


def test_srun_starts_one_copy_on_each_node(tmp_path: Path) -> None:
    calls, env = run(tmp_path, made(launch="srun"), replace(SITE, srun_options=("--wait=60",)))

    options = "--nodes=2 --ntasks=2 --ntasks-per-node=1 --kill-on-bad-exit=1 --cpus-per-task=8"
    assert calls[0].startswith(f"srun {options} --wait=60 bash -c ")
    assert (env["MASTER_ADDR"], env["MASTER_PORT"]) == ("n1", "20041")


def test_torchrun_meets_on_the_first_node(tmp_path: Path) -> None:
    site = replace(SITE, port=12802, address_suffix="i")

    calls, _ = run(tmp_path, made(launch="torchrun", launch_options=["--max-restarts=1"]), site)

    wanted = (
        "python -m torch.distributed.run --nnodes=2 --nproc-per-node=4 --rdzv-id=41 "
        "--rdzv-backend=c10d --rdzv-endpoint=n1i:12802 --no-python --max-restarts=1 bash -c"
    )
    assert calls[1].startswith(wanted)


@pytest.mark.parametrize("options", [[], ["--use_deepspeed"]])
def test_accelerate_is_told_which_node_it_is_on(tmp_path: Path, options: list[str]) -> None:
    calls, _ = run(tmp_path, made(launch="accelerate", launch_options=options))

    wanted = (
        "python -m accelerate.commands.launch --num_machines=2 --num_processes=8 "
        "--machine_rank=1 --main_process_ip=n1 --main_process_port=20041 "
        "--rdzv_backend=static --mixed_precision=no --dynamo_backend=no "
        f"--no_python {(options or ['--multi_gpu'])[0]} bash -c"
    )
    assert calls[1].startswith(wanted)


def test_a_container_holds_launcher_and_program(tmp_path: Path) -> None:
    inner = Container(
        "apptainer", "$IMAGES/a b.sif", "/o.ext3", ("/data",), ("--cleanenv",), "ENTERED=yes"
    )

    calls, _ = run(
        tmp_path,
        made(launch="torchrun"),
        replace(SITE, container=inner),
        IMAGES="/images",
    )

    wanted = (
        "apptainer exec --nv --overlay /o.ext3:ro --bind /experiments --bind /data --cleanenv "
        '/images/a b.sif bash -c ENTERED=yes || exit; exec -- "$@" otplan python -m torch'
    )
    assert calls[1].startswith(wanted)


def test_a_site_brings_about_its_environment_in_order(tmp_path: Path) -> None:
    site = replace(
        SITE,
        purge=True,
        modules=("gcc/15.1.0", "cuda"),
        prepare=("export PREPARED=$SITE",),
        activate="export ACTIVE=$PREPARED",
        env={"SITE": "it's", "LITERAL": "$HOME"},
        paths={"HF_HOME": "$SCRATCH/it's ${JOB}x"},
        library_paths=("$SCRATCH/lib", "/opt/lib"),
        env_unset=("UNWANTED",),
        umask="027",
    )

    calls, env = run(tmp_path, made(), site, SCRATCH="/s", JOB="7", UNWANTED="1")

    assert calls == ["module purge", "module load gcc/15.1.0 cuda"]
    assert (env["ACTIVE"], env["LITERAL"], env["HF_HOME"]) == ("it's", "$HOME", "/s/it's 7x")
    assert env["LD_LIBRARY_PATH"] == "/s/lib:/opt/lib:"
    assert "UNWANTED" not in env
    assert (tmp_path / "run" / "done.json").stat().st_mode & 0o777 == 0o640


def test_a_variable_that_is_not_set_ends_the_job_before_its_program(tmp_path: Path) -> None:
    site = replace(SITE, paths={"HF_HOME": "$NOWHERE/hub"})

    with pytest.raises(AssertionError, match="NOWHERE: is not set"):
        run(tmp_path, made(), site)

    assert not (tmp_path / "run" / "attempt-1" / "output" / "data.jsonl").exists()


@pytest.mark.parametrize(
    ("internet", "where", "offline"),
    [
        ("compute", Where.COMPUTE, False),
        ("", Where.COMPUTE, False),
        ("login", Where.COMPUTE, True),
        ("none", Where.INTERNET, True),
        ("partition:net", Where.COMPUTE, True),
        ("partition:net", Where.INTERNET, False),
    ],
)
def test_who_has_no_internet_does_not_wait_for_it(
    tmp_path: Path, internet: str, where: Where, *, offline: bool
) -> None:
    _, env = run(tmp_path, made(where=where), replace(SITE, internet=internet))

    found = {env.get(name) for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE")}
    assert found == ({"1"} if offline else {None})
    assert env.get("WANDB_MODE") == ("offline" if offline else None)


def test_a_run_of_wandb_has_an_id_that_the_program_cannot_choose(tmp_path: Path) -> None:
    watched = made(wandb={"entity": "team", "project": "p"})
    free = replace(watched.program, env={"WANDB_RUN_ID": "mine"})

    _, env = run(tmp_path, replace(watched, program=free))

    assert env["WANDB_RUN_ID"] == token("", watched.fingerprint)
    assert env["WANDB_RESUME"] == "allow"
    assert env["WANDB_DIR"] == str(tmp_path / "run")


def test_a_proxy_is_told_in_a_file_of_the_attempt(tmp_path: Path) -> None:
    site = replace(SITE, internet="login", proxy=Proxy("10.0.0.1", 1080))

    calls, env = run(tmp_path, made(internet="it"), site)

    config = tmp_path / "run" / "attempt-1" / "proxychains.conf"
    assert calls[0].startswith(f"proxychains4 -q -f {config} bash -c")
    assert config.read_text().endswith("[ProxyList]\nsocks5 10.0.0.1 1080\n")
    assert "localnet 127.0.0.0/255.0.0.0\n" in config.read_text()
    assert "HF_HUB_OFFLINE" not in env


def test_a_tunnel_leads_to_where_the_job_was_submitted(tmp_path: Path) -> None:
    site = replace(SITE, internet="login", tunnel=Tunnel("$KEYS/id", "i"))

    calls, _ = run(tmp_path, made(internet="it"), site, KEYS="/k")

    assert "ssh -N -D 127.0.0.1:20041 -i /k/id -o BatchMode=yes" in calls[0]
    assert calls[0].endswith(" login1i")
    assert calls[1].startswith("proxychains4 ")
