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
    is only an edge and exists already says nothing and is left out.
    """
    found = (_input(need, stages[need.fingerprint], folders) for need in stage.needs)
    return tuple(one for one in found if one.name or not one.given)


def _input(need: Need, stage: Stage, folders: Mapping[str, str]) -> Input:
    if stage.given:
        return Input(need.input, stage.label, given=stage.given)
    run = folders[stage.fingerprint]
    elements = range(stage.elements) if stage.elements else (-1,)
    read = tuple(layout.element_folder(run, element) for element in elements)
    return Input(need.input, stage.label, stage.fingerprint, read)
