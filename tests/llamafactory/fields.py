"""Write down the fields of LLaMA-Factory's own parser; run by its environment, not by otplan's.

    python tests/llamafactory/fields.py > schema/llamafactory/fields.json

`./dev check-presets` does it. A type is that of JSON; a field that may be of several lists them.
"""

import contextlib
import dataclasses
import enum
import io
import json
import sys
import types
import typing
from importlib.metadata import version

JSON_TYPES = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    dict: "object",
    list: "array",
    tuple: "array",
}


def main() -> None:
    """Print the fields as JSON, by name."""
    with contextlib.redirect_stdout(io.StringIO()):
        from llamafactory.hparams import parser  # type: ignore[import-not-found]
    found = {
        field.name: described(hints[field.name])
        for part in parser._TRAIN_ARGS  # noqa: SLF001 - what its own parser is made of
        for hints in [typing.get_type_hints(part)]
        for field in dataclasses.fields(part)
        if field.init
    }
    fields = dict(sorted(found.items()))
    told = {"llamafactory": version("llamafactory"), "transformers": version("transformers")}
    json.dump({"versions": told, "fields": fields}, sys.stdout, indent=1)
    sys.stdout.write("\n")


def described(hint: object) -> dict[str, object]:
    """Return what a field takes: its types, and its values where they are listed."""
    parts = typing.get_args(hint) if is_union(hint) else (hint,)
    kinds = sorted({kind for part in parts for kind in json_types(part)})
    values = [value for part in parts for value in listed(part)]
    open_ = str in parts or kinds != ["string"]
    return {"type": kinds, **({"enum": values} if values and not open_ else {})}


def is_union(hint: object) -> bool:
    """Tell whether a hint is a choice of several."""
    return typing.get_origin(hint) in (typing.Union, types.UnionType)


def json_types(part: object) -> list[str]:
    """Return the JSON types of one part of a hint; whole numbers are numbers, too."""
    if typing.get_origin(part) is typing.Literal:
        return sorted({JSON_TYPES[type(value)] for value in typing.get_args(part)})
    if isinstance(part, type) and issubclass(part, enum.Enum):
        return ["string"]
    bare = typing.get_origin(part) or part
    if bare is type(None):
        return []
    return [JSON_TYPES.get(bare, "any") if isinstance(bare, type) else "any"]


def listed(part: object) -> list[object]:
    """Return the values that one part of a hint lists."""
    if typing.get_origin(part) is typing.Literal:
        return list(typing.get_args(part))
    if isinstance(part, type) and issubclass(part, enum.Enum):
        return [member.value for member in part]
    return []


if __name__ == "__main__":
    main()
