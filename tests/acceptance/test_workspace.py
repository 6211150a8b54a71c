"""A workspace has one manifest, and one who applies at a time."""

import os
import time

from otplan.core.record import Holder
from otplan.registries.table import REGISTRIES
from otplan.shell import processes
from otplan.shell.here import Here
from tests.acceptance.lab import Lab


def test_a_manifest_copied_with_its_workspace_is_refused(lab: Lab) -> None:
    lab.write("copy.yaml", lab.read())

    said = lab("plan", "copy.yaml", code=1)

    assert "the workspace `miniature` belongs to" in said.err
    assert "    otplan adopt --manifest copy.yaml\n" in said.err


def test_an_apply_of_a_copied_manifest_does_nothing(lab: Lab) -> None:
    lab.write("copy.yaml", lab.read().replace("step: small", "step: other"))

    lab("apply", "copy.yaml", "--auto-approve", "--wait", code=1)

    assert lab.ran() == []


def test_a_workspace_moves_to_another_manifest_by_adoption(lab: Lab) -> None:
    (lab.folder / "manifest.yaml").rename(lab.folder / "moved.yaml")

    said = lab("adopt", "--manifest", "moved.yaml")
    planned = lab("plan", "moved.yaml", "--detailed-exitcode")

    assert "the workspace `miniature` belongs to" in said.out
    assert "No changes. 9 done." in planned.out


def test_an_adopted_workspace_is_refused_to_its_old_manifest(lab: Lab) -> None:
    lab.write("copy.yaml", lab.read())
    lab("adopt", "--manifest", "copy.yaml")

    lab("plan", "manifest.yaml", code=1)


def test_a_manifest_with_a_workspace_of_its_own_starts_afresh(lab: Lab) -> None:
    lab.write("copy.yaml", lab.read().replace("workspace: miniature", "workspace: other"))

    said = lab("plan", "copy.yaml", "--detailed-exitcode", code=2)

    assert "Plan: 9 to submit." in said.out


def test_a_lost_registry_is_noticed_by_the_witness_in_the_folder(lab: Lab) -> None:
    for path in (lab.folder / ".otplan").glob("registry*"):
        path.unlink()

    said = lab.submit(code=1)

    assert "put the registry file back where it was" in said.err
    assert lab.ran() == []


def test_a_lock_that_nobody_holds_is_said_to_be_free(lab: Lab) -> None:
    said = lab("unlock", "manifest.yaml")

    assert said.out == "nobody held it\n"


def test_init_writes_a_manifest_that_lints(fresh: Lab) -> None:
    said = fresh("init", ".")
    fresh("lint")

    assert said.out.startswith("wrote manifest.yaml\n")
    assert said.out.endswith("\n  otplan plan manifest.yaml\n")


def test_init_overwrites_nothing(lab: Lab) -> None:
    before = lab.read()

    lab("init", ".", code=64)

    assert lab.read() == before


def test_what_otplan_keeps_stays_out_of_git(lab: Lab) -> None:
    said = lab.git("status", "--porcelain")

    assert said == ""


def _held(lab: Lab, pid: int) -> None:
    me = Here().me()
    started = processes.started(pid) or 0
    now = int(time.time())
    holder = Holder("alice", me.host, me.boot, pid, started, now, now + 3600)
    registry = REGISTRIES["sqlite"](str(lab.folder / ".otplan" / "registry.db"))
    registry.busy("miniature", holder)


def test_who_applies_already_is_named_and_nothing_is_done_beside(lab: Lab) -> None:
    lab.edit("args: {step: small}", "args: {step: small, v: 2}")
    _held(lab, os.getppid())

    said = lab.submit(code=4)
    freed = lab("unlock", "manifest.yaml")
    lab.apply()

    assert "alice" in said.err
    assert "otplan unlock" in said.err
    assert freed.out.startswith("alice@")
    assert lab.ran() == ["small"]


def test_who_died_while_applying_holds_nobody_up(lab: Lab) -> None:
    lab.edit("args: {step: small}", "args: {step: small, v: 2}")
    _held(lab, 2**22 - 3)

    lab.apply()

    assert lab.ran() == ["small"]


def test_a_queue_that_cannot_be_read_is_unknown_and_nothing_is_done(lab: Lab) -> None:
    lab.edit("args: {step: small}", "args: {step: small, v: 2}")
    lab.hold("small")
    lab.submit()
    lab.until("training.small/train", "running")
    queue = lab.folder / ".otplan" / "local" / "queue.db"
    kept = queue.rename(queue.with_name("aside"))
    queue.write_bytes(b"garbage" * 1000)

    said = lab("plan", "manifest.yaml", code=8)
    refused = lab.submit("--resubmit", "bits", code=8)
    kept.rename(queue)

    assert "Incomplete: a source could not be asked" in said.out
    assert "? training.small/train   unknown" in said.out
    assert "incomplete" in refused.err


def test_a_damaged_witness_is_told_in_words(lab: Lab) -> None:
    (lab.folder / ".otplan" / "miniature" / "workspace.json").write_text("{half")

    said = lab("plan", "manifest.yaml", code=1)

    assert "workspace.json cannot be read any more" in said.err


def test_another_workspace_with_rows_of_these_names_is_told_and_kept_from_them(lab: Lab) -> None:
    lab.write("other.yaml", lab.read().replace("workspace: miniature", "workspace: other"))
    lab.commit()
    applied = lab("apply", "other.yaml", "--auto-approve", "--wait", code=6)

    planned = lab("plan", "other.yaml")
    synced = lab("sync", "other.yaml")

    assert "written to the catalog" not in applied.out + synced.out
    assert "its row in models was written by training.small of" in " ".join(planned.out.split())
    assert "manifest.yaml, and stays as it is" in " ".join(planned.out.split())
    assert "9 need you" in planned.out
