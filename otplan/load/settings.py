"""The settings of a launcher's program against what that program knows, as it was written down.

schema/llamafactory/fields.json is made by `./dev check-presets` out of the parser of one release
of LLaMA-Factory; others.yaml lists what only its fork, or other releases, know.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from otplan import shipped
from otplan.core.resource import Resource
from otplan.core.values import Value
from otplan.errors import Place
from otplan.kinds.config import config
from otplan.kinds.llamafactory import LAUNCHER, known
from otplan.load import suggest, words
from otplan.load.report import Report
from otplan.load.shape import CLASSES

_FOLDER = "llamafactory"


def check_settings(resource: Resource, report: Report) -> None:
    """Report what LLaMA-Factory would refuse of the settings of a training that it does."""
    if resource.get("launcher") != LAUNCHER:
        return
    settings = config(resource) or {}
    for key in known(settings):
        place = resource.where(f"config.{key}")
        if key in _fields():
            _check_value(key, settings[key], place, report)
        elif key not in _others():
            message = f"LLaMA-Factory {_release()} has no setting `{words.short(key)}`."
            report.error("OT405", _spot(place), message, _mend(key))


def _check_value(key: str, value: Value, place: Place, report: Report) -> None:
    field = _fields()[key]
    classes = {each for name in field["type"] for each in CLASSES.get(name, (object,))}
    if value is None or object in classes:
        return
    if value.__class__ not in classes:
        shown = words.short(value)
        message = (
            f"`{key}` takes {words.wanted(field['type'])}; this is {_article(value)} `{shown}`."
        )
        report.error("OT406", _spot(place), message, "Write it as such, numbers without quotes.")
    elif value not in field.get("enum", (value,)):
        message = f"`{key}` cannot be `{words.short(value)}`."
        mend = suggest.mend(str(value), field["enum"], "values")
        report.error("OT406", _spot(place), message, mend)


def _article(value: Value) -> str:
    names = {str: "the text", bool: "the word", dict: "the mapping", list: "the list"}
    return names.get(type(value), "the number")


def _mend(key: str) -> str:
    return suggest.mend(key, [*_fields(), *_others()], "settings")


def _spot(place: Place) -> tuple[str, int, int]:
    return place.path, place.line, place.column


@cache
def _recorded() -> Mapping[str, Any]:
    path = shipped.folder("schema") / _FOLDER / "fields.json"
    loaded: Mapping[str, Any] = json.loads(path.read_bytes())
    return loaded


def _fields() -> Mapping[str, Any]:
    fields: Mapping[str, Any] = _recorded()["fields"]
    return fields


def _release() -> str:
    release: str = _recorded()["versions"]["llamafactory"]
    return release


@cache
def _others() -> Collection[str]:
    import yaml

    text = (shipped.folder("schema") / _FOLDER / "others.yaml").read_text(encoding="utf-8")
    loaded: Mapping[str, str] = yaml.safe_load(text)
    return loaded
