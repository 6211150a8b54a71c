"""What must hold of the values in a script, whatever a manifest says."""

from __future__ import annotations

import re

from otplan.core.stage import Stage
from otplan.errors import OtplanError
from otplan.render.values import Setting

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_INPUT = re.compile(r"[A-Z0-9_]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def check(stage: Stage, folder: str, setting: Setting) -> None:
    """Raise OtplanError for a name no shell can export, or a path that leaves its folder."""
    for wrong in (*_names(stage, setting), *_places(stage, folder, setting)):
        raise OtplanError(f"{stage.label}: {wrong}", "Change it in the manifest.")


def _names(stage: Stage, setting: Setting) -> list[str]:
    site = setting.cluster
    variables = (*site.env, *site.paths, *site.env_unset, *stage.program.env)
    return [
        *(f"`{x}` is no name of an environment variable." for x in variables if _bad(_NAME, x)),
        *(f"`{x.name}` is no name of an input." for x in setting.inputs if _bad(_INPUT, x.name)),
    ]


def _places(stage: Stage, folder: str, setting: Setting) -> list[str]:
    given = [one.given for one in setting.inputs if one.given]
    paths = (folder, *stage.outputs)
    return [
        *(f"the input `{path}` is no absolute path." for path in given if path[0] != "/"),
        *(f"the output `{x}` is not below the output folder." for x in stage.outputs if _leaves(x)),
        *(f"the path {path!r} holds a control character." for path in paths if _odd(path)),
    ]


def _bad(pattern: re.Pattern[str], name: str) -> bool:
    return not pattern.fullmatch(name)


def _odd(path: str) -> bool:
    return bool(_CONTROL.search(path))


def _leaves(path: str) -> bool:
    """Tell whether a path may name something else than what is below a folder, or all of it."""
    return path != "." and not {"", ".", ".."}.isdisjoint(path.split("/"))
