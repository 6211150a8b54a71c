"""Which manifest it is: the same for everybody who cloned the repository."""

import os
import subprocess
from pathlib import Path

import pytest

from otplan.errors import OtplanError
from otplan.render.identity import dirty, identify, known_as
from otplan.shell.here import Here

HERE = Here()


def git(folder: Path, *words: str) -> str:
    author = ("-c", "user.name=ada", "-c", "user.email=ada@example.org")
    argv = ["git", *author, "-C", str(folder), *words]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "manifests").mkdir(parents=True)
    (folder / "manifests" / "words.yaml").write_text("otplan: 1\n")
    git(folder, "init")
    git(folder, "add", ".")
    return folder


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://ada:token@Example.org/ada/words.git", "example.org/ada/words"),
        ("https://example.org:8443/ada/words?token=x#y", "example.org/ada/words"),
        ("git@example.org:ada/words.git", "example.org/ada/words"),
        ("example.org:ada/words", "example.org/ada/words"),
        ("ssh://git@example.org:22/ada/words/", "example.org/ada/words"),
        ("/srv/git/words.git", "/srv/git/words"),
        ("../words", "../words"),
    ],
)
def test_a_remote_is_known_alike_however_it_is_reached(url: str, name: str) -> None:
    assert known_as(url) == name


def test_a_manifest_is_known_by_its_remote_and_its_path_in_the_repository(project: Path) -> None:
    git(project, "commit", "-m", "Begin")
    git(project, "remote", "add", "backup", "https://other.example.org/x")
    git(project, "remote", "add", "origin", "https://ada:token@example.org/ada/words.git")

    found = identify(str(project / "manifests" / "words.yaml"), HERE)

    assert found.manifest == "example.org/ada/words:manifests/words.yaml"
    assert found.root == str(project)
    assert found.path == str(project / "manifests" / "words.yaml")
    assert found.commit == git(project, "rev-parse", "HEAD")


def test_without_a_remote_it_is_known_by_host_and_real_path(project: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(project)

    found = identify(str(tmp_path / "link" / "manifests" / "words.yaml"), HERE)

    assert found.manifest == f"{os.uname().nodename}:{project}/manifests/words.yaml"
    assert (found.root, found.commit) == (str(project), "")


def test_without_git_it_has_no_root(tmp_path: Path) -> None:
    found = identify(str(tmp_path / "words.yaml"), HERE)

    assert (found.root, found.commit) == ("", "")
    assert found.manifest.endswith(f":{tmp_path}/words.yaml")


def test_git_that_is_not_installed_is_as_none(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "env").symlink_to("/usr/bin/env")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    assert identify(str(project / "manifests" / "words.yaml"), HERE).root == ""


def test_a_hook_of_another_repository_does_not_lead_astray(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere/.git")

    assert identify(str(project / "manifests" / "words.yaml"), HERE).root == str(project)


def test_a_repository_that_git_refuses_is_not_taken_for_none(project: Path) -> None:
    (project / ".git" / "config").write_text("[broken\n")

    with pytest.raises(OtplanError, match="git does not speak of"):
        identify(str(project / "manifests" / "words.yaml"), HERE)


def test_edits_of_tracked_files_make_it_dirty_and_new_files_do_not(project: Path) -> None:
    git(project, "commit", "-m", "Begin")
    (project / "new").write_text("x")

    before = dirty(str(project), HERE)
    (project / "manifests" / "words.yaml").write_text("otplan: 2\n")

    assert (before, dirty(str(project), HERE)) == (False, True)
