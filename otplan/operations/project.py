"""A manifest opened: loaded, linted, pinned and resolved, on its ground."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from otplan.core import login
from otplan.core.catalog import Settings
from otplan.core.cluster import Cluster
from otplan.core.graph import Graph, Workspace
from otplan.core.hub import repo_of
from otplan.core.query import answer, query_of
from otplan.errors import Diagnostic, ManifestInvalid, Place, Severity
from otplan.lint.catalog import check_catalog
from otplan.lint.check import check
from otplan.load import clusters as cluster_files
from otplan.load import own
from otplan.load.manifest import Loaded, read
from otplan.operations.ground import Ground, Person, Records, ground
from otplan.operations.logins import check_logins
from otplan.operations.repos import commits, unknown_repos
from otplan.planner.resolve import resolve
from otplan.render.identity import Identity, identify
from otplan.shell.protocol import Shell


@dataclass(frozen=True, slots=True)
class Asked:
    """Which manifest, and what the command line adds; `folder` is the user's config folder."""

    path: str
    variables: Mapping[str, str] = field(default_factory=dict)
    variable_files: Sequence[str] = ()
    offline: bool = False
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Project:
    """A valid manifest: its graph, its ground, where it comes from, and what to warn of.

    `fresh_pins` are revisions looked up just now that otplan.lock does not have yet.
    """

    loaded: Loaded
    identity: Identity
    graph: Graph
    ground: Ground
    diagnostics: tuple[Diagnostic, ...]
    fresh_pins: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Linted:
    """A manifest read and checked, whatever was found."""

    loaded: Loaded
    identity: Identity
    clusters: Mapping[str, Cluster]
    diagnostics: tuple[Diagnostic, ...]
    catalog: Settings = field(default_factory=Settings)

    @property
    def invalid(self) -> bool:
        """Tell whether anything found is an error."""
        return any(found.severity is Severity.ERROR for found in self.diagnostics)


def examine(asked: Asked, shell: Shell, pins: Mapping[str, str] | None = None) -> Linted:
    """Read and check a manifest, resource by resource, asking nothing but files.

    `pins` count in place of its lock.
    """
    loaded = _read(asked, pins)
    identity = identify(asked.path, shell)
    known = cluster_files.names(beside=_folder(identity.path), user=asked.folder)
    found, clusters = _clusters(loaded, asked, identity, known)
    found += check_logins(loaded, clusters)
    settings = _settings(loaded, asked)
    found += check_catalog(loaded.resources, settings, Place(loaded.path))
    diagnostics = (*loaded.diagnostics, *found, *check(loaded.resources, clusters, known))
    return Linted(loaded, identity, clusters, diagnostics, settings)


def lint(asked: Asked, shell: Shell) -> Linted:
    """Examine a manifest, and follow its references where nothing else is wrong."""
    linted = examine(asked, shell)
    if linted.invalid:
        return linted
    try:
        _graph(linted)
    except ManifestInvalid as trouble:
        return replace(linted, diagnostics=(*linted.diagnostics, *trouble.diagnostics))
    return linted


def open_project(asked: Asked, shell: Shell, person: Person) -> Project:
    """Return the manifest's project; raise ManifestInvalid with all that is wrong with it."""
    linted = examine(asked, shell)
    if linted.invalid:
        raise ManifestInvalid(linted.diagnostics)
    base = ground_for(linted, person)
    fresh = {} if asked.offline else missing_pins(linted, base)
    if fresh:
        linted = examine(asked, shell, {**linted.loaded.lock, **fresh})
        base = ground_for(linted, person)
    if not asked.offline:
        loaded = linted.loaded
        wrong = unknown_repos(base, loaded.floating, loaded.lock)
        linted = replace(linted, diagnostics=(*linted.diagnostics, *wrong))
    if linted.invalid:
        raise ManifestInvalid(linted.diagnostics)
    return Project(
        loaded=linted.loaded,
        identity=linted.identity,
        graph=_graph(linted),
        ground=base,
        diagnostics=linted.diagnostics,
        fresh_pins=fresh,
    )


def _read(asked: Asked, pins: Mapping[str, str] | None = None) -> Loaded:
    """Read the manifest, under the pins of its lock or these."""
    return read(asked.path, variables=asked.variables, var_files=asked.variable_files, lock=pins)


