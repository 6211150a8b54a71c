"""A dotenv file made into a cluster file of the user's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from otplan.core.cluster import Cluster
from otplan.errors import OtplanError
from otplan.load import clusters, dotenv
from otplan.shell.protocol import Shell


@dataclass(frozen=True, slots=True)
class Made:
    """A cluster file that was written, its text, and the variables that were left out and why."""

    path: str
    text: str
    left: Mapping[str, str]


def made_of(file: Path, name: str, base: str, folder: Path) -> Made:
    """Return the cluster file that a dotenv file becomes, in a user's config folder.

    Raise OtplanError where the file cannot be read, or there is such a cluster file already.
    """
    place = folder / "clusters" / f"{name}.yaml"
    if place.exists():
        raise OtplanError(f"{place} is there already.", "Give another `--name`, or move it away.")
    try:
        found = dotenv.read(file.read_text(errors="replace"))
    except OSError as error:
        raise OtplanError(f"{file}: {error.strerror}.") from error
    head = {"base": base} if base else {"scheduler": "slurm"}
    body = yaml.safe_dump({**head, **found.values}, sort_keys=False, allow_unicode=True)
    return Made(
        str(place), f"# Made of {file.name} by otplan cluster import-env.\n{body}", found.left
    )


def write(made: Made, shell: Shell, folder: str) -> Cluster:
    """Write a cluster file, and return the cluster it describes."""
    place = Path(made.path)
    shell.write(str(place.parent), {place.name: made.text.encode()})
    return clusters.load(place.stem, beside="", user=folder, root=folder)
