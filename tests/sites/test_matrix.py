"""Every kind on every site, started in every way: rendered, checked, and taken by a controller."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import pytest

from otplan.core.address import Address
from otplan.core.job import Order
from otplan.core.stage import Draft, Limits, Stage
from otplan.kinds.settle import settled
from otplan.lint.matrix import PROBES, Cell, Verdict, matrix
from otplan.lint.site import refusals
from otplan.load import clusters
from otplan.render.script import files
from otplan.render.values import Input, Setting
from otplan.schedulers.slurm import argv
from tests.render.scripts import OTHER, attempt, stage
from tests.sites.lab import SERVICES, Lab, account, start

NAMES = [name for name in clusters.names(beside="", user="") if name != "local"]
CLUSTERS = {name: clusters.load(name, beside="", user="", root="/repo") for name in NAMES}
CELLS = matrix(CLUSTERS.values())
ALLOWED = [cell for cell in CELLS if cell.verdict in (Verdict.YES, Verdict.UNKNOWN)]
READ = (Input("RUN", "what came before", OTHER, ("/experiments/before",)),)
Which: TypeAlias = tuple[str, str, str]
"""A cluster, a stage, and a way to start it."""

ON_SLURM = [name for name, one in CLUSTERS.items() if one.scheduler == "slurm"]


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Mapping[Which, Path]:
    """Return the script of every cell that is not refused."""
    folder = tmp_path_factory.mktemp("scripts")
    made = {}
    for number, cell in enumerate(ALLOWED):
        what = _stage(cell)
        where = Setting("matrix", cell.on, "/code", READ)
        path = made[_which(cell)] = folder / f"{number:03}.sh"
        path.write_bytes(files(what, attempt(what, "/run"), where)["script.sh"])
    return made


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, tuple[Lab, Path]]]:
    """Start a controller for every site with Slurm, and stop them all."""
    # A socket's path may have 107 characters.
    folder = tmp_path_factory.mktemp("lab")
    env = {k: v for k, v in os.environ.items() if k != "OTPLAN_LAB_RELEASE"}
    env |= {"OTPLAN_LAB": str(folder)}
    services = str(SERVICES / "slurm")
    try:
        up = subprocess.run([services, "accounts"], env=env, capture_output=True, check=False)
        assert up.returncode == 0, up.stderr.decode()
        lab = Lab(folder, int((folder / "base").read_text()))
        account(lab, [CLUSTERS[name] for name in ON_SLURM])
        started = start(lab, [CLUSTERS[name] for name in ON_SLURM])
        yield {name: (lab, path) for name, path in started.items()}
    finally:
        subprocess.run([services, "down"], env=env, capture_output=True, check=False)


def test_every_cluster_takes_what_it_is_recommended_for() -> None:
    first = {probe.kind: probe.name for probe in reversed(PROBES)}

    best = {
        (cell.cluster, cell.kind): cell
        for cell in ALLOWED
        if cell.advised and cell.name in first.values() and cell.way == "plain"
    }

    wanted = {(name, kind) for name, one in CLUSTERS.items() for kind in one.kinds}
    assert wanted <= best.keys()


def test_every_script_is_a_script(scripts: Mapping[Which, Path]) -> None:
    done = subprocess.run(
        ["sh", "-c", 'for script; do bash -n "$script" || exit; done', "sh", *scripts.values()],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert len(scripts) > len(NAMES) * 8


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_shellcheck_finds_nothing_in_any_script(scripts: Mapping[Which, Path]) -> None:
    if not shutil.which("shellcheck"):
        pytest.skip("shellcheck is not installed: `apt-get install shellcheck`")
    done = subprocess.run(
        ["shellcheck", *_distinct(scripts.values())], capture_output=True, text=True, check=False
    )

    assert done.stdout == ""


@pytest.mark.services
@pytest.mark.parametrize("name", ON_SLURM)
def test_the_sites_controller_takes_what_its_file_allows(
    name: str, scripts: Mapping[Which, Path], sites: Mapping[str, tuple[Lab, Path]]
) -> None:
    cells = [cell for cell in ALLOWED if cell.on.name == name]

    tried = ((cell, _tried(sites[name], cell.stage, scripts[_which(cell)])) for cell in cells)

    assert {_which(cell): said for cell, said in tried if said} == {}


@pytest.mark.services
@pytest.mark.parametrize(
    ("name", "limits", "options"),
    [
        ("leonardo", Limits(nodes=64, gpus=4, time=60), {"qos": "boost_qos_bprod"}),
        ("leonardo", Limits(nodes=65, gpus=4, time=60), {}),
        ("leonardo", Limits(gpus=4, time=3600), {"qos": "boost_qos_dbg"}),
        ("leonardo", Limits(cpus=5, time=60), {"partition": "lrd_all_serial"}),
        ("jupiter", Limits(gpus=4, time=13 * 3600), {}),
        ("vista", Limits(gpus=1, time=49 * 3600), {}),
        ("juwels", Limits(nodes=937, gpus=4, time=60), {}),
        ("nyutorch", Limits(gpus=8, time=60, gpu_type="a100"), {}),
        ("nyutorch", Limits(gpus=8, time=72 * 3600), {"qos": "gpu48"}),
    ],
)
def test_what_is_refused_by_the_file_is_refused_by_the_controller(
    name: str,
    limits: Limits,
    options: Mapping[str, str],
    scripts: Mapping[Which, Path],
    sites: Mapping[str, tuple[Lab, Path]],
) -> None:
    cell = next(one for one in ALLOWED if one.cluster == name and one.kind == "script")
    bare = Draft("run", "script.run", {}, {}, cell.stage.program, limits, options=options)
    asked = settled("script", bare, CLUSTERS[name])

    by_file = list(refusals(asked, CLUSTERS[name]))

    assert by_file
    assert _tried(sites[name], asked, scripts[_which(cell)]) != ""


def _tried(site: tuple[Lab, Path], draft: Draft, script: Path) -> str:
    """Return why a site's controller would not take a job; empty where it would."""
    lab, configuration = site
    facts = CLUSTERS[configuration.parent.name].facts
    order = Order(
        "probe", str(script), "/", "/dev/null", "matrix", draft.limits, options=draft.options
    )
    words = argv.sbatch(
        order,
        requeue=True,
        gpus=facts.get("gpu_directive", "gres"),
        memory=facts.get("memory_option", True),
    )
    asked = [word if word != "--parsable" else "--test-only" for word in words]
    done = lab.run(asked, configuration)
    return "" if done.returncode == 0 else f"{' '.join(asked)}\n{done.stderr}"


def _which(cell: Cell) -> Which:
    return cell.cluster, cell.name, cell.way


def _stage(cell: Cell) -> Stage:
    made = cell.stage
    return stage(
        addresses=(Address(cell.kind, "probe"),),
        role=made.role,
        template=made.template,
        cluster=cell.on.name,
        program=made.program,
        limits=made.limits,
        options=made.options,
        where=made.where,
    )


def _distinct(scripts: Iterable[Path]) -> Iterator[Path]:
    """Yield the scripts in which lines stand, or follow each other, as in none before."""
    seen: set[tuple[str, str]] = set()
    for script in scripts:
        lines = [line for line in script.read_text().splitlines() if not line.startswith("#")]
        if fresh := set(pairwise(lines)) - seen:
            seen |= fresh
            yield script