def missing_pins(linted: Linted, base: Ground, *, move: bool = False) -> dict[str, str]:
    """Look up what each floating name stands for: those without a pin, or all with `move`."""
    loaded, folder = linted.loaded, _folder(linted.identity.path)
    names = {
        placed(name, folder): name for name in loaded.floating if move or name not in loaded.lock
    }
    looked: dict[str, str | None] = {}
    for cluster, some in by_cluster(loaded, _paths(names)).items():
        looked |= base.artifacts[cluster].revisions(sorted(some))
    looked |= commits(base, names)
    looked |= {name: answer(base.catalog.listed(q)) for name in names if (q := query_of(name))}
    return {names[name]: revision for name, revision in looked.items() if revision is not None}


def _paths(names: Mapping[str, str]) -> dict[str, str]:
    """Return the names that are of places on a cluster."""
    return {whole: name for whole, name in names.items() if whole.startswith("path:")}


def by_cluster(loaded: Loaded, names: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Cut a mapping of names to the floating names they stand for: where each is looked up.

    That is the cluster of the first resource that names it.
    """
    homes: dict[str, str] = {}
    for resource in loaded.resources:
        for name in resource.pins:
            homes.setdefault(name, resource.cluster)
    found: dict[str, dict[str, str]] = {}
    for whole, name in sorted(names.items()):
        found.setdefault(homes.get(name, loaded.cluster), {})[whole] = name
    return found


def placed(pin: str, folder: str) -> str:
    """Return a floating name with its path made absolute: `path:data` is beside the manifest."""
    scheme, _, path = pin.partition(":")
    return f"{scheme}:{posixpath.join(folder, path)}" if scheme == "path" else pin


def _settings(loaded: Loaded, asked: Asked) -> Settings:
    """Return what the catalog asks for: the manifest's word comes before the user's."""
    if loaded.registry != "supabase":
        return Settings()
    return Settings(shared=True, values={**own.catalog(asked.folder), **loaded.catalog})


def _clusters(
    loaded: Loaded, asked: Asked, identity: Identity, known: Sequence[str]
) -> tuple[list[Diagnostic], dict[str, Cluster]]:
    """Load the clusters that are named and exist; what is wrong in one is told with the rest."""
    beside = _folder(identity.path)
    wanted = {resource.cluster for resource in loaded.resources} | {loaded.cluster}
    found: list[Diagnostic] = []
    clusters: dict[str, Cluster] = {}
    for name in sorted(wanted & set(known)):
        try:
            clusters[name] = cluster_files.load(
                name, beside=beside, user=asked.folder, root=identity.root or beside
            )
        except ManifestInvalid as trouble:
            found += trouble.diagnostics
    logins = {
        login.node_of(one).name: login.node_of(one)
        for one in clusters.values()
        if login.needed(one)
    }
    return found, clusters | logins


def _folder(path: str) -> str:
    """Return the folder of an absolute path."""
    return path.rpartition("/")[0] or "/"


def _graph(linted: Linted) -> Graph:
    """Resolve the resources; places that exist already become absolute."""
    loaded = linted.loaded
    workspace = Workspace(
        name=loaded.workspace,
        manifest=linted.identity.manifest,
        path=loaded.path,
        commit=linted.identity.commit,
    )
    graph = resolve(workspace, loaded.resources, linted.clusters)
    folder = _folder(linted.identity.path)
    stages = tuple(
        replace(stage, given=posixpath.join(folder, stage.given))
        if stage.given and not repo_of(stage.given)
        else stage
        for stage in graph.stages
    )
    resolved = replace(graph.resolved, stages=stages, catalog=linted.catalog)
    return replace(graph, resolved=resolved)


def ground_for(linted: Linted, person: Person) -> Ground:
    """Connect the manifest's workspace to its clusters and records."""
    loaded = linted.loaded
    home = linted.clusters[loaded.cluster].experiments_dir
    folder = _folder(linted.identity.path)
    file = posixpath.join(folder, loaded.state) if loaded.state else f"{home}/registry.db"
    place = file if loaded.registry == "sqlite" else ""
    records = Records(loaded.registry, place)
    return ground(loaded.workspace, linted.clusters, records, person)
