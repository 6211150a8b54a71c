"""Where a changed component was written."""

from __future__ import annotations

import pytest

from otplan.core.resource import Resource
from otplan.errors import Place
from otplan.kinds.places import where
from tests.kinds.build import PLACE, opaque, parsed, refers, resource


def _at(line: int, path: str = "m.yaml") -> Place:
    return Place(path, line, 3)


def _training() -> Resource:
    places = {
        "datasets": _at(2),
        "config": _at(3),
        "overrides": _at(4),
        "overrides.lr": _at(5),
        "overrides.a.b": _at(6),
        "files": _at(7),
        "files.1": _at(8),
        "args.config.x": _at(9),
        "slurm.time": _at(10),
    }
    lines = {"order": _at(1, "c.yaml"), "deep": _at(2, "c.yaml"), "lr": _at(3, "c.yaml")}
    files = {"config": parsed("c.yaml", {"order": 1}, **lines), "files.1": opaque("b.py")}
    fields = {"config": "c.yaml", "files": ["a.py", "b.py"]}
    references = (refers("datasets", "dataset.d"),)
    return resource("training.t", fields, places=places, files=files, references=references)


@pytest.mark.parametrize(
    ("component", "place"),
    [
        ("config.lr", _at(5)),
        (r"config.a\.b", _at(6)),
        ("config.order", _at(1, "c.yaml")),
        ("config.deep.er", _at(2, "c.yaml")),
        ("config.gone", _at(3)),
        ("files.b.py", _at(8)),
        ("files.gone.py", _at(7)),
        ("input.DATASETS", _at(2)),
        ("input.GONE", PLACE),
        ("args.config.x", _at(9)),
        ("slurm.time", _at(10)),
        ("model", PLACE),
    ],
)
def test_a_component_is_where_it_was_written(component: str, place: Place) -> None:
    assert where(_training(), component) == place


def test_a_component_of_a_join_is_in_the_join() -> None:
    places = {"generate.join.overrides.x": _at(5), "generate.overrides.x": _at(4)}
    one = resource("dataset.d", {"generate": {"join": {}}}, places=places)

    assert where(one, "generate.join.config.x") == _at(5)
    assert where(one, "generate.config.x") == _at(4)


def test_what_a_loader_placed_in_the_config_is_there() -> None:
    one = resource("training.t", {"config": "c.yaml"}, places={"config.order": _at(9, "c.yaml")})

    assert where(one, "config.order") == _at(9, "c.yaml")
