"""A place where jobs run: what one `clusters/<name>.yaml` says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from otplan.core.values import Value
from otplan.errors import Place


@dataclass(frozen=True, slots=True)
class Cluster:
    """Everything a site needs; what is not known is None and says so when it matters.

    `login` is `here` or an ssh destination. `experiments_dir` is absolute where the cluster
    runs. `cpus` and `gpus` are one node's, None where the machine is to be asked.
    `secrets` is the path of the file a job sources, never its content. `shared_folders` are those
    that other clusters mount at the same path. `facts` keeps the rest of the file for templates
    and later checks.
    """

    name: str
    scheduler: str
    experiments_dir: str
    place: Place
    login: str = "here"
    python: str = "python3"
    activate: str = ""
    secrets: str = ""
    cpus: int | None = None
    gpus: int | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    shared_folders: tuple[str, ...] = ()
    facts: Mapping[str, Value] = field(default_factory=dict)
