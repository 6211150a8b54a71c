"""Which cluster this machine belongs to, and what a check of one needs."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress

from otplan.core.cluster import Cluster
from otplan.errors import OtplanError
from otplan.operations.checking import Site
from otplan.operations.ground import Person
from otplan.operations.limits import alone, of_cluster
from otplan.render import git
from otplan.shell.here import Here
from otplan.shell.protocol import Shell


def host_names(shell: Shell) -> tuple[str, ...]:
    """Return the short and the full name of a machine, as far as it knows them."""
    asked = (shell.run(["hostname", *option]) for option in ([], ["-f"]))
    names = (done.out.decode(errors="replace").strip() for done in asked if not done.code)
    return tuple(dict.fromkeys(name for name in names if name))


def here(clusters: Iterable[Cluster], names: Iterable[str]) -> tuple[str, ...]:
    """Return the clusters whose hosts this machine, of these names, is one of."""
    named = tuple(names)
    return tuple(one.name for one in clusters if one.has_host(named, os.environ))


def site(cluster: Cluster, person: Person, belongs: tuple[str, ...]) -> Site:
    """Return what a check of a cluster looks at; its scheduler is asked for what it allows."""
    ground = alone(cluster, person)
    limits = None
    if ground.schedulers[cluster.name].abilities.limits:
        with suppress(OtplanError):
            limits = of_cluster(cluster, person, refresh=True)
    found = git.ask(Here(), ".", "rev-parse", "--show-toplevel")
    root = found.out.decode(errors="surrogateescape").strip() if found and not found.code else ""
    return Site(cluster, ground.shells[cluster.name], limits, belongs, root)
