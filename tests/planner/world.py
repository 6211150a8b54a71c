"""Worlds in a few lines: stages, what was tried, what the queue says, what lies in the folders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from otplan.core.address import Address
from otplan.core.evidence import Evidence, Finding, Result, Target
from otplan.core.graph import Graph, Resolved, Workspace
from otplan.core.job import Abilities, Job, JobRef, JobState, Observed
from otplan.core.plan import Action, Change, Plan, Reason
from otplan.core.record import Attempt, Fact, FactKind, Recorded
from otplan.core.resource import Resource
from otplan.core.snapshot import Snapshot, World
from otplan.core.stage import Limits, Need, Program, Stage
from otplan.fingerprint.naming import job_name, token
from otplan.planner.fold import fold
from otplan.planner.learned import learned
from otplan.planner.plan import plan
from otplan.planner.policy import NO_PERMISSIONS, Policy

NOW = 1_800_000_000
HOUR = 3600
DAY = 24 * HOUR
MANIFEST = "git@host:project#m.yaml"
WORKSPACE = Workspace("w", MANIFEST, "m.yaml", id="w-1")
SLURM = Abilities(
    hold=True,
    array=True,
    requeue=True,
    update=frozenset({"time", "dependency"}),
    settles=300,
    forgets=300,
)
"""What a Slurm site without accounting can do."""


def stage(name: str, *parents: str, elements: int = 0, **more: Any) -> Stage:  # noqa: ANN401
    """Return a stage of `script.<name>` that reads its parents; its fingerprint is `v1:<name>`.

    `a@new` is another fingerprint of the same resource `a`.
    """
    fingerprint = more.pop("fingerprint", f"v1:{name}")
    bare = Stage(
        addresses=(_address(name),),
        role="run",
        template="",
        fingerprint=fingerprint,
        components={"args.x": f'"{name}"'} | {f"input.{p}": f'["v1:{p}"]' for p in parents},
        digest="d1",
        cluster="c",
        program=Program(),
        limits=Limits(),
        needs=tuple(Need(f"v1:{parent}", parent) for parent in parents),
        elements=elements,
    )
    return replace(bare, **more)


def chain(length: int) -> list[Stage]:
    """Return s0 → s1 → …, each reading the one before."""
    return [stage(f"s{i}", *([f"s{i - 1}"] if i else [])) for i in range(length)]


def diamond() -> list[Stage]:
    """Return top → left, right → bottom."""
    return [
        stage("top"),
        stage("left", "top"),
        stage("right", "top"),
        stage("bottom", "left", "right"),
    ]


@dataclass
class Scene:
    """A world that a test adds to; `plan` folds it and plans, as a command would."""

    stages: Sequence[Stage]
    attempts: list[Attempt] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    evidence: dict[tuple[str, int], Evidence] = field(default_factory=dict)
    silent: Mapping[str, str] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)
    resources: dict[Address, Resource] = field(default_factory=dict)
    now: int = NOW

    def tried(self, name: str, n: int = 1, **more: Any) -> Attempt:  # noqa: ANN401
        """Add an intent; `more` are fields of the attempt."""
        declared = next((s for s in self.stages if s.fingerprint == f"v1:{name}"), None)
        address = _address(name)
        bare = Attempt(
            fingerprint=f"v1:{name}",
            n=n,
            address=str(address),
            role="run",
            name=job_name(address.slug, token(WORKSPACE.id, f"v1:{name}"), n),
            cluster="c",
            folder=f"/x/{name}",
            digest="d1",
            user="me",
            manifest=MANIFEST,
            approval=n,
            at=NOW - HOUR,
            elements=tuple(declared.cells) if declared and declared.elements else (),
            components={"args.x": f'"{name}"'},
        )
        self.attempts.append(replace(bare, **more))
        return self.attempts[-1]

    def noted(
        self,
        name: str,
        kind: FactKind,
        n: int = 0,
        element: int = -1,
        **values: Any,  # noqa: ANN401
    ) -> None:
        """Add a fact, an hour old."""
        self.facts.append(Fact(f"v1:{name}", n, kind, NOW - HOUR, element, values))

    def submitted(self, name: str, n: int = 1, **more: Any) -> JobRef:  # noqa: ANN401
        """Add an attempt whose submission was answered; `job` is its id."""
        job = more.pop("job", str(100 + len(self.facts)))
        tried = self.tried(name, n, **more)
        self.noted(name, FactKind.SUBMITTED, n, job=job)
        return JobRef(tried.cluster, job)

    def queue(self, ref: JobRef, state: JobState, **more: Any) -> JobRef:  # noqa: ANN401
        """Let the scheduler say this of the newest attempt, or of the one with this `name`."""
        name = more.pop("name", self.attempts[-1].name if self.attempts else "")
        elements = more.pop("elements", (None,))
        bare = Job(ref, name, state, user="me", submitted=NOW - HOUR, comment="otplan w w-1")
        if not state.queued:
            bare = replace(bare, started=NOW - HOUR)
        if not state.live:
            bare = replace(bare, ended=NOW - HOUR // 2)
        self.jobs += [replace(bare, element=element, **more) for element in elements]
        return ref

    def live(
        self,
        name: str,
        state: JobState = JobState.RUNNING,
        n: int = 1,
        **more: Any,  # noqa: ANN401
    ) -> JobRef:
        """Add an attempt with a live job; `more` are fields of the attempt or of the job."""
        fields = {key: more.pop(key) for key in tuple(more) if key in Attempt.__slots__}
        ref = self.submitted(name, n, **fields)
        elements = self.attempts[-1].elements or (None,)
        return self.queue(ref, state, **{"elements": elements} | more)

    def over(
        self,
        name: str,
        state: JobState = JobState.FAILED,
        n: int = 1,
        **more: Any,  # noqa: ANN401
    ) -> JobRef:
        """Add an attempt whose job ended so."""
        return self.live(name, state, n, **more)

    def ended(
        self,
        name: str,
        cause: str = "failed",
        n: int = 1,
        starts: int = 1,
        **more: Any,  # noqa: ANN401
    ) -> None:
        """Add an attempt that is recorded as ended, and that no scheduler is asked about."""
        ref = self.submitted(name, n, **more)
        state = "FAILED" if cause else "COMPLETED"
        values = {"job": ref.id, "state": state, "cause": cause, "starts": starts}
        for element in self.attempts[-1].elements or (-1,):
            self.noted(name, FactKind.ENDED, n, element, **values)

    def done(self, name: str, n: int = 1, **more: Any) -> None:  # noqa: ANN401
        """Add an attempt that ended well and whose product is recorded."""
        self.ended(name, "", n, **more)
        for element in self.attempts[-1].elements or (-1,):
            self.verified(name, n, element)

    def verified(self, name: str, n: int = 1, element: int = -1, **values: Any) -> None:  # noqa: ANN401
        """Add that a product was seen."""
        usual = {"output": f"/x/{name}/{n}", "files": {"f": 1}, "metrics": {}, "round": 1}
        self.noted(name, FactKind.VERIFIED, n, element, **(usual | values))

    def lies(self, name: str, finding: Finding, n: int = 1, element: int = -1, **more: Any) -> None:  # noqa: ANN401
        """Let a look at the run folder find this; the marker is of attempt `n`."""
        found = Evidence(finding, n, f"/x/{name}/{n}", {"f": 1}, **more)
        self.evidence[f"v1:{name}", element] = found

    def wrote(self, name: str, job: str, code: int, cause: str = "", **more: int) -> None:
        """Let attempt `n` have left this last word, and noted `starts` that ended in failure."""
        n, starts = more.pop("n", 1), more.pop("starts", 0)
        results = {n: Result(job, 0, code, cause, NOW - HOUR, **more)}
        self.evidence[f"v1:{name}", -1] = Evidence(
            Finding.ABSENT, results=results, endings={n: starts}
        )

    @property
    def graph(self) -> Graph:
        """Return the stages as a graph."""
        labels = {one.fingerprint: one.label for one in self.stages}
        return Graph(Resolved(WORKSPACE, tuple(self.stages)), self.resources, labels)

    @property
    def world(self) -> World:
        """Return the raw answers."""
        clusters = {"c", *self.silent, *(job.ref.cluster for job in self.jobs)}
        bare = World(
            at=self.now,
            user="me",
            recorded=Recorded(
                "w", "w-1", MANIFEST, attempts=tuple(self.attempts), facts=tuple(self.facts)
            ),
            observed={name: self._observed(name) for name in sorted(clusters)},
            abilities=dict.fromkeys(sorted(clusters), SLURM),
            evidence={Target("c", "", f, e): seen for (f, e), seen in self.evidence.items()},
        )
        return replace(bare, **self.more)

    def _observed(self, name: str) -> Observed:
        jobs = tuple(job for job in self.jobs if job.ref.cluster == name)
        answered = Observed(name, NOW, jobs, self.silent.get(name, ""))
        return replace(answered, **self.answer)

    @property
    def snapshot(self) -> Snapshot:
        """Return what the answers mean."""
        return fold(self.graph.resolved, self.world)

    def plan(self, policy: Policy = NO_PERMISSIONS) -> Plan:
        """Return the plan for this world."""
        return plan(self.graph, self.snapshot, policy)

    def told(self, policy: Policy = NO_PERMISSIONS) -> list[str]:
        """Return the plan in short: `+ a new` for each change."""
        return [short(change) for change in self.plan(policy).changes]

    def sync(self) -> list[Fact]:
        """Note what a look teaches, and return it."""
        facts = learned(self.snapshot)
        self.facts += facts
        return facts

    def apply(self, policy: Policy = NO_PERMISSIONS) -> None:
        """Do what the plan says in the simplest of worlds: what is submitted is done at once."""
        for change in self.plan(policy).changes:
            for n in change.disbelieved:
                for element in change.elements or (-1,):
                    self.noted(_name(change), FactKind.DISBELIEVED, element=element, attempt=n)
            if change.action in (Action.SUBMIT, Action.REPLACE):
                self._make(change)
            self._cancel(change.cancels)

    def _make(self, change: Change) -> None:
        name = _name(change)
        self.attempts = [
            one for one in self.attempts if (one.fingerprint, one.n) != (f"v1:{name}", change.n)
        ]
        digest = next(s.digest for s in self.stages if s.fingerprint == change.fingerprint)
        self.done(name, change.n, elements=change.elements, digest=digest)
        places = change.elements or (-1,)
        self.evidence = {
            (f, e): seen
            for (f, e), seen in self.evidence.items()
            if f != change.fingerprint or e not in places
        }

    def _cancel(self, refs: Sequence[JobRef]) -> None:
        by_name = {one.name: one for one in self.attempts}
        for job in [one for one in self.jobs if one.ref in refs]:
            row = by_name[job.name]
            name = row.fingerprint.removeprefix("v1:")
            self.noted(name, FactKind.CANCELLED, row.n, job=job.ref.id)
            ended = replace(job, state=JobState.CANCELLED, ended=NOW)
            self.jobs = [ended if one is job else one for one in self.jobs]


def short(change: Change) -> str:
    """Return a change in short: symbol, name, code of its first reason."""
    name = change.label.removeprefix("script.").removesuffix("/run")
    return f"{change.action.value} {name} {change.reasons[0].code}"


def only(changes: Sequence[Change], action: Action) -> Change:
    """Return the one change of this action."""
    (one,) = [change for change in changes if change.action is action]
    return one


def only_reason(scene: Scene, name: str) -> Reason:
    """Return the first reason of the one change of a stage."""
    (change,) = [one for one in scene.plan().changes if one.fingerprint == f"v1:{name}"]
    return change.reasons[0]


def _name(change: Change) -> str:
    return change.fingerprint.removeprefix("v1:")


def _address(name: str) -> Address:
    return Address("script", name.partition("@")[0])
