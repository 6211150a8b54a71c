"""Kill the apply of an edited manifest: what queued gives way to what is wanted now, once."""

from collections import Counter
from collections.abc import Callable

import pytest

from tests.crash.settled import JOBS, gets_there
from tests.crash.site import APPLY, MANIFEST, Site
from tests.crash.strokes import Stroke

EDITS = (
    ('order: "${matrix.order}"}', 'order: "${matrix.order}", steps: 9}'),
    ("chunks: 2}}", 'chunks: 2}, slurm: {time: "00:20:00"}}'),
)
"""Other trainings, and all that follows from them; and another limit for what makes the pairs."""

REPLACED = 4
EFFECTS = (
    "registry.intend",
    "scheduler.submit",
    "registry.note",
    "scheduler.change",
    "scheduler.cancel",
)


def test_an_edit_of_what_queues_replaces_changes_and_cancels(site: Site) -> None:
    _edited(site)

    done = site.otplan(*APPLY)

    assert done.code == 0, site.said
    assert {name for name, _ in done.effects} >= set(EFFECTS)
    _gets_there(site)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_apply_of_an_edit_killed_at_any_effect_is_gone_on_with(
    sites: Callable[[], Site],
    moment: str,
    effect: str,
    record_property: Callable[[str, object], None],
) -> None:
    points = 0

    while True:
        _edited(site := sites())
        if site.otplan(*APPLY, stroke=Stroke(effect, points + 1, moment)).code == 0:
            break
        points += 1
        assert site.otplan(*APPLY).code == 0, site.said
        _gets_there(site)

    assert points > 0
    record_property("kill points", points)


def _edited(site: Site) -> None:
    """Let the first job run and the others queue behind it, and then want something else."""
    site.gate.unlink()
    site.otplan(*APPLY)
    site.until(lambda: len(site.started) == 2)
    text = MANIFEST
    for old, new in EDITS:
        assert old in text
        text = text.replace(old, new)
    (site.folder / "manifest.yaml").write_text(text)


def _gets_there(site: Site) -> None:
    """Let the jobs go, and see that none ran for what is no longer wanted."""
    site.gate.touch()
    gets_there(site)
    states = Counter(state for _, state in site.jobs)
    assert states == {"COMPLETED": JOBS, "CANCELLED": REPLACED}
