"""What is to be made, as the test itself understands a manifest: independent of fingerprints."""

from __future__ import annotations

from typing import TypeAlias

from otplan.core.address import Address
from otplan.core.graph import Graph
from otplan.core.stage import Stage
from tests.machine.manifests import Manifest, Thing

Recipe: TypeAlias = tuple[object, ...]
"""Kind, role, what the thing declares of its result, and the recipes of what it reads."""


class Recipes:
    """Holds that equal recipes have equal fingerprints, and no others, over a whole history."""

    def __init__(self) -> None:
        self._fingerprints: dict[Recipe, str] = {}
        self._recipes: dict[str, Recipe] = {}

    def check(self, manifest: Manifest, graph: Graph) -> None:
        """Compare the fingerprints of a graph with what they were for the same recipes."""
        things = {(thing.kind, thing.name): thing for thing in manifest.things}
        recipes: dict[str, Recipe] = {}
        for stage in graph.stages:
            for address in stage.addresses:
                thing = things[address.kind, address.name]
                recipes[stage.fingerprint] = recipe = _recipe(thing, address, stage, recipes)
                self._hold(recipe, stage)

    def _hold(self, recipe: Recipe, stage: Stage) -> None:
        known = self._fingerprints.setdefault(recipe, stage.fingerprint)
        assert known == stage.fingerprint, f"{stage.label} has another fingerprint than before"
        same = self._recipes.setdefault(stage.fingerprint, recipe)
        assert same == recipe, f"{stage.label} has the fingerprint of something else"


def _recipe(thing: Thing, address: Address, stage: Stage, recipes: dict[str, Recipe]) -> Recipe:
    labels = dict(address.labels)
    own = labels["order"] if thing.orders and not thing.given else ""
    reads: Recipe = tuple((need.input, recipes[need.fingerprint]) for need in stage.needs)
    if thing.kind == "eval" and not reads:
        reads = thing.reads[:1]  # It names a model that nothing here makes.
    return (thing.kind, stage.role, thing.seed, own, stage.elements, *reads)
