"""A registry put back from a copy finds the jobs that were submitted since, by their names."""

import shutil

from tests.acceptance.lab import Lab


def test_a_live_job_that_no_record_knows_is_recorded_and_not_submitted_again(lab: Lab) -> None:
    registry = lab.folder / ".otplan" / "registry.db"
    copy = lab.root / "registry.db"
    shutil.copy(registry, copy)
    lab.edit("step: small", "step: other")
    lab.hold("other")
    lab.submit()
    lab.until("training.small/train", "running")

    shutil.copy(copy, registry)
    planned = lab.plan()
    lab.submit()
    lab.let_go()
    lab.until("training.small/train", "done")
    lab.apply()

    assert planned.get("training.small/train") is None
    assert lab.ran() == ["other"]
    assert lab.plan() == {}
