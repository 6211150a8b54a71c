"""What the schedulers said, indexed, and how far it can be believed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from otplan.core.job import Abilities, Job, JobName
from otplan.core.snapshot import World
from otplan.core.values import Time


@dataclass(frozen=True, slots=True)
class Sight:
    """The answers of the schedulers, indexed, and how far they can be believed.

    `clocks` is what each cluster that was asked calls now; `silent` why it did not answer, and
    `past_silent` why it could not say what ended. `sending` are names that are being submitted,
    `unwritten` names that nobody can have submitted.
    """

    at: Time
    user: str
    jobs: Mapping[str, Sequence[Job]]
    clocks: Mapping[str, Time]
    silent: Mapping[str, str]
    past_silent: Mapping[str, str]
    sending: frozenset[JobName]
    unwritten: frozenset[JobName]
    abilities: Mapping[str, Abilities]
    holder_alive: bool
    offline: bool

    def unanswered(self, cluster: str) -> str:
        """Return why nothing can be said of a job that a cluster does not tell of."""
        if self.offline or cluster in self.clocks:
            return self.silent.get(cluster, "") or self.past_silent.get(cluster, "")
        return f"its cluster `{cluster}` is none that can be asked from here"

    def age(self, since: Time, cluster: str) -> int:
        """Return the least seconds that have passed by our clock and by the cluster's."""
        return min(self.at, self.clocks.get(cluster, self.at)) - since


def sight(world: World) -> Sight:
    """Index what the schedulers said."""
    jobs: dict[str, list[Job]] = defaultdict(list)
    for observed in world.observed.values():
        for job in observed.jobs:
            jobs[job.name].append(job)
    return Sight(
        at=world.at,
        user=world.user,
        jobs=jobs,
        clocks={name: observed.at for name, observed in world.observed.items()},
        silent={name: seen.unknown for name, seen in world.observed.items() if seen.unknown},
        past_silent={n: seen.past_unknown for n, seen in world.observed.items()},
        unwritten=world.unwritten,
        sending=frozenset().union(*(seen.sending for seen in world.observed.values())),
        abilities=world.abilities,
        holder_alive=world.holder_alive,
        offline=world.offline,
    )
