"""What a manifest must say where jobs run on another machine, which is reached by ssh."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from otplan.core.cluster import Cluster
from otplan.core.resource import Resource
from otplan.errors import Diagnostic, Place, Severity
from otplan.load.manifest import Loaded


def check_logins(loaded: Loaded, clusters: Mapping[str, Cluster]) -> Iterator[Diagnostic]:
    """Yield what would lie here and is looked for there, or the other way round."""
    far = {name for name, cluster in clusters.items() if cluster.login != "here"}
    if loaded.cluster in far and not loaded.state and loaded.registry == "sqlite":
        message = f"The registry would lie on {loaded.cluster}, which is reached by ssh."
        yield _error(
            "OT605", message, Place(loaded.path), "Give it a place here: `state: registry.db`."
        )
    for resource in loaded.resources:
        if resource.cluster in far:
            yield from _check_paths(resource, live=loaded.code == "live")


def _check_paths(resource: Resource, *, live: bool) -> Iterator[Diagnostic]:
    """Yield what a resource takes from this machine, and its jobs do not see."""
    if live:
        message = f"`code: live` runs the checkout, and that is not on {resource.cluster}."
        mend = "Leave `code` out: the tracked tree is then copied there."
        yield _error("OT606", message, resource.place, mend, str(resource.address))
    path = resource.get("source.path")
    if path is not None and not path.startswith("/"):
        message = f"`{path}` would be beside the manifest, and that is not on {resource.cluster}."
        place = resource.where("source.path")
        yield _error("OT607", message, place, "Write it from `/` on.", str(resource.address))


def _error(
    code: str, message: str, place: Place | None, mend: str, address: str = ""
) -> Diagnostic:
    return Diagnostic(code, Severity.ERROR, message, place, address, mend)
