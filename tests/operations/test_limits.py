"""When a site is asked for its limits, what is kept of the answer, and what follows from it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from otplan.core.cluster import Cluster
from otplan.core.plan import Action, Change, Plan, Reason
from otplan.core.site import Controller, Qos, SiteLimits
from otplan.errors import Place
from otplan.operations.ground import Ground, Person, Records, ground
from otplan.operations.limits import DAY, abilities, ask, doubtful, kept
from otplan.operations.progress import Silent
from otplan.schedulers.fake import Fake
from tests.planner.world import NOW, WORKSPACE

SAID = SiteLimits(at=NOW, controller=Controller("22.05.8", min_job_age=60), qos=(Qos("a", ("b",)),))
PERSON = Person("ada", clock=lambda: NOW, pause=lambda _: None, progress=Silent())


def standing(folder: Path, said: SiteLimits | None = SAID, **facts: Any) -> tuple[Ground, Fake]:  # noqa: ANN401
    """Return a ground of the cluster `c`, and the fake that takes its jobs."""
    cluster = Cluster("c", "slurm", str(folder / "experiments"), Place("c.yaml"), facts=facts)
    fake = Fake("c")
    fake.said = said
    records = Records("sqlite", str(folder / "r.db"))
    usual = ground("w", {"c": cluster}, records, PERSON)
    return replace(usual, schedulers={"c": fake}), fake


def planning(action: Action, *, refused: bool = False) -> Plan:
    """Return a plan of one change on `c`."""
    change = Change(action, "a", (), "v1:a", "d", (Reason("new", ""),), "c", refused=refused)
    return Plan(WORKSPACE, NOW, (change,))


def test_what_a_site_said_is_kept_for_one_user(tmp_path: Path) -> None:
    stand, _ = standing(tmp_path)
    other = replace(stand, person=replace(PERSON, user="bob"))

    asked = ask(stand, ["c"])

    assert asked == kept(stand) == {"c": SAID}
    assert kept(other) == {}


def test_what_lacks_an_answer_holds_for_now_and_is_not_kept(tmp_path: Path) -> None:
    part = replace(SAID, missing=("sacctmgr show qos",))
    stand, _ = standing(tmp_path, part)

    assert ask(stand, ["c"]) == {"c": part}
    assert kept(stand) == {}


def test_what_cannot_be_kept_holds_for_now(tmp_path: Path) -> None:
    stand, _ = standing(tmp_path)
    (tmp_path / "experiments").write_text("no folder")

    assert ask(stand, ["c"]) == {"c": SAID}
    assert kept(stand) == {}


def test_what_does_not_answer_leaves_what_was_kept(tmp_path: Path) -> None:
    stand, fake = standing(tmp_path)
    ask(stand, ["c"])
    fake.limits = lambda: None  # type: ignore[method-assign]

    assert ask(stand, ["c"]) == {}
    assert kept(stand) == {"c": SAID}


@pytest.mark.parametrize("broken", [b"", b"{", b'{"at": "soon"}', b"\xff", b"[]"])
def test_a_file_that_cannot_be_read_is_as_none(tmp_path: Path, broken: bytes) -> None:
    stand, _ = standing(tmp_path)
    ask(stand, ["c"])
    (path,) = (tmp_path / "experiments").iterdir()
    path.write_bytes(broken)

    assert kept(stand) == {}


@pytest.mark.parametrize(
    ("plan", "age", "asked"),
    [
        (planning(Action.SUBMIT), None, ["c"]),
        (planning(Action.UPDATE), None, ["c"]),
        (planning(Action.SUBMIT), DAY - 1, []),
        (planning(Action.SUBMIT), DAY, ["c"]),
        (planning(Action.SUBMIT), -DAY, ["c"]),
        (planning(Action.KEEP), None, []),
        (planning(Action.CANCEL), None, []),
        (planning(Action.BLOCKED), 0, []),
        (planning(Action.BLOCKED, refused=True), 0, ["c"]),
    ],
)
def test_a_site_is_asked_before_something_is_sent_once_a_day_or_where_it_refuses(
    tmp_path: Path, plan: Plan, age: int | None, asked: Sequence[str]
) -> None:
    stand, _ = standing(tmp_path)
    known = {} if age is None else {"c": replace(SAID, at=NOW - age)}

    assert doubtful(stand, plan, known) == asked


def test_what_has_no_limits_is_never_asked(tmp_path: Path) -> None:
    stand, _ = standing(tmp_path, None)

    assert doubtful(stand, planning(Action.SUBMIT), {}) == []


@pytest.mark.parametrize(
    ("facts", "said", "forgets"),
    [
        ({}, SAID, 60),
        ({"min_job_age": 900}, SAID, 300),
        ({}, replace(SAID, controller=Controller("22.05.8", min_job_age=0)), 300),
        ({}, replace(SAID, controller=None), 300),
    ],
)
def test_how_long_a_job_is_remembered_is_as_the_site_says_where_the_cluster_file_says_nothing(
    tmp_path: Path, facts: dict[str, Any], said: SiteLimits, forgets: int
) -> None:
    stand, fake = standing(tmp_path, **facts)
    fake.site = replace(fake.site, accounting=False)

    assert abilities(stand, {"c": said})["c"].forgets == forgets
    assert abilities(stand, {})["c"].forgets == 300
