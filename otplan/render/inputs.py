"""What a script reads: the markers of its upstream stages, or places that exist already."""

from __future__ import annotations

from collections.abc import Mapping

from otplan.core import layout
from otplan.core.stage import Need, Stage
from otplan.render.values import Input


def inputs_of(
    stage: Stage, stages: Mapping[str, Stage], folders: Mapping[str, str]
) -> tuple[Input, ...]:
    """Return what a stage reads, in the order it was declared.

    `stages` and `folders` hold each upstream and its run folder by fingerprint. An upstream that
    is only an edge and exists already, or is on the Hub, says nothing and is left out.
    """
    read = ((need, stages[need.fingerprint]) for need in stage.needs)
    return tuple(
        _input(need, one, folders)
        for need, one in read
        if need.input or not (one.given or one.target)
    )


def _input(need: Need, stage: Stage, folders: Mapping[str, str]) -> Input:
    if stage.given:
        return Input(need.input, stage.label, given=stage.given)
    run = folders[stage.fingerprint]
    elements = range(stage.elements) if stage.elements else (-1,)
    read = tuple(layout.element_folder(run, element) for element in elements)
    return Input(need.input, stage.label, stage.fingerprint, read)
