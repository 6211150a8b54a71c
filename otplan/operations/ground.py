"""What every operation stands on: the clusters with their queues and files, and the records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from otplan.artifacts.protocol import Artifacts
from otplan.artifacts.table import ARTIFACTS, hub
from otplan.catalogs.protocol import Catalog
from otplan.catalogs.table import CATALOGS
from otplan.core.cluster import Cluster
from otplan.core.evidence import Target
from otplan.core.hub import repo_of
from otplan.core.values import Time
from otplan.operations.progress import Progress, Said
from otplan.operations.tokens import token
from otplan.registries.keeping import KeepingRegistry
from otplan.registries.outbox import Outbox
from otplan.registries.protocol import Registry
from otplan.registries.table import REGISTRIES
from otplan.schedulers import table as schedulers
from otplan.schedulers.protocol import Scheduler
from otplan.shell.protocol import Shell
from otplan.shell.table import connect


@dataclass(frozen=True, slots=True)
class Person:
    """Who is at the keyboard, by which clock, who listens, and where their own files lie.

    `pause` sleeps for some seconds; `folder` is the user's config folder, `state` that of what
    is kept between commands; both may be absent, and without `state` nothing is kept.
    """

    user: str
    clock: Callable[[], Time]
    pause: Callable[[float], None]
    progress: Progress
    folder: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Ground:
    """One workspace's surroundings. Maps are by cluster name; nothing was asked yet."""

    workspace: str
    clusters: Mapping[str, Cluster]
    shells: Mapping[str, Shell]
    schedulers: Mapping[str, Scheduler]
    artifacts: Mapping[str, Artifacts]
    registry: Registry
    catalog: Catalog
    person: Person
    hub: Artifacts = field(default_factory=lambda: hub(lambda: ""))

    @property
    def now(self) -> Time:
        """Return the time by the person's clock."""
        return self.person.clock()

    def store(self, target: Target) -> Artifacts:
        """Return the store that a target lies in."""
        return self.hub if repo_of(target.folder) else self.artifacts[target.cluster]

    def home(self, cluster: str) -> str:
        """Return the folder of experiments of a cluster."""
        return self.clusters[cluster].experiments_dir


@dataclass(frozen=True, slots=True)
class Records:
    """Of which kind registry and catalog are, and where: beside one file, or at a URL.

    An empty place is what the environment says.
    """

    registry: str
    place: str


def ground(
    workspace: str, clusters: Mapping[str, Cluster], records: Records, person: Person
) -> Ground:
    """Connect what the tables name; nothing is asked of anything yet."""
    hosts = {login: connect(login) for login in {each.login for each in clusters.values()}}
    shells = {name: hosts[cluster.login] for name, cluster in clusters.items()}
    return Ground(
        workspace=workspace,
        clusters=clusters,
        shells=shells,
        schedulers={
            name: schedulers.connect(cluster, shells[name], person.clock)
            for name, cluster in clusters.items()
        },
        artifacts={name: ARTIFACTS["files"](shells[name]) for name in clusters},
        registry=_registry(records, person),
        catalog=CATALOGS[records.registry](records.place),
        person=person,
        hub=hub(partial(token, clusters, shells)),
    )


def _registry(records: Records, person: Person) -> Registry:
    """Return the registry, with a place for what it cannot take while it is away."""
    registry = REGISTRIES[records.registry](records.place)
    if not person.state:
        return registry
    return KeepingRegistry(
        registry,
        Outbox(Path(person.state, "facts")),
        # Who waits for the network waits long enough to be killed meanwhile.
        ahead=records.registry != "sqlite",
        tell=lambda text: person.progress.tell(Said("registry", text)),
        last=None if records.registry == "sqlite" else Path(person.state, "recorded"),
    )
