"""A cluster, a registry and two users at their keyboards: everything the machine acts on."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest

from otplan.artifacts.files import Files
from otplan.catalogs.sqlite import SqliteCatalog
from otplan.core.cluster import Cluster
from otplan.core.graph import Graph, Workspace
from otplan.core.job import Order
from otplan.core.layout import run_folder
from otplan.core.report import Report
from otplan.core.stage import Limits
from otplan.errors import Busy, ManifestInvalid, OtplanError, Place, Severity, Superseded, Usage
from otplan.lint.check import check
from otplan.load import lock
from otplan.load.manifest import Loaded, load
from otplan.operations import hold, observe
from otplan.operations.applying import Approval, apply
from otplan.operations.continuing import go_on
from otplan.operations.ground import Ground, Person
from otplan.operations.observe import Look
from otplan.operations.planning import Planned, make_plan
from otplan.operations.project import Project
from otplan.operations.sync import sync
from otplan.planner.policy import Policy
from otplan.planner.resolve import resolve
from otplan.registries.protocol import Registry
from otplan.registries.sqlite import SqliteRegistry
from otplan.render.identity import Identity
from otplan.schedulers.fake import Fake
from otplan.schedulers.faults import Site
from otplan.shell.protocol import Shell
from tests.machine.audit import Audit
from tests.machine.crash import Crash, Guarded
from tests.machine.jobs import Jobs
from tests.machine.login import HOSTS, Call, Desk, Hearing, Login
from tests.machine.manifests import DATA, LOCK, Manifest
from tests.machine.recipes import Recipes

T = TypeVar("T")

LOOK = Look()


def _beside(root: Path) -> Registry:
    """Return a registry in a file of the world's own."""
    return SqliteRegistry(str(root / "registry.db"))


EXPECTED = ("this plan is incomplete", "nothing was ever applied")
"""How an apply or a continue may decline: the next one will do."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How a cluster is set up: see Site; whether a job can cancel itself, and who sees it.

    `registry` opens that of a world, which is in a folder.
    """

    site: Site = field(default_factory=Site)
    scancel: bool = True
    private: bool = False
    registry: Callable[[Path], Registry] = _beside


