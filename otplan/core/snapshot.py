"""What exists, at one moment: every attempt of every stage folded into where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from otplan.core.catalog import CatalogKey, CatalogRow
from otplan.core.evidence import Evidence, Target
from otplan.core.job import Abilities, Job, JobName, JobRef, Observed
from otplan.core.record import Attempt, Recorded
from otplan.core.site import SiteLimits
from otplan.core.values import Time


class Standing(Enum):
    """Where one attempt of one element stands.

    SUBMITTING: an intent whose job may still appear · UNSENT: an intent of which no job came,
    or that was refused: it is sent again under the same n · VOID: cancelled by otplan, as a twin
    or before it started: no failure · QUEUED, RUNNING: a live job · ENDED: over, and the look
    at what it made says whether it is done · LOST: gone without a word · UNKNOWN: not to be asked.
    """

    SUBMITTING = "submitting"
    UNSENT = "unsent"
    VOID = "void"
    QUEUED = "queued"
    RUNNING = "running"
    ENDED = "ended"
    LOST = "lost"
    UNKNOWN = "unknown"

    @property
    def live(self) -> bool:
        """Tell whether a job of it waits or runs."""
        return self in (Standing.QUEUED, Standing.RUNNING)


@dataclass(frozen=True, slots=True)
class Seen:
    """One attempt at one element: its row, its job if any, and where it stands.

    `cause` says how it ended (`failed`, `timeout`, `out_of_memory` …), empty if it did not.
    `digest` and `declared` are what was last sent for it; `fixed` are the digests that its queued
    job cannot be changed to, each with what the scheduler said. `why` is in plain words. `starts`
    is how many of its starts ended in failure: one job may be requeued after each.
    """

    attempt: Attempt
    element: int
    standing: Standing
    job: Job | None = None
    digest: str = ""
    cause: str = ""
    why: str = ""
    at: Time = 0
    declared: Mapping[str, str] = field(default_factory=dict)
    starts: int = 1
    fixed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cell:
    """Everything known of one element of one stage (a plain job is element 0).

    `done` is the evidence believed, or None. `vanished` says it was done and is gone.
    `found` is an artifact that nobody recorded. `retry` is the attempt after which a person
    allowed one more. `disbelieved` are attempts whose marker no longer counts. `foreign` says whose
    is what lies in its place, `lacking` what that lacks where it is not all it should be.
    """

    seen: tuple[Seen, ...] = ()
    done: Evidence | None = None
    vanished: bool = False
    found: Evidence | None = None
    unknown: str = ""
    retry: int = 0
    disbelieved: tuple[int, ...] = ()
    foreign: str = ""
    lacking: str = ""


NOTHING_KNOWN = Cell()
"""The cell of a stage that nobody ever heard of."""


@dataclass(frozen=True, slots=True)
class World:
    """The raw answers of one look, in the order they are read.

    `holder_alive` tells whether whoever wrote the last intents is still at it.
    `rows` are the catalog's rows of what was asked for. `unwritten` are the names of intents
    whose script was never written: nobody can have sent them. `limits` are what is known of each
    cluster's site.
    """

    at: Time
    user: str
    recorded: Recorded
    observed: Mapping[str, Observed] = field(default_factory=dict)
    abilities: Mapping[str, Abilities] = field(default_factory=dict)
    evidence: Mapping[Target, Evidence] = field(default_factory=dict)
    rows: Mapping[CatalogKey, CatalogRow | None] = field(default_factory=dict)
    offline: bool = False
    holder_alive: bool = False
    unwritten: frozenset[JobName] = frozenset()
    limits: Mapping[str, SiteLimits] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What exists: cells by fingerprint and element; stages of the record; strangers' jobs.

    `attempts` keeps every recorded attempt by fingerprint, also of what is no longer declared.
    `orphans` are live jobs that carry our mark and no token we know; `outside` are those that a
    stage waits for and nobody here submitted. `past_unknown` says why a cluster could not tell
    what ended. `elsewhere` says, by fingerprint, that somebody unknown here is at it.
    """

    at: Time
    cells: Mapping[tuple[str, int], Cell]
    attempts: Mapping[str, tuple[Attempt, ...]]
    recorded: Recorded
    user: str = ""
    abilities: Mapping[str, Abilities] = field(default_factory=dict)
    rows: Mapping[CatalogKey, CatalogRow | None] = field(default_factory=dict)
    orphans: tuple[Job, ...] = ()
    outside: Mapping[JobRef, tuple[Job, ...]] = field(default_factory=dict)
    unknown: Mapping[str, str] = field(default_factory=dict)
    past_unknown: Mapping[str, str] = field(default_factory=dict)
    offline: bool = False
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, SiteLimits] = field(default_factory=dict)

    def cell(self, fingerprint: str, element: int) -> Cell:
        """Return what is known of one element, which may be nothing."""
        return self.cells.get((fingerprint, element), NOTHING_KNOWN)
