"""The state machine: people edit, apply and interfere, jobs end as they like, processes die."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from otplan.operations.deciding import adopt, cancel, forget, retry
from otplan.operations.observe import Look
from otplan.planner.policy import Policy
from otplan.schedulers.faults import Fault, Site
from tests.machine.crash import Fuse
from tests.machine.jobs import How
from tests.machine.login import Call
from tests.machine.manifests import GIVEN, SECTIONS, Manifest, Thing
from tests.machine.settling import apply_quietly, nothing_is_lost, settle
from tests.machine.world import Rules, World

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own in it: there fsync costs nothing
ROOT = Path(tempfile.mkdtemp(prefix="otplan-machine-", dir=MEMORY if MEMORY.is_dir() else None))

NAMES = tuple("abcdefgh")
INDEX = st.integers(0, 11)
USERS = st.sampled_from(tuple(os.environ.get("USERS_", "ann ann ann bob").split()))
SKEWS = st.sampled_from((0, 0, 0, 0, 86400, -86400))
SECONDS = st.sampled_from((1, 10, 59, 61, 299, 600, 3700, 90000))
TIMES = st.sampled_from(("", "60m", "02:00:00", "1-00:00:00"))
ENDS = st.sampled_from((How.WELL, How.WELL, How.WELL, *How))
FAULTS = st.sampled_from(
    (
        Fault(),
        Fault(made=True),
        Fault(made=True, late=50),
        Fault(refused="limit"),
        Fault(refused="invalid"),
    )
)
THINGS = st.builds(
    Thing,
    kind=st.sampled_from(tuple(SECTIONS)),
    name=st.sampled_from(NAMES),
    seed=st.integers(0, 3),
    reads=st.lists(st.sampled_from(NAMES), max_size=2).map(tuple),
    chunks=st.sampled_from((0, 0, 2, 3, GIVEN)),
    orders=st.sampled_from(((), (), (1, 2))),
    time=TIMES,
    attempts=st.integers(1, 3),
)
FLAGS = st.sampled_from(
    (
        Policy(),
        Policy(),
        Policy(replace_running=True),
        Policy(cancel_running=True),
        Policy(replace_running=True, cancel_running=True),
    )
)


class Machine(RuleBasedStateMachine):
    """Everything that can happen to one workspace of two users on one cluster."""

    house: ClassVar[Rules] = Rules()

    def __init__(self) -> None:
        super().__init__()
        self.world = World(ROOT, self.house)
        self.past = [Manifest()]

    def teardown(self) -> None:
        """Let everything come to rest."""
        try:
            if sys.exc_info()[0] is None:
                settle(self.world)
        finally:
            self.world.close()

    @property
    def mine(self) -> Manifest:
        """Return the manifest as ann has it."""
        return self.world.manifests["ann"]

    def write(self, manifest: Manifest) -> None:
        """Save an edit of the manifest, unless it is none that can be planned."""
        if self.world.valid(manifest):
            self.world.manifests["ann"] = manifest
            self.past.append(manifest)

    @initialize(first=THINGS, more=st.lists(THINGS, max_size=5))
    def declare(self, first: Thing, more: list[Thing]) -> None:
        self.write(
            Manifest().add(replace(first, kind="dataset", reads=(), chunks=abs(first.chunks)))
        )
        for thing in more:
            self.write(self.mine.add(thing))
        self.pull()

    @rule(thing=THINGS)
    def add(self, thing: Thing) -> None:
        self.write(self.mine.add(thing))

    @rule(i=INDEX)
    def comment_out(self, i: int) -> None:
        self.write(self.mine.remove(i % len(self.mine.things)))

    @rule(i=INDEX, thing=THINGS, what=st.sampled_from(("seed", "chunks", "orders", "reads")))
    def change_result(self, i: int, thing: Thing, what: str) -> None:
        at = i % len(self.mine.things)
        self.write(self.mine.change(at, **{what: getattr(thing, what)}))

    @rule(i=INDEX, time=TIMES, cpus=st.integers(0, 2), attempts=st.integers(1, 3))
    def change_queue(self, i: int, time: str, cpus: int, attempts: int) -> None:
        at = i % len(self.mine.things)
        self.write(self.mine.change(at, time=time, cpus=cpus, attempts=attempts))

    @rule(names=st.permutations(NAMES), follow=st.booleans())
    def rename(self, names: list[str], follow: bool) -> None:
        self.write(self.mine.rename(dict(zip(NAMES, names, strict=True)), follow=follow))

    @rule(comment=st.sampled_from(("one", "two")))
    def rewrite(self, comment: str) -> None:
        self.write(Manifest(self.mine.reverse().things, comment))

    @rule(i=INDEX)
    def check_out(self, i: int) -> None:
        """Take back what was declared before."""
        self.write(self.past[-1 - i % len(self.past)])

    @rule()
    def pull(self) -> None:
        """Let bob have ann's manifest."""
        self.world.manifests["bob"] = self.mine

    @rule(user=USERS, flags=FLAGS)
    def apply(self, user: str, flags: Policy) -> None:
        apply_quietly(self.world, Call(user, policy=flags))

    @rule(user=USERS, skew=SKEWS)
    def apply_by_another_clock(self, user: str, skew: int) -> None:
        self.world.apply(Call(user, skew))

    @rule(user=USERS, at=st.integers(1, 25), after=st.booleans(), stop=st.booleans())
    def apply_and_die(self, user: str, at: int, after: bool, stop: bool) -> None:
        call = Call(user, stop=at) if stop else Call(user, fuse=Fuse(at, after=after))
        self.world.apply(call)

    @rule(user=USERS, faults=st.lists(st.none() | FAULTS, min_size=1, max_size=3))
    def apply_in_trouble(self, user: str, faults: list[Fault | None]) -> None:
        self.world.fake.faults = faults
        self.world.apply(Call(user))
        self.world.fake.faults = []

    @rule(user=USERS, at=st.integers(1, 25), after=st.booleans(), who=USERS, wait=SECONDS)
    def apply_meanwhile(self, user: str, at: int, after: bool, who: str, wait: int) -> None:
        """Apply, and at one moment of it let time pass, jobs start, and somebody else apply."""

        def meanwhile() -> None:
            self.world.fake.advance(wait)
            self.world.unlock()
            self.world.apply(Call(who))
            self.world.jobs.start(1)

        self.world.apply(Call(user, fuse=Fuse(at, after=after, meanwhile=meanwhile)))

    @rule(i=INDEX, user=USERS)
    def resubmit(self, i: int, user: str) -> None:
        stages = self.world.graph(user).stages
        stage = stages[i % len(stages)]
        again = {cell for cell in self.world.audit.made if cell[0] == stage.fingerprint}
        self.world.audit.allowed |= again
        self.world.apply(Call(user, policy=Policy(resubmit=frozenset({stage.fingerprint}))))

    @rule(user=USERS, at=st.integers(0, 15))
    def go_on(self, user: str, at: int) -> None:
        self.world.go_on(Call(user, fuse=Fuse(at)))

    @rule(user=USERS, i=INDEX, word=st.sampled_from((retry, cancel, forget)), at=st.integers(0, 3))
    def decide(self, user: str, i: int, word: Callable[..., object], at: int) -> None:
        if word is forget and self.house.private:
            return  # Whoever forgets what only another user sees answers for it.
        self.world.decide(Call(user, fuse=Fuse(at)), word, i)

    @rule(user=USERS, i=INDEX)
    def adopt(self, user: str, i: int) -> None:
        self.world.decide(Call(user), adopt, i, "")

    @rule(user=USERS, refresh=st.booleans())
    def look(self, user: str, refresh: bool) -> None:
        before = self.world.registry.read("lab")
        self.world.plan(Call(user), Look(refresh=refresh))
        self.world.plan(Call(user), Look(offline=True))
        assert self.world.registry.read("lab") == before

    @rule(i=INDEX)
    def scancel(self, i: int) -> None:
        """Cancel a job behind otplan's back."""
        live = [job for job in self.world.fake.jobs() if job.state.live and " lab " in job.comment]
        if live:
            job = live[i % len(live)]
            named = {} if job.element is None else {job.ref: [job.element]}
            self.world.fake.cancel([job.ref], named)
            self.world.jobs.sweep()

    @rule(i=INDEX, whole=st.booleans())
    def delete(self, i: int, whole: bool) -> None:
        """Delete what a stage made: its outputs, or its whole folder."""
        made = sorted(self.world.audit.made)
        if made:
            self._delete(made[i % len(made)][0], whole=whole)

    @rule(there=st.booleans())
    def move_data(self, there: bool) -> None:
        """Take away what exists already, or put it back."""
        self.world.give(there=there)

    def _delete(self, fingerprint: str, *, whole: bool) -> None:
        self.world.audit.touched.add(fingerprint)
        self.world.audit.allowed |= {c for c in self.world.audit.made if c[0] == fingerprint}
        self.world.remove(fingerprint, whole=whole)

    @rule(why=st.sampled_from(("squeue does not answer", "")), user=USERS)
    def apply_blindly(self, why: str, user: str) -> None:
        self.world.fake.blind = [why]
        self.world.apply(Call(user))
        self.world.fake.blind = []

    @rule(seconds=SECONDS)
    def advance(self, seconds: int) -> None:
        self.world.fake.advance(seconds)

    @rule(most=st.integers(0, 3))
    def start(self, most: int) -> None:
        self.world.jobs.start(most)

    @rule(i=INDEX, how=ENDS)
    def end(self, i: int, how: How) -> None:
        self.world.jobs.end(i, how)

    @rule(most=st.integers(1, 4))
    def work(self, most: int) -> None:
        """Let some jobs start and end well."""
        for _ in range(most):
            self.world.jobs.start(1)
            self.world.jobs.end(0, How.WELL)

    @rule()
    def settle(self) -> None:
        settle(self.world)

    @invariant()
    def nothing_is_lost(self) -> None:
        if self.world.asked:
            nothing_is_lost(self.world)
        self.world.asked = False


class OldSlurm(Machine):
    """Slurm up to 22.05 without accounting: ended jobs are forgotten, and edges on them lifted."""

    house = Rules(Site(accounting=False, lifts=True))


class Forgetful(Machine):
    """A site without accounting where jobs cannot cancel themselves, and few may be queued."""

    house = Rules(Site(accounting=False, min_job_age=60, most=8, requeue=False), scancel=False)


class Private(Machine):
    """A site that shows each user only their own jobs."""

    house = Rules(Site(), private=True)
