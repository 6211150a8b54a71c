"""What must hold when a site has settled, whatever happened on the way."""

import json
from collections import Counter
from pathlib import Path

from otplan.core.record import FactKind
from tests.crash.site import WORK, Site

JOBS = 6
"""Submitted for the site's manifest: an array, a join, two trainings, a consolidation, an eval."""

CELLS = 7
"""What they make: the array has two elements."""

NOTES = {"registry.busy", "registry.note", "shell.spawn", "registry.free", "plan.save"}
"""The effects of an apply that has nothing to do; a runner may be left to book an end."""

PROGRAMS = 6
"""What they start: the join needs no program."""


def goes_on(site: Site, ahead: int = 0) -> None:
    """Apply once more, undisturbed: all must be as if nothing had ever happened."""
    _applies(site, ahead)
    settled(site)


def gets_there(site: Site) -> None:
    """Apply once more, undisturbed: all is made, once, though it took a refusal or a twin."""
    _applies(site, 0)
    quiet(site)
    _finds_nothing(site)
    quiet(site)
    _ran_once(site)
    _left(site)


def _applies(site: Site, ahead: int) -> None:
    done = site.apply(ahead=ahead)

    assert done.code == 0, site.said


def settled(site: Site) -> None:
    """Look at everything there is of a site, when all that runs there has ended."""
    quiet(site)
    _finds_nothing(site)
    quiet(site)
    _ran_once(site)
    _recorded(site)
    _queued(site)
    _left(site)


def quiet(site: Site) -> None:
    """Wait until no process of a site is left: neither a job nor a runner outstays its work."""
    site.until(lambda: not site.processes())


def _finds_nothing(site: Site) -> None:
    """Plan and apply again: there is nothing to do but to note how the last job ended."""
    planned = site.otplan("plan", "manifest.yaml", "--detailed-exitcode")
    assert planned.code == 0, site.said
    assert f"No changes. {JOBS + 1} done." in site.said

    applied = site.apply()
    assert applied.code == 0, site.said
    assert {name for name, _ in applied.effects} <= NOTES


def _ran_once(site: Site) -> None:
    assert len(site.started) == PROGRAMS, site.started
    assert set(site.started.values()) == {1}, site.started


def _recorded(site: Site) -> None:
    """Find one attempt at each stage, with its job, and each product once."""
    recorded = site.recorded
    kinds = Counter(fact.kind for fact in recorded.facts)
    rows = site.ask("registry.catalog.db", 'SELECT "table", count(*) FROM entries GROUP BY 1')

    assert [attempt.n for attempt in recorded.attempts] == [1] * JOBS
    # What an interrupt kept from being sent is withdrawn, so that nobody waits for it.
    kinds.pop(FactKind.WITHDRAWN, None)
    kinds.pop(FactKind.RESENT, None)
    assert kinds == {FactKind.SUBMITTED: JOBS, FactKind.ENDED: CELLS, FactKind.VERIFIED: CELLS}
    assert recorded.holder is None
    assert sorted(rows) == [("datasets", 1), ("evals", 1), ("models", 3)]
    for name in ("registry.db", "registry.catalog.db", "local/queue.db"):
        assert site.ask(name, "PRAGMA integrity_check") == [("ok",)]


def _queued(site: Site) -> None:
    """Find the job of each attempt in the queue, and no other."""
    names = sorted(attempt.name for attempt in site.recorded.attempts)

    assert site.jobs == [(name, "COMPLETED") for name in names]


def _left(site: Site) -> None:
    """Find whole markers, and one export of the code, as the checkout has it."""
    markers = [json.loads(path.read_text()) for path in site.state.rglob("done.json")]
    exports = [path for path in (site.state / "code").iterdir() if path.name[0] != "."]

    assert len(markers) == CELLS
    assert all(Path(marker["output"]).is_dir() for marker in markers)
    assert [[path.name for path in export.iterdir()] for export in exports] == [["work.sh"]]
    assert (exports[0] / "work.sh").read_text() == WORK
