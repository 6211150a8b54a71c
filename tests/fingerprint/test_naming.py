"""Job names: short enough, in plain letters, and read back as what they were made of."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otplan.core.address import Address
from otplan.fingerprint.naming import job_name, read_name, token

TEXT = st.text(max_size=300)
NAMES = st.from_regex(r"[A-Za-z0-9][\w.-]*", fullmatch=True)
ADDRESSES = st.builds(
    Address, st.just("training"), NAMES, st.lists(st.tuples(NAMES, TEXT), max_size=4).map(tuple)
)


@given(ADDRESSES, TEXT, TEXT, st.integers(1, 10**9))
def test_what_is_written_into_a_name_is_read_from_it(
    address: Address, workspace: str, fingerprint: str, n: int
) -> None:
    mark = token(workspace, fingerprint)

    assert read_name(job_name(address.slug, mark, n)) == (mark, n)


@given(ADDRESSES, st.integers(1, 10**9))
def test_a_name_fits_and_holds_only_plain_characters(address: Address, n: int) -> None:
    name = job_name(address.slug, token("w", "v1:f"), n)

    assert re.fullmatch(r"[A-Za-z0-9._-]{1,200}", name)


@pytest.mark.parametrize("length", [1, 180, 200, 5000])
def test_a_long_slug_is_cut_and_what_identifies_never_is(length: int) -> None:
    name = job_name("x" * length, "a" * 12, 12)

    assert len(name) <= 200
    assert read_name(name) == ("a" * 12, 12)


@pytest.mark.parametrize(
    "name",
    [
        "train",
        "train.otp-aaaaaaaaaaaa",
        "train.otp-aaaaaaaaaaaa.",
        "train.otp-aaaaaaaaaaaa.0",
        "train.otp-aaaaaaaaaaaa.01",
        "train.otp-aaaaaaaaaaaa.-1",
        "train.otp-aaaaaaaaaaaa.1.2",
        "train.otp-aaaaaaaaaaa.1",
        "train.otp-AAAAAAAAAAAA.1",
        "train.otp-aaaaaaaaaaa1.1",
        "train.otp-aaaaaaaaaaaa.1\n",
        "train.otp-aaaaaaaaaaaa.\u0661",
        "",
    ],
)
def test_any_other_name_is_not_ours(name: str) -> None:
    assert read_name(name) is None


def test_a_slug_that_looks_like_a_name_misleads_nobody() -> None:
    slug = job_name("train", "a" * 12, 7)

    assert read_name(job_name(slug, "b" * 12, 2)) == ("b" * 12, 2)


def test_workspaces_and_fingerprints_have_tokens_of_their_own() -> None:
    found = {token("w", "f"), token("v", "f"), token("w", "g"), token("wf", ""), token("", "wf")}

    assert len(found) == 5


def test_a_token_never_changes() -> None:
    assert token("w-1", "v1:0123456789abcdef") == "7qmxlsge3wed"
