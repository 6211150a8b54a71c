"""Repos as text, and the names that the Hub would not have."""

import pytest

from otplan.core.hub import Repo, illegal, repo_of


@pytest.mark.parametrize(
    "text",
    ["hf:model:my-org/tiny", "hf:dataset:my-org/tiny@main", "hf:model:a/b@refs/pr/1"],
)
def test_a_text_names_a_repo_and_is_named_by_it(text: str) -> None:
    assert str(repo_of(text)) == text


@pytest.mark.parametrize("text", ["/home/me", "hf:space:a/b", "path:data", "hf:model:", ""])
def test_other_places_are_no_repos(text: str) -> None:
    assert repo_of(text) is None


def test_a_repo_belongs_to_what_stands_first() -> None:
    assert Repo("model", "my-org/tiny").owner == "my-org"


@pytest.mark.parametrize("name", ["my-org/tiny", "a/b", "me/x" + "y" * 95, "me/v1.0_b-c"])
def test_a_name_that_the_hub_takes(name: str) -> None:
    assert illegal(name) == ""


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("tiny", "is not of the form"),
        ("a/b/c", "is not of the form"),
        ("me/" + "x" * 97, "has 97 characters"),
        ("me/x y", "other characters"),
        ("me/-x", "other characters"),
        ("me/x.", "other characters"),
        ("me/é", "other characters"),
        ("me/a--b", "`--` or `..`"),
        ("me/a..b", "`--` or `..`"),
        ("me/a.git", "ends in `.git`"),
    ],
)
def test_a_name_that_the_hub_does_not_take(name: str, why: str) -> None:
    assert why in illegal(name)
