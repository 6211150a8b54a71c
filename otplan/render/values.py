"""What a script is made of beside the stage and the attempt: its inputs and its setting."""

from __future__ import annotations

from dataclasses import dataclass

from otplan.core.cluster import Cluster


@dataclass(frozen=True, slots=True)
class Input:
    """One upstream stage, as a script reads it.

    `name` is what follows OTPLAN_INPUT_; empty for an upstream that must be done but is not read.
    Inputs of one name are told one a line, in order. `label` is the upstream in words. `folders`
    are those whose markers must carry `fingerprint`: the run folder, or that of each element of
    an array, in order. `given` is instead a place that exists already.
    """

    name: str
    label: str
    fingerprint: str = ""
    folders: tuple[str, ...] = ()
    given: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """Where an attempt runs and what it reads.

    `code` is the folder that programs start in: what `code.export` returned. `beside` and `user`
    are folders whose `templates/` win over the shipped ones; empty: none. `owner` is the id of
    the workspace.
    """

    workspace: str
    cluster: Cluster
    code: str
    inputs: tuple[Input, ...] = ()
    beside: str = ""
    user: str = ""
    owner: str = ""
