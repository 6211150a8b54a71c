"""What jobs do on the fake cluster: the contract of templates/base.sbatch.j2, played in Python."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path

from otplan.artifacts import marker
from otplan.core import layout
from otplan.core.job import Job, JobRef, JobState
from otplan.schedulers.fake import Fake
from tests.machine.audit import Audit, Cell

_SET = re.compile(
    r"^otplan_(fingerprint|attempt|disbelieved|run|elements|outputs)=\(?(.*?)\)?$", re.MULTILINE
)
_INPUT = re.compile(r"^otplan_input (.+)$", re.MULTILINE)


class How(Enum):
    """How a program ends, and with it its job.

    SHORT: with 0, but what it should make is missing · MARKED: its node dies when the marker is
    written and the result is not · REQUEUED: its node dies, and it goes back to the queue.
    """

    WELL = "well"
    BADLY = "badly"
    SHORT = "short"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    NODE = "node"
    MARKED = "marked"
    PREEMPTED = "preempted"
    REQUEUED = "requeued"


_STATES = {
    How.BADLY: (JobState.FAILED, 1, "failed"),
    How.SHORT: (JobState.FAILED, 1, "no_evidence"),
    How.TIMEOUT: (JobState.TIMEOUT, 138, "timeout"),
    How.MEMORY: (JobState.OUT_OF_MEMORY, 137, "failed"),
    How.PREEMPTED: (JobState.PREEMPTED, 143, "cancelled"),
}
"""The job's state, and what its script writes last."""


@dataclass(frozen=True, slots=True)
class Script:
    """What a rendered script says of itself: read from its text, as bash would."""

    fingerprint: str
    attempt: int
    disbelieved: frozenset[int]
    run: Path
    array: bool
    outputs: tuple[str, ...]
    inputs: tuple[tuple[Path, str], ...]


@lru_cache(maxsize=512)
def script(text: str) -> Script:
    """Read a script."""
    said = {name: shlex.split(value) for name, value in _SET.findall(text)}
    inputs = [shlex.split(line) for line in _INPUT.findall(text)]
    return Script(
        fingerprint=said["fingerprint"][0],
        attempt=int(said["attempt"][0]),
        disbelieved=frozenset(map(int, " ".join(said["disbelieved"]).split())),
        run=Path(said["run"][0]),
        array=said["elements"] != ["0"],
        outputs=tuple(said["outputs"]),
        inputs=tuple((Path(words[2]), words[3]) for words in inputs),
    )


@dataclass(frozen=True, slots=True)
class Start:
    """One start of one job, or of one element of an array."""

    job: Job
    script: Script

    @property
    def id(self) -> str:
        """Return the job as it names itself in claims and results."""
        id_ = self.job.ref.id
        return id_ if self.job.element is None else f"{id_}_{self.job.element}"

    @property
    def cell(self) -> Cell:
        """Return what it is to make."""
        return self.script.fingerprint, -1 if self.job.element is None else self.job.element

    @property
    def home(self) -> Path:
        """Return the run folder, or the element's in it."""
        return self.script.run / f"e{self.job.element}" if self.script.array else self.script.run

    @property
    def folder(self) -> Path:
        """Return the folder of this attempt."""
        return self.home / f"attempt-{self.script.attempt}"

    def verified(self, home: Path, fingerprint: str) -> marker.Marker | None:
        """Return the marker of a folder, if all it lists is there."""
        place = home / layout.MARKER
        found = marker.read(place.read_bytes()) if place.exists() else None
        if found is None or found.fingerprint != fingerprint:
            return None
        sizes = {name: _size(Path(found.output) / name) for name in found.files}
        return found if sizes == found.files else None

    def done(self) -> bool:
        """Tell whether there is nothing to do: made, by an attempt that is still believed."""
        found = self.verified(self.home, self.script.fingerprint)
        return found is not None and found.attempt not in self.script.disbelieved

    def claims(self, n: int) -> bool:
        """Hold an attempt, unless another job does."""
        claim = self.home / f"attempt-{n}" / layout.CLAIM
        claim.parent.mkdir(parents=True, exist_ok=True)
        if not claim.exists():
            claim.write_text(f"{self.id}\n")
        return claim.read_text() == f"{self.id}\n"

    def superseded(self) -> bool:
        """Tell whether a later attempt has started."""
        names = (place.parent.name for place in self.home.glob(f"attempt-*/{layout.CLAIM}"))
        return any(int(name.rpartition("-")[2]) > self.script.attempt for name in names)

    def missing(self) -> str:
        """Return the fingerprint of an input that is not there, or nothing."""
        absent = (f for home, f in self.script.inputs if self.verified(home, f) is None)
        return next(absent, "")

    def tell(self, code: int, cause: str, now: int) -> None:
        """Write the result, the last thing a script does."""
        said = {"job": self.id, "restarts": self.job.restarts, "exit_code": code, "cause": cause}
        (self.folder / layout.RESULT).write_text(json.dumps(said | {"ended": now}))

    def make(self) -> None:
        """Write the outputs, and the marker over them."""
        output = self.folder / layout.OUTPUT
        files = {}
        for name in self.script.outputs:
            (output / name).parent.mkdir(parents=True, exist_ok=True)
            (output / name).write_text(f"made by {self.id}, start {self.job.restarts}\n")
            files[name] = _size(output / name) or 0
        made = marker.Marker(self.script.fingerprint, self.script.attempt, str(output), files)
        (self.home / layout.MARKER).write_bytes(marker.write(made))


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.exists() else None


