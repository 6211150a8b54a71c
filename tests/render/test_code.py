"""Code exports: whole, once, and untouched by what is edited later."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from otplan.errors import OtplanError
from otplan.render.code import export, live
from otplan.render.tree import Sources, gather
from otplan.shell.here import Here
from otplan.shell.protocol import Completed

HERE = Here()


def git(folder: Path, *words: str) -> None:
    author = ("-c", "user.name=ada", "-c", "user.email=ada@example.org")
    allowed = ("-c", "protocol.file.allow=always", "-c", "init.defaultBranch=main")
    subprocess.run(
        ["git", *author, *allowed, "-C", folder, *words], check=True, capture_output=True
    )


class Dying(Here):
    """A host that is gone after so many commands and writes."""

    def __init__(self, left: int) -> None:
        self.left = left

    def run(self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float = 120.0) -> Completed:
        self._live()
        return super().run(argv, stdin=stdin, timeout=timeout)

    def write(self, folder: str, files: Mapping[str, bytes], *, executable: bool = False) -> None:
        self._live()
        super().write(folder, files, executable=executable)

    def _live(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a repository with a manifest in a folder of its own, and programs around it."""
    folder = tmp_path / "project"
    (folder / "manifests" / "words").mkdir(parents=True)
    (folder / "manifests" / "words.yaml").write_text("otplan: 1\n")
    (folder / "manifests" / "words" / "train.py").write_text("print(1)\n")
    (folder / "run.sh").write_text("true\n")
    (folder / "run.sh").chmod(0o755)
    (folder / "latest").symlink_to("manifests/words")
    git(folder, "init")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "Begin")
    return folder


def sources(project: Path, *named: str, only: tuple[str, ...] = ()) -> Sources:
    return Sources(f"{project}/manifests/words.yaml", str(project), named, only)


def exported(tmp_path: Path, what: Sources) -> Path:
    """Return the folder programs start in."""
    return Path(export(gather(what, HERE), HERE, str(tmp_path / "experiments")))


def paths(root: Path) -> set[str]:
    found = (path for path in root.rglob("*") if path.is_symlink() or path.is_file())
    return {path.relative_to(root).as_posix() for path in found}


def test_an_export_holds_the_tracked_tree_with_modes_and_links(
    tmp_path: Path, project: Path
) -> None:
    start = exported(tmp_path, sources(project))

    root = start.parent
    assert start.name == "manifests"
    assert (start / "words" / "train.py").read_text() == "print(1)\n"
    assert os.access(root / "run.sh", os.X_OK)
    assert not os.access(start / "words.yaml", os.X_OK)
    assert (root / "latest").readlink() == Path("manifests/words")


def test_an_export_has_edits_that_are_not_committed_and_lacks_what_was_deleted(
    tmp_path: Path, project: Path
) -> None:
    (project / "manifests" / "words" / "train.py").write_text("print(2)\n")
    (project / "run.sh").unlink()
    (project / "untracked").write_text("x")

    start = exported(tmp_path, sources(project))

    assert (start / "words" / "train.py").read_text() == "print(2)\n"
    assert not (start.parent / "run.sh").exists()
    assert not (start.parent / "untracked").exists()


@pytest.mark.skipif(not shutil.which("sed"), reason="git submodule add is a script that needs sed")
def test_an_export_has_what_submodules_track(tmp_path: Path, project: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "lib.py").write_text("x\n")
    git(inner, "init")
    git(inner, "add", ".")
    git(inner, "commit", "-m", "Begin")
    git(project, "submodule", "add", str(inner), "lib")

    start = exported(tmp_path, sources(project))

    assert (start.parent / "lib" / "lib.py").read_text() == "x\n"


def test_a_named_file_is_exported_though_it_is_untracked(tmp_path: Path, project: Path) -> None:
    (project / "manifests" / "new.py").write_text("new\n")

    start = exported(tmp_path, sources(project, "new.py"))

    assert (start / "new.py").read_text() == "new\n"


