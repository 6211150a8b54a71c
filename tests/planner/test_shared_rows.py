"""What an eval's row says to go on, and nothing here is at, has failed; what is unknown has not."""

from dataclasses import replace

import pytest

from otplan.core.catalog import CatalogKey, CatalogRow, of_eval
from otplan.core.evidence import Evidence, Finding
from otplan.core.record import Recorded
from otplan.core.snapshot import Cell, Seen, Snapshot, Standing
from otplan.planner.shared_rows import followed
from tests.planner.world import NOW, Scene, stage

EVAL = stage("e")
ROW = CatalogRow(CatalogKey("evals", of_eval("a", "m", "b")), {"agent": "a"}, "w-1", "", "v1:e")
STARTED = replace(ROW, values={"agent": "a", "status": "Started"})


def told(there: CatalogRow, cell: Cell) -> str | None:
    """Return the status that a row would get; None where nothing is written."""
    known = Snapshot(NOW, {("v1:e", 0): cell}, {}, Recorded("w"), rows={ROW.key: there})
    row = followed(ROW, EVAL, known)
    return row.values["status"] if row else None


def seen(standing: Standing) -> Cell:
    return Cell(seen=(Seen(Scene([EVAL]).tried("e"), 0, standing),))


@pytest.mark.parametrize("cell", [Cell(), seen(Standing.VOID), seen(Standing.UNSENT)])
def test_what_nobody_is_at_has_failed(cell: Cell) -> None:
    assert told(STARTED, cell) == "Failed"


@pytest.mark.parametrize(
    "cell",
    [
        seen(Standing.UNKNOWN),
        Cell(unknown="the site does not answer"),
        Cell(found=Evidence(Finding.VERIFIED)),
    ],
)
def test_what_may_be_on_its_way_or_done_stays_as_it_is(cell: Cell) -> None:
    assert told(STARTED, cell) is None


@pytest.mark.parametrize(
    "there",
    [
        replace(STARTED, workspace="w-2"),
        replace(STARTED, workspace=""),
        replace(STARTED, fingerprint="v1:other"),
        replace(STARTED, values={"status": "Finished"}),
    ],
)
def test_rows_of_others_and_of_what_was_declared_otherwise_stay_as_they_are(
    there: CatalogRow,
) -> None:
    assert told(there, Cell()) is None
