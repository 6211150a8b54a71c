"""Files of this machine: whole or not at all, absent or unreadable, never followed."""

import os
import resource
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from otplan.errors import OtplanError, Unreachable
from otplan.shell.here import Here

HERE = Here()


def test_files_are_read_in_bulk_and_no_further_than_the_limit(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    names = ["a", "folder", "pipe", "absent", "a/below"]

    contents = HERE.read([str(tmp_path / name) for name in names], limit=3)

    assert list(contents.values()) == [b"123", None, None, None, None]


def test_what_cannot_be_read_is_not_absent(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)

    with pytest.raises(Unreachable, match=r"loop` cannot be read: Too many levels"):
        HERE.read([str(loop)])


def test_sizes_count_regular_files_below_a_folder_and_follow_nothing(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "one").write_bytes(b"1")
    (tmp_path / "a" / "b" / "two").write_bytes(b"22")
    (tmp_path / "a" / "b" / "up").symlink_to(tmp_path / "a")
    (tmp_path / "a" / "link").symlink_to(tmp_path / "a" / "one")
    (tmp_path / "empty").mkdir()
    names = ["a", "a/one", "a/link", "a/b/up", "empty", "absent", "a/one/below"]

    sizes = HERE.sizes([str(tmp_path / name) for name in names])

    assert list(sizes.values()) == [3, 1, 0, 0, 0, None, None]


def test_names_are_sorted_and_an_absent_folder_has_none(tmp_path: Path) -> None:
    for name in ("b", "a", ".c"):
        (tmp_path / name).touch()

    assert HERE.names(str(tmp_path)) == (".c", "a", "b")
    assert HERE.names(str(tmp_path / "absent")) == ()
    assert HERE.names(str(tmp_path / "a")) == ()


def test_files_are_written_with_their_folders_and_nothing_beside(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "run"

    HERE.write(str(folder), {"a": b"1", "sub/b": b"2"})
    HERE.write(str(folder), {"a": b"3"}, executable=True)

    assert sorted(path.name for path in folder.rglob("*")) == ["a", "b", "sub"]
    assert (folder / "a").read_bytes() == b"3"
    assert os.access(folder / "a", os.X_OK)
    assert not os.access(folder / "sub" / "b", os.X_OK)


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    path, seen, over = str(tmp_path / "a"), set(), threading.Event()
    HERE.write(str(tmp_path), {"a": b"0" * 200_000})

    def look() -> None:
        while not over.is_set():
            content = HERE.read([path])[path] or b""
            seen.add((len(content), len(set(content))))

    reader = threading.Thread(target=look)
    reader.start()
    for digit in b"12345678":
        HERE.write(str(tmp_path), {"a": bytes([digit]) * 200_000})
    over.set()
    reader.join()

    assert seen == {(200_000, 1)}


def test_of_many_claims_one_succeeds_and_its_content_stands(tmp_path: Path) -> None:
    path, ours, barrier = str(tmp_path / "new" / "claim"), [], threading.Barrier(8)

    def claim(number: int) -> None:
        barrier.wait(20)
        if HERE.claim(path, f"{number}".encode()):
            ours.append(number)

    threads = [threading.Thread(target=claim, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(ours) == 1
    assert HERE.read([path])[path] == f"{ours[0]}".encode()
    assert HERE.names(str(tmp_path / "new")) == ("claim",)


def test_a_full_disk_is_told_with_what_to_do_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"before")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))

    try:
        with pytest.raises(OtplanError, match="a` cannot be written: File too large") as told:
            HERE.write(str(tmp_path), {"a": b"x" * 5000})
        with pytest.raises(OtplanError, match="claim` cannot be written"):
            HERE.claim(str(tmp_path / "claim"), b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert told.value.help
    assert HERE.names(str(tmp_path)) == ("a",)
    assert (tmp_path / "a").read_bytes() == b"before"


@pytest.mark.parametrize("verb", ["write", "claim", "spawn"])
def test_a_file_where_a_folder_should_be_is_told(tmp_path: Path, verb: str) -> None:
    (tmp_path / "file").touch()
    below = tmp_path / "file" / "run"
    calls: dict[str, Callable[[], object]] = {
        "write": lambda: HERE.write(str(below), {"a": b""}),
        "claim": lambda: HERE.claim(str(below / "a"), b""),
        "spawn": lambda: HERE.spawn(["true"], str(below / "a")),
    }

    with pytest.raises(OtplanError, match="a` cannot be written: Not a directory"):
        calls[verb]()
