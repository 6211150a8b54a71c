"""A real controller for each site, from its cluster file: nodes in State=CLOUD need no slurmd.

All share one munge and one accounting, which `tests/services/slurm accounts` starts. What nobody
knows of a site stands in tests/services/sites.yaml.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from otplan.core.cluster import Bounds, Cluster

SERVICES = Path(__file__).parents[1] / "services"
STAND_INS = yaml.safe_load((SERVICES / "sites.yaml").read_text())
_STRANGE = ("SLURM_", "SBATCH_")
_FIRST_PORT = 40
_USUAL = "usual"
"""The QOS of jobs that name none: accounting's own `normal` is one that a site describes."""


@dataclass(frozen=True, slots=True)
class Lab:
    """Munge and accounting in a folder; its ports are a hundred from `base` on."""

    folder: Path
    base: int

    def run(self, argv: Sequence[str], configuration: Path) -> subprocess.CompletedProcess[str]:
        """Run one of Slurm's programs as this site's."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(_STRANGE)}
        path = f"{kept['PATH']}:/usr/sbin:/sbin"
        env = kept | {"SLURM_CONF": str(configuration), "PATH": path}
        return subprocess.run(argv, env=env, capture_output=True, text=True, check=False)

    def sacctmgr(self, *words: str) -> None:
        """Change the accounting."""
        done = self.run(["sacctmgr", "-i", *words], self.folder / "slurm.conf")
        assert done.returncode == 0, done.stdout + done.stderr


def start(lab: Lab, clusters: Sequence[Cluster]) -> Mapping[str, Path]:
    """Start the controllers of sites; return their configurations once they all answer."""
    found = {one.name: _start(lab, one, number) for number, one in enumerate(clusters)}
    ends = time.monotonic() + 60
    for path in found.values():
        while lab.run(["scontrol", "ping"], path).returncode:
            assert time.monotonic() < ends, (path.parent / "log").read_text()
            time.sleep(0.1)
    return found


def _start(lab: Lab, cluster: Cluster, number: int) -> Path:
    folder = lab.folder / "sites" / cluster.name
    (folder / "state").mkdir(parents=True)
    path = folder / "slurm.conf"
    path.write_text("\n".join([*_common(lab, cluster, folder, number), *nodes(cluster)]) + "\n")
    done = lab.run(["slurmctld", "-i", "-f", str(path)], path)
    assert done.returncode == 0, done.stderr
    return path


def account(lab: Lab, clusters: Sequence[Cluster]) -> None:
    """Let root have jobs on every site, in every QOS that some file describes."""
    lab.sacctmgr("add", "cluster", *(one.name for one in clusters))
    lab.sacctmgr("add", "account", "lab", "Description=lab", "Organization=lab")
    lab.sacctmgr("add", "user", "root", "Account=lab")
    described = {name: bounds for one in clusters for name, bounds in _qos(one)}
    lab.sacctmgr("add", "qos", ",".join({_USUAL, *described} - {"normal"}))
    for name, bounds in described.items():
        if limits := tuple(_limits(bounds)):
            lab.sacctmgr("modify", "qos", name, "set", "Flags=DenyOnLimit", *limits)
    every = ",".join((_USUAL, *described))
    lab.sacctmgr("modify", "user", "root", "set", f"qos={every}", f"defaultqos={_USUAL}")


def _qos(cluster: Cluster) -> Iterator[tuple[str, Bounds]]:
    """Yield the QOS of a site; to the accounting a name means one thing everywhere."""
    yield from ((name, one) for name, one in cluster.qos.items() if one != Bounds())
    yield from ((name, one) for name, one in cluster.qos.items() if name != "normal")


def _limits(bounds: Bounds) -> Iterator[str]:
    if bounds.max_time is not None:
        yield f"MaxWall={bounds.max_time // 60}"
    if bounds.min_nodes is not None:
        yield f"MinTRESPerJob=node={bounds.min_nodes}"
    if bounds.max_nodes is not None:
        yield f"MaxTRESPerJob=node={bounds.max_nodes}"


def _common(lab: Lab, cluster: Cluster, folder: Path, number: int) -> Iterator[str]:
    port = lab.base + _FIRST_PORT + number
    yield f"ClusterName={cluster.name}"
    yield f"SlurmctldHost={os.uname().nodename}(127.0.0.1)"
    yield f"SlurmctldPort={port}"
    # Nobody listens there, and nobody is called.
    yield f"SlurmdPort={lab.base + 99}"
    yield from ("SlurmUser=root", "SlurmdUser=root", "AuthType=auth/munge")
    yield f"AuthInfo=socket={lab.folder}/run/munge.socket"
    yield f"StateSaveLocation={folder}/state"
    yield f"SlurmctldPidFile={folder}/pid"
    yield f"SlurmctldLogFile={folder}/log"
    yield from ("ProctrackType=proctrack/linuxproc", "TaskPlugin=task/none", "MpiDefault=none")
    yield from ("SwitchType=switch/none", "SelectType=select/cons_tres")
    yield from ("SelectTypeParameters=CR_Core_Memory", "GresTypes=gpu")
    yield from ("SuspendProgram=/bin/true", "ResumeProgram=/bin/true", "SuspendTime=300")
    # What no partition takes is refused at once, and not left to wait for ever.
    yield "EnforcePartLimits=ALL"
    yield "AccountingStorageType=accounting_storage/slurmdbd"
    yield "AccountingStorageHost=127.0.0.1"
    yield f"AccountingStoragePort={lab.base + 2}"
    yield f"AccountingStoragePass={lab.folder}/run/munge.socket"
    yield "AccountingStorageEnforce=associations,limits,qos"
    if licenses := cluster.facts.get("options", {}).get("licenses"):
        yield f"Licenses={licenses}"


def nodes(cluster: Cluster) -> Iterator[str]:
    """Yield the lines of a site's nodes and partitions; each partition has nodes of its own."""
    partitions = cluster.partitions or {STAND_INS["partition"]: Bounds()}
    default = cluster.default_partition or next(iter(partitions))
    for number, (name, bounds) in enumerate(partitions.items()):
        count = bounds.nodes or cluster.facts.get("nodes") or STAND_INS["nodes"]
        groups = [f"site{number}-[1-{count}]"]
        if name == default:
            groups += [one.nodes for one in cluster.exclusions]
        for group in groups:
            yield f"NodeName={group} {' '.join(_node(cluster, name, bounds))} State=CLOUD"
        words = [f"PartitionName={name}", f"Nodes={','.join(groups)}", "State=UP"]
        words += ["Default=YES"] if name == default else []
        yield " ".join([*words, *_bounds(cluster, bounds)])