class World:
    """What there is, in a folder that is its own."""

    def __init__(self, root: Path, rules: Rules) -> None:
        self.root = root
        self.rules = rules
        self.fake = Fake("local", rules.site)
        self.audit = Audit()
        self.jobs = Jobs(self.fake, self.audit, scancel=rules.scancel)
        self.registry = rules.registry(root)
        self.manifests = dict.fromkeys(HOSTS, Manifest())
        self._cluster = Cluster("local", "local", str(root / "runs"), Place("local.yaml"))
        self.asked = False
        self._recipes = Recipes()
        self._living: set[int] = set()
        self._pids = count(100)
        self._desks: list[Shell] = []
        shutil.rmtree(root, ignore_errors=True)
        (root / "checkout").mkdir(parents=True)
        (root / "checkout" / "run.sh").write_text("true\n")
        (root / "away").mkdir()
        for name in DATA:
            (root / "checkout" / name).write_text(name)
        lock.write(str(root / "checkout" / "manifest.yaml"), LOCK)
        self._patch = pytest.MonkeyPatch()
        for module in (hold, observe):
            self._patch.setattr(module, "connect", lambda _: self._desks[-1])
        self._strangers()

    def close(self) -> None:
        """Leave nothing behind."""
        self._patch.undo()
        shutil.rmtree(self.root)

    def _strangers(self) -> None:
        """Queue jobs of others: without a mark, and with that of another workspace."""
        for user, name in (("eve", "train"), ("ann", "a.otp-aaaaaaaaaaaa.1")):
            self.fake.user = user
            order = Order(name, "", "", "", "otplan other 12 x", Limits(), held=True)
            self.fake.submit(order)

    def give(self, *, there: bool) -> None:
        """Put the data that exists already in its place, or take it away."""
        beside = {True: self.root / "checkout", False: self.root / "away"}
        for name in DATA:
            if (beside[not there] / name).exists():
                (beside[not there] / name).rename(beside[there] / name)

    def valid(self, manifest: Manifest) -> bool:
        """Tell whether a manifest can be planned."""
        try:
            _read(self.root, manifest.text())
        except ManifestInvalid:
            return False
        return bool(manifest.things)

    def apply(self, call: Call) -> Report | None:
        """Apply without asking; None where it did not come to its end."""
        approval = Approval(None, lambda _: True)
        return self.run(call, lambda project: apply(project, call.policy, approval).report)

    def go_on(self, call: Call) -> Report | None:
        """Continue what was approved."""
        return self.run(call, lambda project: go_on(project.ground))

    def plan(self, call: Call, look: Look = LOOK) -> Planned | None:
        """Look, and change nothing."""
        return self.run(call, lambda p: make_plan(p.ground, p.graph, call.policy, look))

    def sync(self, call: Call) -> None:
        """Note what ended."""
        self.run(call, lambda p: sync(p.ground, p.graph, make_plan(p.ground, p.graph).snapshot))

    def decide(self, call: Call, word: Callable[..., object], i: int, *more: object) -> None:
        """Say a word about one stage: retry, cancel, adopt, forget."""
        call = replace(call, policy=Policy(cancel_running=True))
        self.run(call, lambda project: _decide(project, word, i, more))

    def unlock(self) -> None:
        """Take away the courtesy row."""
        self.registry.free("lab")

    def remove(self, fingerprint: str, *, whole: bool) -> None:
        """Delete what was made under a fingerprint; all of its folder only where nothing lives."""
        folder = Path(run_folder(str(self.root / "runs"), "lab", fingerprint))
        live = {order.folder for order in self.fake.orders.values() if self._lives(order)}
        if whole and str(folder) not in live:
            shutil.rmtree(folder, ignore_errors=True)
        for output in folder.glob("**/output"):
            shutil.rmtree(output)

    def _lives(self, order: Order) -> bool:
        names = {job.name for job in self.fake.jobs() if job.state.live}
        return order.name in names

    def run(self, call: Call, act: Callable[[Project], T]) -> T | None:
        """Run one command as a process of its own; None where it died or declined."""
        self.asked = True
        pid = next(self._pids)
        self._living.add(pid)
        self._desks.append(Desk(HOSTS[call.user], pid, self._living))
        try:
            return act(self._project(call))
        except (Crash, Busy, Superseded, Usage):
            return None
        except OtplanError as error:
            if not error.message.startswith(EXPECTED):
                raise
            return None
        finally:
            self._desks.pop()
            self._living.discard(pid)
            self.jobs.sweep()

    def graph(self, user: str = "ann") -> Graph:
        """Return the stages a user's checkout declares."""
        return _read(self.root, self.manifests[user].text())[1]

    def _project(self, call: Call) -> Project:
        manifest = self.manifests[call.user]
        loaded, graph = _read(self.root, manifest.text())
        self._recipes.check(manifest, graph)
        identity = Identity(graph.resolved.workspace.manifest, loaded.path)
        return Project(loaded, identity, graph, self._ground(call), (), {})

    def _ground(self, call: Call) -> Ground:
        def guarded(target: object) -> Any:  # noqa: ANN401 - it satisfies what its target does
            return Guarded(target, call.fuse)

        shell = guarded(self._desks[-1])
        asked = call.policy.replace_running or call.policy.cancel_running
        login = Login(call.user, self.jobs, private=self.rules.private, spare=not asked)
        hearing = Hearing(call.stop)
        return Ground(
            workspace="lab",
            clusters={"local": self._cluster},
            shells={"local": shell},
            schedulers={"local": guarded(login)},
            artifacts={"local": Files(shell)},
            registry=guarded(self.registry),
            catalog=guarded(SqliteCatalog(str(self.root / "registry.db"))),
            person=Person(call.user, lambda: self.fake.now + call.skew, lambda _: None, hearing),
        )


def _decide(
    project: Project, word: Callable[..., object], i: int, more: Sequence[object]
) -> object:
    planned = make_plan(project.ground, project.graph)
    stages = project.graph.stages
    return word(project.ground, planned.snapshot, [stages[i % len(stages)]], *more)


@lru_cache(maxsize=256)
def _read(root: Path, text: str) -> tuple[Loaded, Graph]:
    """Read, check and resolve a manifest; raise ManifestInvalid."""
    path = root / "checkout" / "manifest.yaml"
    path.write_text(text)
    loaded = load(str(path), lock=LOCK)
    clusters = {"local": Cluster("local", "local", "/", Place("local.yaml"))}
    found = check(loaded.resources, clusters)
    if any(one.severity is Severity.ERROR for one in found):
        raise ManifestInvalid(found)
    workspace = Workspace("lab", "git.example/lab:manifest.yaml", str(path))
    graph = resolve(workspace, loaded.resources, clusters)
    stages = tuple(
        replace(one, given=f"{path.parent}/{one.given}") if one.given else one
        for one in graph.stages
    )
    return loaded, replace(graph, resolved=replace(graph.resolved, stages=stages))
