"""Before the first job: what a check of a cluster finds, on this machine."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from otplan.core.check import Check, State
from otplan.core.cluster import Cluster, Container
from otplan.core.site import Association, SiteLimits
from otplan.errors import Place
from otplan.operations.checking import Site, check
from otplan.shell.here import Here

SECRET = "hf_" + "a1B2" * 8


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    return Cluster("c", "slurm", str(tmp_path / "experiments"), Place("c.yaml"))


def found(cluster: Cluster, what: str, **site: Any) -> list[Check]:  # noqa: ANN401 - any field of it
    usual: dict[str, Any] = {"limits": None, "belongs": (), "root": ""} | site
    return [one for one in check(Site(cluster, Here(), **usual)) if one.what == what]


def state(cluster: Cluster, what: str, **site: Any) -> list[str]:  # noqa: ANN401 - any field of it
    return [one.state.value for one in found(cluster, what, **site)]


@pytest.mark.parametrize(
    ("changes", "belongs", "told"),
    [
        ({"hosts": ("x",)}, (), "missing"),
        ({"hosts": ("x",)}, ("c",), "ok"),
        ({"login": "far", "hosts": ("x",)}, (), "ok"),
        ({}, (), "ok"),
    ],
)
def test_the_host_is_one_of_the_cluster_or_reached_by_ssh(
    cluster: Cluster, changes: dict[str, Any], belongs: tuple[str, ...], told: str
) -> None:
    assert state(replace(cluster, **changes), "host", belongs=belongs) == [told]


def test_the_environment_is_entered_as_a_script_does_it(cluster: Cluster) -> None:
    made = replace(
        cluster,
        prepare=('module() { loaded=$2; [ "$2" != nowhere ]; }',),
        modules=("gcc",),
        activate='[ "$loaded" = gcc ]',
    )
    wrong = replace(made, modules=("nowhere",))

    assert state(made, "modules") == state(made, "environment") == ["ok"]
    assert (state(wrong, "modules"), state(wrong, "environment")) == (["missing"], [])


def test_a_python_that_is_not_there_is_missing(cluster: Cluster) -> None:
    assert state(replace(cluster, python="/nowhere/python"), "python") == ["missing"]


def test_variables_that_paths_name_must_be_set(cluster: Cluster) -> None:
    lacking = replace(cluster, paths={"A": "$NOT_SET_ANYWHERE/x"}, library_paths=("$HOME/lib",))
    fine = replace(cluster, paths={"A": "$HOME/x", "B": "/local/$SLURM_JOB_ID"})
    inner = replace(cluster, container=Container("apptainer-of-nowhere", "/i.sif"))

    (missing,) = found(lacking, "variables")

    assert (missing.state, "NOT_SET_ANYWHERE" in missing.said) == (State.MISSING, True)
    assert state(fine, "variables") == ["ok"]
    assert state(inner, "container") == ["missing"]


def test_a_secrets_file_is_there_closed_and_without_rights_to_the_database(
    cluster: Cluster, tmp_path: Path
) -> None:
    file = tmp_path / "secrets.env"
    made = replace(cluster, secrets=str(file))
    absent = state(made, "secrets")
    file.write_text(f"export HF_TOKEN={SECRET}\nSUPABASE_KEY=x\n")
    file.chmod(0o644)
    open_, rights = found(made, "secrets"), found(made, "tokens")
    file.write_text(f"export HF_TOKEN={SECRET}\n")
    file.chmod(0o600)

    assert (absent, state(cluster, "secrets")) == (["missing"], ["advice"])
    assert ["SUPABASE_KEY" in one.said for one in open_] == [True, False]
    assert "others can read" in open_[1].said
    assert "HF_TOKEN is there" in rights[0].said
    assert state(made, "secrets") == []
    assert SECRET not in str([*check(Site(made, Here(), None, (), ""))])


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (None, "unknown"),
        (SiteLimits(at=0), "unknown"),
        (SiteLimits(at=0, associations=()), "missing"),
        (SiteLimits(at=0, associations=(Association("lab"),)), "ok"),
    ],
)
def test_accounts_are_those_the_site_names(
    cluster: Cluster, limits: SiteLimits | None, told: str
) -> None:
    assert state(cluster, "accounts", limits=limits) == [told]


def test_experiments_can_be_written_and_have_room(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    wrong = replace(cluster, experiments_dir=str(tmp_path / "file" / "x"))

    assert (state(cluster, "experiments"), state(wrong, "experiments")) == (["ok"], ["missing"])
    assert all("% used" in one.said for one in found(cluster, "space"))


def test_submodules_that_are_not_checked_out_are_missing(cluster: Cluster, tmp_path: Path) -> None:
    def git(folder: Path, *words: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always"]
        subprocess.run(
            ["git", "-C", str(folder), *identity, *words], check=True, capture_output=True
        )

    inner, outer = tmp_path / "inner", tmp_path / "outer"
    for folder in (inner, outer):
        folder.mkdir()
        git(folder, "init")
    git(inner, "commit", "--allow-empty", "-m", "x")
    git(outer, "submodule", "add", str(inner), "sub")
    there = state(cluster, "submodules", root=str(outer))
    git(outer, "submodule", "deinit", "-f", "sub")

    (missing,) = found(cluster, "submodules", root=str(outer))

    assert there == ["ok"]
    assert (missing.state, missing.help) == (State.MISSING, "git submodule update --init sub")


@pytest.mark.parametrize(
    ("names", "variables", "told"),
    [
        (("login1.site.org",), {}, True),
        (("login1",), {}, False),
        (("login1.site.org.evil",), {}, False),
        (("x",), {"SITE": "c"}, True),
        (("x",), {"SITE": "d"}, False),
    ],
)
def test_a_host_is_told_by_its_whole_name_or_a_variable(
    cluster: Cluster, names: tuple[str, ...], variables: dict[str, str], *, told: bool
) -> None:
    made = replace(cluster, hosts=(r"login\d+[.]site[.]org",), host_env={"SITE": "c"})

    assert made.has_host(names, variables) is told
    assert cluster.has_host(names, variables) is False