def _node(cluster: Cluster, partition: str, bounds: Bounds) -> Iterator[str]:
    cpus, memory = (
        getattr(bounds, field) or getattr(cluster, field) or STAND_INS[field]
        for field in ("cpus", "memory")
    )
    gpus = cluster.gpus if bounds.gpus is None else bounds.gpus
    yield f"CPUs={cpus} RealMemory={memory}"
    usual = cluster.facts.get("default_gpu_type", "")
    type_ = next((one for one in cluster.gpu_types if one in partition), usual)
    if gpus and cluster.facts.get("gpu_directive") != "none":
        yield f"Gres=gpu:{type_}:{gpus}" if type_ else f"Gres=gpu:{gpus}"
    wanted = cluster.gpu_types.get(type_) or cluster.facts.get("constraint", "")
    if features := ",".join(re.split(r"[&|]", wanted)):
        yield f"Features={features}"


def _bounds(cluster: Cluster, bounds: Bounds) -> Iterator[str]:
    longest = [one for one in (bounds.max_time, cluster.max_time) if one is not None]
    if longest:
        yield f"MaxTime={min(longest) // 60}"
    if bounds.min_nodes is not None:
        yield f"MinNodes={bounds.min_nodes}"
    if bounds.max_nodes is not None:
        yield f"MaxNodes={bounds.max_nodes}"
