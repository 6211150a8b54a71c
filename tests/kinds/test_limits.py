"""Limits and options, by Slurm's own rules (man sbatch)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otplan.core.stage import Limits
from otplan.kinds.limits import limits, mebibytes, options, seconds
from tests.kinds.build import resource


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30", 1800),
        ("30:15", 1815),
        ("24:00:00", 86400),
        ("00:00:01", 1),
        ("1-0", 86400),
        ("2-12", 216000),
        ("2-12:30", 217800),
        ("2-12:30:05", 217805),
        ("30m", 1800),
        ("24h", 86400),
        ("2d", 172800),
    ],
)
def test_a_time_limit_is_read_as_slurm_reads_it(text: str, expected: int) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "1:2:3:4", "1-", "-1", "1h30m", "UNLIMITED", "1.5h", "30 "])
def test_what_is_no_time_limit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time limit"):
        seconds(text)


@given(st.integers(0, 99), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
def test_every_time_written_in_full_is_read_back(d: int, h: int, m: int, s: int) -> None:
    assert seconds(f"{d}-{h:02}:{m:02}:{s:02}") == ((d * 24 + h) * 60 + m) * 60 + s


@pytest.mark.parametrize(
    ("text", "expected"),
    [("512M", 512), ("512", 512), ("16G", 16384), ("1T", 1048576), ("1K", 1), ("2049K", 3)],
)
def test_memory_is_read_in_mebibytes(text: str, expected: int) -> None:
    assert mebibytes(text) == expected


@pytest.mark.parametrize("text", ["", "16GB", "1.5G", "-1G", "g"])
def test_what_is_no_memory_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an amount of memory"):
        mebibytes(text)


def test_limits_are_those_of_the_fields() -> None:
    fields = {"nodes": 2, "gpus": 4, "cpus": 8, "memory": "1G", "slurm": {"time": "1h"}}
    one = resource("script.s", fields)

    assert limits(one) == Limits(nodes=2, cpus=8, gpus=4, memory=1024, time=3600)


def test_nothing_declared_is_one_node_and_no_limit() -> None:
    assert limits(resource("script.s", {})) == Limits()


def test_options_have_the_long_names_of_sbatch() -> None:
    one = resource("script.s", {"slurm": {"time": "1h", "mail_user": "me", "nice": 5}})

    assert options(one) == {"mail-user": "me", "nice": "5"}
