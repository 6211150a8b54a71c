"""A file system whose locks stay on one node is recognised, and no registry is written there."""

from pathlib import Path

import pytest

from otplan.core.record import Recorded
from otplan.errors import OtplanError
from otplan.registries.mounts import Mount, check, holding, parse
from otplan.registries.sqlite import SqliteRegistry
from tests.conformance.registry_writers import fact

TABLE = r"""
rootfs / rootfs rw 0 0
/dev/sda1 / ext4 rw,relatime 0 0
filer:/home /home nfs4 rw,vers=4.2,local_lock=none,addr=10.0.0.1 0 0
filer:/old /home/old nfs rw,vers=3,nolock,local_lock=all 0 0
10.0.0.2@o2ib:/scratch /scratch lustre rw,flock,lazystatfs 0 0
10.0.0.3@o2ib:/work /work lustre rw,localflock 0 0
10.0.0.3@o2ib:/work /work/shared lustre rw,flock 0 0
filer:/a /with\040space nfs rw,nolock 0 0
filer:/b /twice nfs rw,nolock 0 0
filer:/c /twice nfs rw,local_lock=none 0 0
a line that is cut
"""

CASES = [
    ("/x", "/", ()),
    ("/home/ann/otplan.sqlite", "/home", ()),
    ("/home/older/otplan.sqlite", "/home", ()),
    ("/home/old", "/home/old", ("nolock", "local_lock=all")),
    ("/home/old/ann/otplan.sqlite", "/home/old", ("nolock", "local_lock=all")),
    ("/scratch/otplan.sqlite", "/scratch", ()),
    ("/work/otplan.sqlite", "/work", ("localflock",)),
    ("/work/shared/otplan.sqlite", "/work/shared", ()),
    ("/with space/otplan.sqlite", "/with space", ("nolock",)),
    ("/twice/otplan.sqlite", "/twice", ()),
]


@pytest.mark.parametrize(("path", "point", "local"), CASES)
def test_a_path_is_on_its_deepest_and_latest_mount(
    path: str, point: str, local: tuple[str, ...]
) -> None:
    mount = holding(parse(TABLE), path)

    assert mount is not None
    assert (mount.point, mount.local) == (point, local)


def test_of_several_mounts_at_one_place_the_last_is_seen() -> None:
    mount = holding(parse(TABLE), "/")

    assert mount == Mount("/dev/sda1", "/", ("rw", "relatime"))


def test_without_mounts_nothing_holds_a_path() -> None:
    assert holding((), "/x") is None


def test_a_registry_on_such_a_mount_is_read_but_not_written(tmp_path: Path) -> None:
    table = _mounted(tmp_path, "rw,localflock")
    registry = SqliteRegistry(str(tmp_path / "otplan.sqlite"), table=table)

    read = registry.read("w")
    with pytest.raises(OtplanError) as refused:
        registry.note("w", [fact(1)])

    assert read == Recorded("w")
    assert str(tmp_path) in refused.value.message
    assert "filer:/x" in refused.value.message
    assert "`localflock`" in refused.value.message
    assert not (tmp_path / "otplan.sqlite").exists()


def test_a_link_to_such_a_mount_does_not_hide_it(tmp_path: Path) -> None:
    table = _mounted(tmp_path / "real", "rw,nolock")
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")

    with pytest.raises(OtplanError, match="nolock"):
        check(tmp_path / "link" / "otplan.sqlite", table)


def test_a_system_that_lists_no_mounts_is_taken_as_it_is(tmp_path: Path) -> None:
    registry = SqliteRegistry(str(tmp_path / "otplan.sqlite"), table=tmp_path / "absent")

    registry.note("w", [fact(1)])

    assert registry.read("w").facts == (fact(1),)


def _mounted(folder: Path, options: str) -> Path:
    """Write a table in which a folder is a mount of its own."""
    table = folder.parent / "mounts"
    table.write_text(f"/dev/sda1 / ext4 rw 0 0\nfiler:/x {folder} nfs {options} 0 0\n")
    return table
