"""What otplan writes down: attempts, facts, approvals, and who is applying."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from hashlib import sha256

from otplan.core.graph import Resolved
from otplan.core.values import Time, Value, canonical


class FactKind(Enum):
    """What can be noted of a stage or of one attempt; nothing is ever taken back.

    SUBMITTED job: the id, and whose user · WITHDRAWN why, round: refused, or never sent ·
    RESENT round: the same intent is sent once more ·
    ENDED state, exit_code, cause · VERIFIED output, files, round: it is there ·
    VANISHED round: looked again and it is gone ·
    REPORTED url, state, started, ended, metrics: what W&B says of its run, which is over ·
    CANCELLED job: otplan asked for it · UPDATED digest, declared: changed while queued ·
    FIXED digest, why: the scheduler refused to change it to that ·
    RETRY after: a person allows one more · FORGOTTEN upto: attempts that no longer count ·
    DISBELIEVED attempt: its marker no longer counts. A round counts how often it came and went.
    """

    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    RESENT = "resent"
    ENDED = "ended"
    VERIFIED = "verified"
    VANISHED = "vanished"
    REPORTED = "reported"
    CANCELLED = "cancelled"
    UPDATED = "updated"
    FIXED = "fixed"
    RETRY = "retry"
    FORGOTTEN = "forgotten"
    DISBELIEVED = "disbelieved"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened, noted by anyone at any time; equal facts are one.

    `n` is the attempt, 0 for the stage as a whole; `element` is -1 for all of it. `at` is when
    it was noted and is no part of the identity, so that noting twice is noting once.
    """

    fingerprint: str
    n: int
    kind: FactKind
    at: Time
    element: int = -1
    values: Mapping[str, Value] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Return the identity: a hash of everything but the time."""
        key = [self.fingerprint, self.n, self.kind.value, self.element, dict(self.values)]
        return sha256(canonical(key).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One submission of a stage, written before sbatch: the intent.

    Unique by (workspace, fingerprint, n). `elements` lists those of the array it covers, empty
    for a plain job. `cluster`, `folder` and `name` find the job and its files again; `digest` is
    the submission digest it was made from; `components` are those of the stage, for the diff.
    `starts` is how many starts of its job may end in failure before it gives up. `take_over` lets
    it publish over what is somebody else's.
    """

    fingerprint: str
    n: int
    address: str
    role: str
    name: str
    cluster: str
    folder: str
    digest: str
    user: str
    manifest: str
    approval: int
    at: Time
    elements: tuple[int, ...] = ()
    disbelieved: tuple[int, ...] = ()
    components: Mapping[str, str] = field(default_factory=dict)
    declared: Mapping[str, str] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()
    starts: int = 1
    take_over: bool = False


@dataclass(frozen=True, slots=True)
class Holder:
    """Who is applying: enough to see whether that process still lives, and until when to wait."""

    user: str
    host: str
    boot: str
    pid: int
    started: Time
    since: Time
    expires: Time


@dataclass(frozen=True, slots=True)
class Approval:
    """What an apply was allowed to do: the resolved graph under a rising number."""

    number: int
    at: Time
    user: str
    manifest: str
    graph: Resolved


@dataclass(frozen=True, slots=True)
class Recorded:
    """A whole workspace as its registry has it, read in one request.

    `id` is empty and `approval` None where nothing was ever applied. `manifest` is the owner.
    """

    workspace: str
    id: str = ""
    manifest: str = ""
    approval: Approval | None = None
    attempts: tuple[Attempt, ...] = ()
    facts: tuple[Fact, ...] = ()
    holder: Holder | None = None
