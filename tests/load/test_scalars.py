"""Plain scalars: read as PyYAML reads them, and as nobody reads them otherwise."""

import datetime as dt
import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from otplan.core.values import canonical
from otplan.load.scalars import resolve

AGREED = ("", "~", "null", "true", "False", "0", "-1", "+7", "0x1F", "1.5", "1.0e-5", ".5", "a")
TRAPS = {
    "24:00:00": "OT120",
    "1:30.5": "OT120",
    "1e-5": "OT121",
    "1.0e5": "OT121",
    "-.5": "OT121",
    "no": "OT122",
    "On": "OT122",
    "010": "OT123",
    "08": "OT123",
    "0o17": "OT123",
    "0b101": "OT123",
    "2024-01-01": "OT124",
    "2024-01-01 10:00:00": "OT124",
    "1_000": "OT125",
    "=": "OT126",
    ".inf": "OT127",
    "1.0e+999": "OT127",
    "18446744073709551616": "OT128",
}
SCALARS = st.one_of(
    st.text("0123456789.:_-+eExob", min_size=1, max_size=9),
    st.text("0123456789.:_-+eExob", min_size=1, max_size=120),
    st.from_regex(r"0[xb][0-9_]+|[1-9]{30}|[1-9](:[0-5][0-9]){12,40}|0[0-7_]{25}", fullmatch=True),
    st.sampled_from([*AGREED, *TRAPS]),
)


@pytest.mark.parametrize("text", AGREED)
def test_what_both_versions_agree_about_is_no_trap(text: str) -> None:
    assert resolve(text) == (yaml.safe_load(text), None)


@pytest.mark.parametrize(("text", "code"), TRAPS.items())
def test_what_they_disagree_about_is_a_trap_with_its_mend(text: str, code: str) -> None:
    _, trap = resolve(text)

    assert trap is not None
    assert trap.code == code
    assert text in trap.message
    assert f'"{text}"' in trap.mend or code == "OT128"


@given(SCALARS)
def test_a_scalar_has_the_value_that_pyyaml_gives_it(text: str) -> None:
    try:
        expected = yaml.safe_load(f"[{text}]")
    except (yaml.YAMLError, ValueError, IndexError):
        return
    if not (isinstance(expected, list) and len(expected) == 1) or ": " in f"{text} ":
        return

    value, trap = resolve(text)

    if (trap and trap.fatal) or isinstance(expected[0], dt.date) or len(text) > 100:
        return
    assert value == pytest.approx(expected[0]) if isinstance(value, float) else value == expected[0]
    assert type(value) is type(expected[0])


@given(SCALARS)
def test_a_value_can_be_recorded_unless_its_trap_is_fatal(text: str) -> None:
    value, trap = resolve(text)

    assert (trap and trap.fatal) or json.loads(canonical(value)) == value