def test_a_named_file_outside_the_repository_keeps_its_place_relative_to_the_manifest(
    tmp_path: Path, project: Path
) -> None:
    (tmp_path / "shared.py").write_text("shared\n")

    start = exported(tmp_path, sources(project, "../../shared.py"))

    assert (start / "../../shared.py").read_text() == "shared\n"
    assert (start / "words" / "train.py").exists()


def test_a_named_link_is_exported_as_the_file_it_leads_to(tmp_path: Path, project: Path) -> None:
    (tmp_path / "real.py").write_text("real\n")
    (project / "manifests" / "linked.py").symlink_to(tmp_path / "real.py")

    start = exported(tmp_path, sources(project, "linked.py"))

    assert not (start / "linked.py").is_symlink()
    assert (start / "linked.py").read_text() == "real\n"


def test_without_git_only_named_files_are_exported(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "a.py").write_text("a\n")
    (tmp_path / "plain" / "b.py").write_text("b\n")

    start = exported(tmp_path, Sources(f"{tmp_path}/plain/words.yaml", named=("a.py",)))

    assert paths(start) == {"a.py"}


def test_paths_given_as_code_replace_the_tracked_tree(tmp_path: Path, project: Path) -> None:
    (project / "manifests" / "words" / "untracked.py").write_text("x\n")
    (project / "manifests" / "words" / "up").symlink_to("..")
    (project / "manifests" / "words" / "__pycache__").mkdir()
    (project / "manifests" / "words" / "__pycache__" / "x.pyc").write_text("x\n")

    start = exported(tmp_path, sources(project, only=("words",)))

    assert paths(start) == {"words/train.py", "words/untracked.py", "words/up"}


def test_the_digest_follows_content_mode_and_path_and_nothing_else(project: Path) -> None:
    first = gather(sources(project), HERE).digest
    train = project / "manifests" / "words" / "train.py"
    os.utime(train, (1, 1))
    touched = gather(sources(project), HERE).digest
    train.write_text("print(2)\n")
    edited = gather(sources(project), HERE).digest
    train.chmod(0o755)
    executable = gather(sources(project), HERE).digest
    git(project, "mv", "manifests/words/train.py", "manifests/words/learn.py")
    moved = gather(sources(project), HERE).digest

    assert touched == first
    assert len({first, edited, executable, moved}) == 4


def test_a_second_export_of_the_same_tree_writes_nothing(tmp_path: Path, project: Path) -> None:
    start = exported(tmp_path, sources(project))
    (start / "words" / "train.py").write_text("kept as it is\n")

    again = export(gather(sources(project), HERE), Dying(0), str(tmp_path / "experiments"))

    assert again == str(start)
    assert (start / "words" / "train.py").read_text() == "kept as it is\n"


def test_many_exporters_at_once_leave_one_whole_tree(tmp_path: Path, project: Path) -> None:
    tree = gather(sources(project), HERE)

    with ThreadPoolExecutor(8) as pool:
        starts = set(pool.map(lambda _: export(tree, HERE, str(tmp_path / "x")), range(8)))

    assert len(starts) == 1
    assert [path.name for path in (tmp_path / "x" / "code").iterdir()] == [tree.digest]
    assert len(paths(tmp_path / "x" / "code" / tree.digest)) == len(tree.entries)


@pytest.mark.parametrize("left", range(6))
def test_an_exporter_killed_at_any_step_leaves_no_half_tree_under_its_name(
    tmp_path: Path, project: Path, left: int
) -> None:
    tree = gather(sources(project), HERE)

    with pytest.raises(KeyboardInterrupt):
        export(tree, Dying(left), str(tmp_path / "x"))

    assert not (tmp_path / "x" / "code" / tree.digest).exists()
    assert Path(export(tree, HERE, str(tmp_path / "x")), "words/train.py").exists()


def test_a_file_that_changes_during_the_export_is_told(tmp_path: Path, project: Path) -> None:
    tree = gather(sources(project), HERE)
    (project / "run.sh").write_text("false\n")

    with pytest.raises(OtplanError, match=r"run\.sh` was changed while the code was exported"):
        export(tree, HERE, str(tmp_path / "x"))


def test_live_code_starts_in_the_manifests_own_folder(project: Path) -> None:
    assert live(f"{project}/manifests/words.yaml") == f"{project}/manifests"
