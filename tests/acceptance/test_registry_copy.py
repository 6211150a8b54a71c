"""A workspace moves from a file to Supabase and back, and goes on there as if nothing was."""

import pytest

from otplan.registries.sqlite import SqliteRegistry
from otplan.registries.supabase import of_environment
from tests.acceptance.lab import Lab
from tests.conformance.registry_writers import attempt, fact
from tests.conformance.registry_writers import fresh as unused
from tests.conformance.supabase_lab import environment

FILE = ".otplan/registry.db"


def test_a_registry_file_is_copied_to_another_one(lab: Lab) -> None:
    said = lab("registry", "copy", "manifest.yaml", "--to", "other.db", "--json").document

    here, there = _file(lab, FILE), _file(lab, "other.db")
    assert there.read("miniature") == here.read("miniature")
    assert there.approval("miniature", 1) == here.approval("miniature", 1)
    assert said["copied"]["attempts"] == len(here.read("miniature").attempts) == 9
    lab.edit("otplan: 1\n", "otplan: 1\nstate: other.db\n")
    assert set(lab.plan().values()) == {"catalog"}  # Which lies beside the registry.


def test_a_dry_run_writes_nothing(lab: Lab) -> None:
    said = lab("registry", "copy", "manifest.yaml", "--to", "other.db", "--dry-run")

    assert "1 approvals, 9 attempts and" in said.out
    assert "would be copied" in said.out
    assert not (lab.folder / "other.db").exists()


def test_a_copy_that_was_cut_short_goes_on(lab: Lab) -> None:
    here, there = _file(lab, FILE), _file(lab, "other.db")
    recorded = here.read("miniature")
    there.found("miniature", recorded.manifest, recorded.id)
    there.note("miniature", recorded.facts[:3])

    said = lab("registry", "copy", "manifest.yaml", "--to", "other.db", "--json").document
    again = lab("registry", "copy", "manifest.yaml", "--to", "other.db", "--json").document

    assert there.read("miniature") == here.read("miniature")
    assert said["copied"]["facts"] == len(recorded.facts) - 3
    assert again["copied"] == {"approvals": 0, "attempts": 0, "facts": 0}


@pytest.mark.parametrize("more", ["another id", "an attempt", "a fact"])
def test_a_registry_that_has_something_else_is_left_as_it_is(lab: Lab, more: str) -> None:
    recorded, there = _file(lab, FILE).read("miniature"), _file(lab, "other.db")
    id_ = "another" if more == "another id" else recorded.id
    there.found("miniature", recorded.manifest, id_)
    if more == "an attempt":
        there.intend("miniature", 0, [attempt(1)])
    if more == "a fact":
        there.note("miniature", [fact(1)])
    before = there.read("miniature")

    said = lab("registry", "copy", "manifest.yaml", "--to", "other.db", code=1)

    assert f"{lab.folder}/other.db has" in said.err
    assert there.read("miniature") == before


def test_a_registry_is_not_copied_to_itself(lab: Lab) -> None:
    said = lab("registry", "copy", "manifest.yaml", "--to", str(lab.folder / FILE), code=64)

    assert "is the registry to copy from" in said.err


@pytest.mark.services
def test_a_workspace_moves_to_supabase_and_goes_on_there_and_back(
    fresh: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    workspace = unused()
    fresh.make()
    fresh.edit("workspace: miniature\n", f"workspace: {workspace}\n")
    fresh.fail("merge-3")
    fresh.apply(code=6)
    fresh.ran()

    there = fresh("registry", "copy", "manifest.yaml", "--to", "supabase")
    fresh.edit(f"workspace: {workspace}\n", f"workspace: {workspace}\nregistry: supabase\n")
    planned = fresh.plan()
    fresh.mend("merge-3")
    fresh("retry", "state:failed", "-m", "manifest.yaml")
    fresh.apply()
    back = fresh("registry", "copy", "manifest.yaml", "--to", "back.db")

    assert "every row was compared" in there.out
    assert "every row was compared" in back.out
    assert set(planned.values()) == {"blocked"}
    assert fresh.ran() == ["bits-3", "merge-3"]
    assert fresh.plan() == {}
    assert _file(fresh, "back.db").read(workspace) == of_environment("", environment()).read(
        workspace
    )


def _file(lab: Lab, name: str) -> SqliteRegistry:
    return SqliteRegistry(str(lab.folder / name))