class Jobs:
    """The compute nodes: they start what the queue lets start, and end it as the test says.

    `scancel` says whether a job can cancel itself; where it cannot, it ends with 75.
    """

    def __init__(self, fake: Fake, audit: Audit, *, scancel: bool) -> None:
        self.fake = fake
        self.audit = audit
        self.scancel = scancel
        self.running: dict[tuple[str, int | None], Start] = {}
        self._spool: dict[str, Script] = {}

    def spool(self, job: str, text: str) -> None:
        """Keep the script as it was when the job was submitted, as sbatch does."""
        self._spool[job] = script(text)

    def start(self, most: int = 0) -> int:
        """Start jobs that may start, `most` of them (0: all); return how many did."""
        started = self.fake.tick(most)
        for job in started:
            self._begin(Start(job, self._spool[job.ref.id]))
        return len(started)

    def _begin(self, start: Start) -> None:
        if start.done():
            self.fake.end(start.job.ref, JobState.COMPLETED, 0, start.job.element)
        elif not start.claims(start.script.attempt):
            self._is_twin(start)
        elif start.superseded():
            self._stop(start, "superseded")
        else:
            for n in range(1, start.script.attempt):
                if not (start.home / f"attempt-{n}" / layout.CLAIM).exists():
                    start.claims(n)
            self._run(start)

    def _run(self, start: Start) -> None:
        missing = start.missing()
        if missing:
            dropped = self.fake.site.lifts
            self.audit.input_is_missing(missing, start.id, dropped=dropped)
            self._stop(start, "inputs")
            return
        self.audit.program_starts(start.cell, start.id)
        self.running[start.job.ref.id, start.job.element] = start

    def _is_twin(self, start: Start) -> None:
        job, element = start.job.ref, start.job.element
        if self.scancel:
            self.fake.cancel([job], {} if element is None else {job: [element]})
        else:
            self.fake.end(job, JobState.FAILED, 75, element)

    def _stop(self, start: Start, cause: str) -> None:
        start.tell(75, cause, self.fake.now)
        self.fake.end(start.job.ref, JobState.FAILED, 75, start.job.element)

    def end(self, i: int, how: How) -> None:
        """End one of the programs that run; nothing runs, nothing ends."""
        if not self.running:
            return
        keys = list(self.running)
        start = self.running.pop(keys[i % len(keys)])
        self.audit.program_ends(start.cell)
        if how in (How.WELL, How.MARKED):
            start.make()
            self.audit.product_is_there(start.cell)
        self._over(start, how)

    def _over(self, start: Start, how: How) -> None:
        job, element = start.job.ref, start.job.element
        if how is How.REQUEUED and self.fake.site.requeue:
            self.fake.requeue(job, element)
        elif how in (How.NODE, How.MARKED, How.REQUEUED):
            self.fake.end(job, JobState.NODE_FAIL, 0, element)
        elif how is How.WELL:
            start.tell(0, "", self.fake.now)
            self.fake.end(job, JobState.COMPLETED, 0, element)
        else:
            state, code, cause = _STATES[how]
            start.tell(code, cause, self.fake.now)
            self.fake.end(job, state, code, element)

    def sweep(self) -> None:
        """Stop the programs of jobs that were cancelled meanwhile."""
        states = {(job.ref.id, job.element): job.state for job in self.fake.jobs()}
        for key, start in list(self.running.items()):
            if states[key] is not JobState.RUNNING:
                del self.running[key]
                self.audit.program_ends(start.cell)
                start.tell(143, "cancelled", self.fake.now)

    def finish(self) -> None:
        """Start all that can start and end it well, until nothing can."""
        while self.start() or self.running:
            while self.running:
                self.end(0, How.WELL)

    def job(self, ref: JobRef) -> Job:
        """Return a job, or the first element of an array."""
        return next(job for job in self.fake.jobs() if job.ref == ref)
