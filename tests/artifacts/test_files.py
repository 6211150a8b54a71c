"""Evidence from the files of a host: what a marker says, held against what is there."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from otplan.artifacts.files import Files
from otplan.artifacts.table import ARTIFACTS
from otplan.core.evidence import Evidence, Finding, Result, Target
from otplan.errors import OtplanError, Unreachable
from otplan.shell.here import Here

OURS = "v1:0123456789abcdef0123456789abcdef01234567"
FILES = Files(Here())


def target(folder: Path, element: int = -1, *attempts: int) -> Target:
    return Target("local", str(folder), OURS, element, attempts=attempts)


def made(folder: Path, fingerprint: str = OURS, **contents: str) -> Path:
    """Leave what an attempt leaves; return its output folder."""
    output = folder / "attempt-1" / "output"
    output.mkdir(parents=True)
    for name, text in contents.items():
        (output / name).write_text(text)
    told: dict[str, Any] = {"fingerprint": fingerprint, "attempt": 1, "output": str(output)}
    told |= {f"file.{name}": len(text) for name, text in contents.items()}
    (folder / "done.json").write_text(json.dumps({"otplan": 1} | told, indent=0))
    return output


def look(seen: Target) -> Evidence:
    return FILES.look([seen])[seen]


def test_a_marker_over_files_that_are_there_is_verified(tmp_path: Path) -> None:
    output = made(tmp_path, data="12345")

    found = look(target(tmp_path))

    assert found == Evidence(Finding.VERIFIED, 1, str(output), {"data": 5})


def test_a_listed_folder_counts_all_files_below_it(tmp_path: Path) -> None:
    output = made(tmp_path)
    (output / "model" / "deep").mkdir(parents=True)
    (output / "model" / "deep" / "a").write_text("123")
    (output / "model" / "b").write_text("12")
    marker = json.loads((tmp_path / "done.json").read_text()) | {"file.model": 5}
    (tmp_path / "done.json").write_text(json.dumps(marker))

    assert look(target(tmp_path)).finding is Finding.VERIFIED


def test_without_a_marker_there_is_nothing(tmp_path: Path) -> None:
    found = look(target(tmp_path / "never"))

    assert found.finding is Finding.ABSENT
    assert found.why == f"there is no {tmp_path}/never/done.json"


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("delete", "data is not there, was 5 bytes"),
        ("cut", "data is 1 bytes, was 5 bytes"),
    ],
)
def test_a_file_that_is_gone_or_cut_leaves_the_place_empty(
    tmp_path: Path, damage: str, said: str
) -> None:
    data = made(tmp_path, data="12345") / "data"
    if damage == "delete":
        data.unlink()
    else:
        data.write_text("1")

    found = look(target(tmp_path))

    assert found.finding is Finding.EMPTY
    assert said in found.why


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"fingerprint": 1}',
        '{"fingerprint": "x", "attempt": 1, "output": "/", "file.a": "1"}',
        "[" * 100_000,
    ],
)
def test_a_marker_that_says_nothing_leaves_the_place_empty(tmp_path: Path, content: str) -> None:
    (tmp_path / "done.json").write_text(content)

    found = look(target(tmp_path))

    assert found.finding is Finding.EMPTY
    assert "is no completion marker" in found.why


def test_a_marker_of_another_fingerprint_is_foreign(tmp_path: Path) -> None:
    made(tmp_path, fingerprint="v1:other", data="1")

    found = look(target(tmp_path))

    assert found.finding is Finding.FOREIGN
    assert "v1:other" in found.why


def test_elements_are_looked_at_in_their_own_folders(tmp_path: Path) -> None:
    made(tmp_path / "e2", data="1")

    found = FILES.look([target(tmp_path, 1), target(tmp_path, 2)])

    assert [e.finding for e in found.values()] == [Finding.ABSENT, Finding.VERIFIED]


def test_results_of_the_attempts_asked_for_are_read(tmp_path: Path) -> None:
    made(tmp_path, data="1")
    written = {
        "otplan": 1,
        "job": "7_1",
        "restarts": 2,
        "exit_code": 1,
        "cause": "failed",
        "ended": 9,
    }
    (tmp_path / "attempt-1" / "result.json").write_text(json.dumps(written))

    found = look(target(tmp_path, -1, 1, 2))

    assert found.results == {1: Result("7_1", 2, 1, "failed", 9)}


def test_metrics_are_read_where_a_program_left_some(tmp_path: Path) -> None:
    output = made(tmp_path, data="1")
    (output / "metrics.json").write_text('{"loss": 0.5}')

    assert look(target(tmp_path)).metrics == {"loss": 0.5}


@pytest.mark.parametrize(
    ("left", "found"),
    [
        (
            b'{"loss": NaN, "best": -Infinity, "at": 1e999}',
            {"loss": None, "best": None, "at": None},
        ),
        (b'{"by": "Jos\xe9", "\\ud800": 1}', {"by": "Jos?", "?": 1}),
    ],
)
def test_metrics_hold_only_what_every_registry_takes(
    tmp_path: Path, left: bytes, found: dict[str, object]
) -> None:
    output = made(tmp_path, data="1")
    (output / "metrics.json").write_bytes(left)

    metrics = look(target(tmp_path)).metrics

    assert metrics == found
    assert msgspec.json.decode(msgspec.json.encode(metrics)) == found


def test_metrics_that_are_no_object_are_none(tmp_path: Path) -> None:
    output = made(tmp_path, data="1")
    (output / "metrics.json").write_text("0.5")

    assert look(target(tmp_path)).metrics == {}


@pytest.mark.parametrize(
    ("content", "finding"),
    [("12345", Finding.VERIFIED), ("", Finding.EMPTY), (None, Finding.ABSENT)],
)
def test_a_given_place_counts_by_what_is_there(
    tmp_path: Path, content: str | None, finding: Finding
) -> None:
    if content is not None:
        (tmp_path / "x.jsonl").write_text(content)
        (tmp_path / "link").symlink_to("x.jsonl")
    given = Target("local", f"{tmp_path}/link", OURS, given=True)

    found = look(given)

    assert found.finding is finding
    assert found.output == (f"{tmp_path}/link" if finding is Finding.VERIFIED else "")


def test_checking_finds_what_vanished_and_what_stands(tmp_path: Path) -> None:
    stands, gone = target(tmp_path / "a"), target(tmp_path / "b")
    made(tmp_path / "a", data="1")
    output = made(tmp_path / "b", data="1")
    known = FILES.look([stands, gone])
    (output / "data").unlink()

    found = FILES.check(known)

    assert found[stands].finding is Finding.VERIFIED
    assert found[gone].finding is Finding.EMPTY


def test_checking_sees_a_given_place_that_changed(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("1")
    given = Target("local", f"{tmp_path}/x", OURS, given=True)
    known = FILES.look([given])
    (tmp_path / "x").write_text("22")

    found = FILES.check(known)[given]

    assert found.finding is Finding.EMPTY
    assert "is not what was recorded" in found.why


class Gone(Here):
    """A host that does not answer."""

    def read(
        self, paths: Sequence[str], *, limit: int = 1 << 20, start: int = 0
    ) -> Mapping[str, bytes | None]:
        raise Unreachable("nobody answers")


def test_what_cannot_be_asked_is_unknown(tmp_path: Path) -> None:
    seen = target(tmp_path)

    found = Files(Gone()).look([seen])[seen]

    assert (found.finding, found.why) == (Finding.UNKNOWN, "nobody answers")


class Counting(Here):
    """A host that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def read(
        self, paths: Sequence[str], *, limit: int = 1 << 20, start: int = 0
    ) -> Mapping[str, bytes | None]:
        self.asked.append("read")
        return super().read(paths, limit=limit, start=start)

    def sizes(self, paths: Sequence[str]) -> Mapping[str, int | None]:
        self.asked.append("sizes")
        return super().sizes(paths)


