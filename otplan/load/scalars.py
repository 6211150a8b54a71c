"""Plain scalars: what an unquoted word means, where YAML 1.1 and 1.2 agree about it.

Where they do not, readers differ: PyYAML and most of Python's world follow 1.1, editors and
the newer languages 1.2. Then the value is that of PyYAML, and a trap says what to write.
Source: yaml.org/type (1.1), yaml.org/spec/1.2.2 part 10.3 (core schema).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from otplan.core.values import Value


@dataclass(frozen=True, slots=True)
class Trap:
    """Why a scalar is not what it seems, and how to write what is meant.

    A `fatal` one has no value at all that could be recorded.
    """

    code: str
    message: str
    mend: str
    fatal: bool = False


Reading: TypeAlias = tuple[Value, Trap | None]

_STARTS = frozenset("+-.0123456789~=tTfFnNyYoO")
_WORDS: dict[str, Value] = (
    dict.fromkeys(("", "~", "null", "Null", "NULL"))
    | dict.fromkeys(("true", "True", "TRUE"), True)
    | dict.fromkeys(("false", "False", "FALSE"), False)
)
_TRUE = ("yes", "on")
_LONGEST = 100
"""What is longer is no number, so that none costs more than a glance."""

_SHOWN = 40
_SMALLEST, _LARGEST = -(2**63), 2**64 - 1


def resolve(text: str) -> Reading:
    """Return the value of a plain scalar, and the trap if it is one."""
    if (text[:1] not in _STARTS and text) or len(text) > _LONGEST:
        return text, None
    if text in _WORDS:
        return _WORDS[text], None
    for pattern, read in _FORMS:
        if pattern.fullmatch(text):
            return _bounded(text, *read(text))
    return text, None


def _bounded(text: str, value: Value, trap: Trap | None) -> Reading:
    """Return a reading unless JSON, as fingerprints need it, cannot hold its value."""
    if isinstance(value, float):
        return (value, trap) if math.isfinite(value) else _infinite(text)
    if not isinstance(value, int) or _SMALLEST <= value <= _LARGEST:
        return value, trap
    message = f"`{_short(text)}` does not fit into 64 bits."
    return text, Trap("OT128", message, "Put it in quotes if it is meant as text.", fatal=True)


def _integer(text: str) -> Reading:
    return int(text, 0), None


def _float(text: str) -> Reading:
    return float(text), None


def _infinite(text: str) -> Reading:
    message = f"`{_short(text)}` is not a finite number, and JSON cannot hold it."
    mend = f"Put it in quotes if it is meant as text: {_quoted(text)}"
    return text, Trap("OT127", message, mend, fatal=True)


def _word(text: str) -> Reading:
    value = text.lower() in _TRUE
    meant = "true" if value else "false"
    return value, Trap(
        "OT122",
        f"YAML 1.1 reads `{text}` as {meant}.",
        f"Write {meant}, or {_quoted(text)} for the text.",
    )


def _exponent(text: str) -> Reading:
    mantissa, mark, exponent = text.lower().partition("e")
    head = mantissa if "." in mantissa else f"{mantissa}.0"
    head = re.sub(r"^([-+]?)\.", r"\g<1>0.", head)
    signed = exponent if exponent[:1] in ("-", "+") else f"+{exponent}"
    return text, Trap(
        "OT121",
        f"YAML 1.1 reads `{text}` as text, not as a number.",
        f"Write {head}{mark}{signed if mark else ''} for the number, "
        f"or {_quoted(text)} for the text.",
    )


def _sexagesimal(text: str) -> Reading:
    digits = text.replace("_", "").lstrip("+-")
    number = 0.0 if "." in digits else 0
    for part in digits.split(":"):
        number = number * 60 + (float(part) if "." in part else int(part))
    value = -number if text.startswith("-") else number
    message = f"YAML 1.1 reads `{_short(text)}` as the number {value}."
    return value, Trap("OT120", message, f"Put it in quotes: {_quoted(text)}")


def _zero(text: str) -> Reading:
    sign = -1 if text.startswith("-") else 1
    digits = text.lstrip("+-").replace("_", "")
    octal = re.fullmatch("0[0-7]*", digits) is not None
    value: Value = sign * int(digits, 8) if octal else text
    return value, Trap(
        "OT123",
        f"YAML 1.1 reads `{_short(text)}` as {value if octal else 'text'}, YAML 1.2 as a number "
        f"of its own.",
        f"Write the number without a zero in front, or {_quoted(text)} for the text.",
    )


def _based(text: str) -> Reading:
    digits = text.replace("_", "")
    value: Value = text if "o" in digits else int(digits, 0)
    return value, Trap(
        "OT123",
        f"YAML 1.1 and 1.2 disagree about `{_short(text)}`.",
        f"Write the number in decimal, or {_quoted(text)} for the text.",
    )


def _underscored(text: str) -> Reading:
    digits = text.replace("_", "")
    value: Value = float(digits) if "." in digits else int(digits)
    message = f"YAML 1.1 reads `{_short(text)}` as the number {value}."
    mend = f"Write {_short(digits)} for the number, or {_quoted(text)} for the text."
    return value, Trap("OT125", message, mend)


def _date(text: str) -> Reading:
    message = f"YAML 1.1 reads `{_short(text)}` as a date."
    return text, Trap("OT124", message, f"Put it in quotes: {_quoted(text)}")


def _equals(text: str) -> Reading:
    message = "YAML 1.1 gives a plain `=` a meaning of its own."
    return text, Trap("OT126", message, f"Put it in quotes: {_quoted(text)}")


def _quoted(text: str) -> str:
    return f'"{_short(text)}"'


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


_FORMS: tuple[tuple[re.Pattern[str], Callable[[str], Reading]], ...] = tuple(
    (re.compile(pattern, re.ASCII), read)
    for pattern, read in (
        (r"[-+]?(?:0|[1-9]\d*)|0x[\da-fA-F]+", _integer),
        (r"[-+]?\d+\.\d*(?:[eE][-+]\d+)?|\.\d+(?:[eE][-+]\d+)?", _float),
        (r"yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF", _word),
        (r"[-+]?(?:\d+\.?\d*[eE][-+]?\d+|\.\d+(?:[eE][-+]?\d+)?)", _exponent),
        (r"[-+]?(?:[1-9][\d_]*(?::[0-5]?\d)+|\d[\d_]*(?::[0-5]?\d)+\.[\d_]*)", _sexagesimal),
        (r"\d{4}-\d\d?-\d\d?(?:(?:[Tt]|[ \t]+)\d.*)?", _date),
        (r"[-+]?0(?:b_*[01][01_]*|x_*[\da-fA-F][\da-fA-F_]*)|0o[0-7]+", _based),
        (r"[-+]?0[\d_]+", _zero),
        (r"[-+]?[1-9][\d_]*|(?:[-+]?\d[\d_]*\.[\d_]*|\.\d[\d_]*)(?:[eE][-+]\d+)?", _underscored),
        (r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", _infinite),
        (r"=", _equals),
    )
)
