"""Cluster files as clusters, or as findings with their lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator

from otplan import shipped
from otplan.core.cluster import Cluster
from otplan.errors import ManifestInvalid, OtplanError, Place
from otplan.lint.codes import CODES
from otplan.load import clusters
from otplan.load.cluster_check import schema


def _load(folder: Path, text: str | bytes) -> Cluster:
    file = folder / "clusters" / "mine.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return clusters.load("mine", beside=str(folder), user="", root="/repo")


def test_the_shipped_cluster_is_this_machine() -> None:
    found = clusters.load("local", beside="", user="", root="/repo")

    assert (found.scheduler, found.login, found.python) == ("local", "here", "python3")
    assert found.experiments_dir == "/repo/.otplan"
    assert (found.cpus, found.gpus, found.env) == (None, None, {})
    assert found.facts["nodes"] == 1


@pytest.mark.parametrize("file", sorted(shipped.folder("clusters").glob("*.yaml")))
def test_every_shipped_cluster_is_valid_by_its_schema(file: Path) -> None:
    schema = json.loads((shipped.folder("schema") / "cluster.schema.json").read_text())

    Draft7Validator.check_schema(schema)
    Draft7Validator(schema).validate(yaml.safe_load(file.read_text()))


def test_everything_a_file_says_is_in_the_cluster(tmp_path: Path) -> None:
    text = """
        scheduler: local
        experiments_dir: /scratch/runs
        login: login.example.org
        cpus: 8
        gpus: 4
        env: {A: "1"}
        time_required: true
        """

    found = _load(tmp_path, text)

    assert found == Cluster(
        name="mine",
        scheduler="local",
        experiments_dir="/scratch/runs",
        place=Place(str(tmp_path / "clusters" / "mine.yaml"), 1, 1),
        login="login.example.org",
        cpus=8,
        gpus=4,
        env={"A": "1"},
        facts={"time_required": True},
    )


def test_the_home_of_this_machine_is_filled_in(tmp_path: Path, home: Path) -> None:
    found = _load(tmp_path, "{scheduler: local, experiments_dir: ~/runs, secrets: ~/s}")

    assert (found.experiments_dir, found.secrets) == (f"{home}/runs", f"{home}/s")


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("scheduler: [", "OT620", 1),
        ("- a", "OT620", 1),
        ("", "OT620", 1),
        ("1: 2", "OT620", 1),
        ("scheduler: !custom a", "OT620", 1),
        (b"\xff\xfe\x00", "OT620", 0),
        ("[" * 5000, "OT620", 0),
        ("scheduler: local\nscheduler: local", "OT621", 2),
        ("{scheduler: local, scheduler: local}", "OT621", 1),
        ("scheduler: local\nenv:\n  A: '1'\n  A: '2'", "OT621", 4),
        ("scheduler: local\ncpu: 3", "OT622", 2),
        ("scheduler: local\ncpus: many", "OT623", 2),
        ("scheduler: local\ncpus: true", "OT623", 2),
        ("scheduler: local\ncpus: 0", "OT623", 2),
        ("scheduler: local\npython: ''", "OT623", 2),
        ("scheduler: local\nenv: {A: 1}", "OT623", 2),
        ("scheduler: local\nexperiments_dir: runs", "OT623", 2),
        ("scheduler: null", "OT623", 1),
        ("cpus: 1", "OT624", 1),
        ("scheduler: local\nlogin: other", "OT624", 1),
        ("{scheduler: slurm, experiments_dir: /x,\nlogin: -oProxyCommand=id}", "OT623", 2),
        ("{scheduler: slurm, experiments_dir: /x,\nlogin: a b}", "OT623", 2),
        ("{scheduler: slurm, login: far,\nexperiments_dir: ~/x}", "OT623", 2),
        ("{scheduler: slurm, login: far, experiments_dir: /x,\nsecrets: ~/s}", "OT623", 2),
        ("{scheduler: slurm, login: far, experiments_dir: /x,\nactivate: ~/a}", "OT623", 2),
        ("scheduler: local\nenv: &a {A: *a}", "OT623", 2),
        ("base: nowhere", "OT625", 1),
        ("scheduler: slurm\nhosts:\n- '('", "OT623", 3),
        ("scheduler: slurm\ndefault_time: 24:00:00", "OT623", 2),
        ("scheduler: slurm\ninternet: sometimes", "OT623", 2),
        ("scheduler: slurm\npartitions:\n  gpu: {max_node: 3}", "OT622", 3),
        ("scheduler: slurm\nexclusions:\n- {nodes: n1}", "OT624", 3),
        ("scheduler: slurm\nvariants:\n  eval: {scheduler: local}", "OT622", 3),
        ("scheduler: slurm\ncontainer: {image: x}", "OT624", 2),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, text: str | bytes, code: str, line: int
) -> None:
    with pytest.raises(ManifestInvalid) as caught:
        _load(tmp_path, text)

    (found,) = caught.value.diagnostics
    assert found.place is not None
    assert (found.code, found.place.line) == (code, line)
    assert found.place.path == str(tmp_path / "clusters" / "mine.yaml")
    assert found.help
    assert code in CODES


def test_all_that_is_wrong_is_told_at_once_in_order(tmp_path: Path) -> None:
    with pytest.raises(ManifestInvalid) as caught:
        _load(tmp_path, "cpus: many\nfoo: 1\ngpus: -1")

    assert [each.code for each in caught.value.diagnostics] == ["OT624", "OT623", "OT622", "OT623"]


def test_a_misspelt_key_is_recognised(tmp_path: Path) -> None:
    with pytest.raises(ManifestInvalid) as caught:
        _load(tmp_path, "scheduler: local\nexperiment_dir: /x")

    assert caught.value.diagnostics[0].help == "Did you mean `experiments_dir`?"


@pytest.mark.parametrize("name", ["gone", "../local", ""])
def test_an_unknown_cluster_says_which_are_known(name: str) -> None:
    with pytest.raises(OtplanError, match="There is no cluster") as caught:
        clusters.load(name, beside="", user="", root="/repo")

    assert "local" in caught.value.help


def test_names_are_those_of_all_folders(tmp_path: Path) -> None:
    _load(tmp_path, "scheduler: local")

    found = clusters.names(beside=str(tmp_path), user="")

    assert {"local", "mine"} < set(found)
    assert list(found) == sorted(found)


def test_a_file_with_a_base_says_only_what_differs(tmp_path: Path) -> None:
    text = """
        base: vista
        experiments_dir: /scratch/me
        env: {NCCL_PROTO: LL, MINE: "1"}
        cpu_partition: null
        """

    found, base = _load(tmp_path, text), clusters.load("vista", beside="", user="", root="/r")

    assert (found.name, found.experiments_dir) == ("mine", "/scratch/me")
    assert found.env == {**base.env, "NCCL_PROTO": "LL", "MINE": "1"}
    assert (found.cpu_partition, base.cpu_partition) == ("", "gg")
    assert (found.partitions, found.exclusions) == (base.partitions, base.exclusions)


@pytest.mark.parametrize(
    ("activate", "line"),
    [("/venv/bin/activate", ". /venv/bin/activate"), ("conda activate x", "conda activate x")],
)
def test_a_path_to_activate_is_sourced(tmp_path: Path, activate: str, line: str) -> None:
    found = _load(tmp_path, f"scheduler: slurm\nactivate: {activate}")

    assert found.activate == line


def test_a_variant_is_the_cluster_with_what_differs(tmp_path: Path) -> None:
    text = """
        scheduler: slurm
        modules: [gcc, cuda]
        env: {A: "1"}
        exclusive: true
        variants: {eval: {modules: [cuda], env: {B: "2"}, exclusive: false}}
        """

    found = _load(tmp_path, text).seen_by("run", "eval")

    assert (found.modules, found.env) == (("cuda",), {"A": "1", "B": "2"})
    assert found.facts["exclusive"] is False


def test_times_and_memory_are_read_in_seconds_and_mebibytes(tmp_path: Path) -> None:
    text = """
        scheduler: slurm
        memory: 2G
        default_time: "1-00:00:00"
        time_by_nodes: [{nodes: 8, time: "2:00:00"}]
        partitions: {gpu: {max_time: "30", memory: 512M}}
        """

    found = _load(tmp_path, text)

    assert (found.memory, found.default_time) == (2048, 86_400)
    assert (found.whole.longest(8), found.whole.longest(9)) == (7200, None)
    assert (found.partitions["gpu"].max_time, found.partitions["gpu"].memory) == (1800, 512)


@pytest.mark.parametrize("name", clusters.names(beside="", user=""))
def test_what_a_shipped_cluster_says_fits_together(name: str) -> None:
    found = clusters.load(name, beside="", user="", root="/repo")

    named = {found.default_partition, found.cpu_partition, found.internet_partition} - {""}
    assert named <= set(found.partitions)
    assert {found.default_qos} - {""} <= set(found.qos)
    assert set(found.facts.get("dates", {})) <= set(schema()["properties"])
    assert name == "local" or (found.hosts and found.kinds and found.facts["as_of"])