def test_a_look_is_three_round_trips_however_many_targets(tmp_path: Path) -> None:
    host = Counting()
    for number in range(20):
        made(tmp_path / str(number), data="1")

    Files(host).look([target(tmp_path / str(number)) for number in range(20)])

    assert host.asked == ["read", "sizes", "read"]


def test_a_revision_is_the_hash_of_a_file_or_of_all_files_below_a_folder(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("abc")
    (tmp_path / "d" / "e").mkdir(parents=True)
    (tmp_path / "d" / "e" / "a\nb").write_text("1")
    (tmp_path / "d" / "c").write_text("2")

    found = Files(Here(), str(tmp_path)).revisions(["path:x", f"path:{tmp_path}/d", "path:none"])

    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert found["path:x"] == f"sha256:{digest}"
    assert str(found[f"path:{tmp_path}/d"]).startswith("sha256:")
    assert found["path:none"] is None


def test_a_folders_revision_follows_names_and_contents_wherever_it_lies(tmp_path: Path) -> None:
    def revision(name: str, **contents: str) -> str | None:
        (tmp_path / name).mkdir()
        for file, text in contents.items():
            (tmp_path / name / file).write_text(text)
        return FILES.revisions([f"path:{tmp_path}/{name}"])[f"path:{tmp_path}/{name}"]

    first = revision("first", a="1", b="2")

    assert revision("same", b="2", a="1") == first
    assert revision("edited", a="1", b="3") != first
    assert revision("renamed", a="1", c="2") != first


def test_a_hard_link_counts_like_the_file_it_is(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a").write_text("1")
    alone = FILES.revisions([f"path:{tmp_path}/d"])
    os.link(tmp_path / "d" / "a", tmp_path / "d" / "b")

    assert FILES.revisions([f"path:{tmp_path}/d"]) != alone


def test_adopting_writes_a_marker_of_attempt_0_over_all_that_is_there(tmp_path: Path) -> None:
    place = tmp_path / 'odd "place"'
    (place / "model").mkdir(parents=True)
    (place / "model" / "w").write_text("123")
    (place / "a\nb").write_text("1")

    found = FILES.adopt(target(tmp_path / "run"), str(place))

    assert found == Evidence(Finding.VERIFIED, 0, str(place), {"a\nb": 1, "model": 3})
    assert look(target(tmp_path / "run")) == found


def test_nothing_can_be_adopted_from_an_empty_place(tmp_path: Path) -> None:
    with pytest.raises(OtplanError, match="nothing to adopt"):
        FILES.adopt(target(tmp_path / "run"), str(tmp_path / "nowhere"))


def test_files_are_a_row_of_the_table() -> None:
    assert isinstance(ARTIFACTS["files"](Here()), Files)
