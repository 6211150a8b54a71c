"""What every host must do with files: whole or not at all, absent or unreadable, never followed."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from otplan.errors import OtplanError, Unreachable
from otplan.shell.protocol import Shell

ODD = "a 'b' \"c\" $(d) \\ \n é \udcff !"
"""A name that a shell, an encoding or a line of text could trip over."""


class FileSuite:
    """The promises about files; `ShellSuite` has them all."""

    def test_files_are_read_in_bulk_and_no_further_than_the_limit(
        self, shell: Shell, tmp_path: Path
    ) -> None:
        (tmp_path / "a").write_bytes(b"12345")
        (tmp_path / "folder").mkdir()
        os.mkfifo(tmp_path / "pipe")
        names = ["a", "folder", "pipe", "absent", "a/below"]

        contents = shell.read([str(tmp_path / name) for name in names], limit=3)

        assert list(contents.values()) == [b"123", None, None, None, None]
        assert list(contents) == [str(tmp_path / name) for name in names]

    @pytest.mark.parametrize(("start", "part"), [(2, b"34"), (4, b"5"), (9, b"")])
    def test_a_file_is_read_from_where_it_is_asked_for(
        self, shell: Shell, tmp_path: Path, start: int, part: bytes
    ) -> None:
        path = tmp_path / "a"
        path.write_bytes(b"12345")

        assert shell.read([str(path)], limit=2, start=start) == {str(path): part}

    def test_bytes_are_what_they_were(self, shell: Shell, tmp_path: Path) -> None:
        content = bytes(range(256)) * 9

        shell.write(str(tmp_path), {"a": content, "empty": b""})

        paths = [str(tmp_path / "a"), str(tmp_path / "empty")]
        assert list(shell.read(paths).values()) == [content, b""]

    def test_an_odd_name_is_a_name(self, shell: Shell, tmp_path: Path) -> None:
        path = f"{tmp_path}/{ODD}/{ODD}"

        shell.write(f"{tmp_path}/{ODD}", {ODD: b"1"})
        shell.link(str(tmp_path), {f"to {ODD}": path})

        assert Path(path).read_bytes() == b"1"
        assert (tmp_path / f"to {ODD}").read_bytes() == b"1"
        assert shell.read([path]) == {path: b"1"}
        assert shell.sizes([path]) == {path: 1}
        assert shell.names(f"{tmp_path}/{ODD}") == (ODD,)
        assert not shell.claim(path, b"")

    def test_what_cannot_be_read_is_not_absent(self, shell: Shell, tmp_path: Path) -> None:
        loop = tmp_path / "loop"
        loop.symlink_to(loop)
        asked: list[Callable[[str], object]] = [lambda path: shell.read([path]), shell.names]

        for ask in asked:
            with pytest.raises(Unreachable, match=r"loop` cannot be read: Too many levels"):
                ask(str(loop))

    def test_sizes_count_regular_files_below_a_folder_and_follow_nothing(
        self, shell: Shell, tmp_path: Path
    ) -> None:
        (tmp_path / "a" / "b").mkdir(parents=True)
        (tmp_path / "a" / "one").write_bytes(b"1")
        (tmp_path / "a" / "b" / "two").write_bytes(b"22")
        (tmp_path / "a" / "b" / "up").symlink_to(tmp_path / "a")
        (tmp_path / "a" / "link").symlink_to(tmp_path / "a" / "one")
        (tmp_path / "empty").mkdir()
        names = ["a", "a/one", "a/link", "a/b/up", "empty", "absent", "a/one/below"]

        sizes = shell.sizes([str(tmp_path / name) for name in names])

        assert list(sizes.values()) == [3, 1, 0, 0, 0, None, None]

    def test_names_are_sorted_and_an_absent_folder_has_none(
        self, shell: Shell, tmp_path: Path
    ) -> None:
        for name in ("b", "a", ".c"):
            (tmp_path / name).touch()

        assert shell.names(str(tmp_path)) == (".c", "a", "b")
        assert shell.names(str(tmp_path / "absent")) == ()
        assert shell.names(str(tmp_path / "a")) == ()

    def test_files_are_written_with_their_folders_and_nothing_beside(
        self, shell: Shell, tmp_path: Path
    ) -> None:
        folder = tmp_path / "new" / "run"

        shell.write(str(folder), {"a": b"1", "sub/b": b"2"})
        shell.write(str(folder), {"a": b"3"}, executable=True)

        assert sorted(path.name for path in folder.rglob("*")) == ["a", "b", "sub"]
        assert (folder / "a").read_bytes() == b"3"
        assert os.access(folder / "a", os.X_OK)
        assert not os.access(folder / "sub" / "b", os.X_OK)

    def test_a_reader_never_sees_half_a_file(self, shell: Shell, tmp_path: Path) -> None:
        path, seen, over = tmp_path / "a", set(), threading.Event()
        shell.write(str(tmp_path), {"a": b"0" * 200_000})

        def look() -> None:
            while not over.is_set():
                content = path.read_bytes()
                seen.add((len(content), len(set(content))))

        reader = threading.Thread(target=look)
        reader.start()
        for digit in b"12345678":
            shell.write(str(tmp_path), {"a": bytes([digit]) * 200_000})
        over.set()
        reader.join()

        assert seen == {(200_000, 1)}

    def test_a_claim_succeeds_once_and_its_content_stands(
        self, shell: Shell, tmp_path: Path
    ) -> None:
        path = str(tmp_path / "new" / "claim")

        ours = [shell.claim(path, content) for content in (b"first", b"second")]

        assert ours == [True, False]
        assert shell.read([path]) == {path: b"first"}
        assert shell.names(str(tmp_path / "new")) == ("claim",)

    def test_a_link_takes_the_place_of_what_was_there(self, shell: Shell, tmp_path: Path) -> None:
        for target in ("one", "two"):
            shell.link(str(tmp_path), {"a": target})

        assert (tmp_path / "a").readlink() == Path("two")
        assert shell.names(str(tmp_path)) == ("a",)

    @pytest.mark.parametrize("verb", ["write", "claim", "spawn", "link"])
    def test_a_file_where_a_folder_should_be_is_told(
        self, shell: Shell, tmp_path: Path, verb: str
    ) -> None:
        (tmp_path / "file").touch()
        below = str(tmp_path / "file" / "run")
        calls: dict[str, Callable[[], object]] = {
            "write": lambda: shell.write(below, {"a": b""}),
            "claim": lambda: shell.claim(f"{below}/a", b""),
            "spawn": lambda: shell.spawn(["true"], f"{below}/a"),
            "link": lambda: shell.link(below, {"a": "b"}),
        }

        with pytest.raises(OtplanError, match="a` cannot be written: Not a directory") as told:
            calls[verb]()

        assert told.value.help
