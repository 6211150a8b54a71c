"""The guard itself: what it refuses, and what a test finds instead of the user's home."""

import os
import pwd
from pathlib import Path

import pytest

from tests.home_guard import HomeGuard

GUARD = {"homes": ("/home/ada",), "allowed": ("/home/ada/checkout",)}


@pytest.fixture
def guard() -> HomeGuard:
    guard = HomeGuard(**GUARD)
    guard.watching = True
    return guard


@pytest.mark.parametrize(
    "path", ["/home/ada", "/home/ada/.netrc", b"/home/ada/x", "/srv/../home/ada/x"]
)
def test_a_place_in_the_home_is_refused_and_remembered(guard: HomeGuard, path: str | bytes) -> None:
    with pytest.raises(AssertionError, match="touched the real home"):
        guard("open", (path, "r", 0))

    assert len(guard.touched) == 1


@pytest.mark.parametrize("path", ["/home/adam/x", "/home/ada/checkout/x", "/etc/hosts", 3])
def test_any_other_place_is_left_alone(guard: HomeGuard, path: str | int) -> None:
    guard("open", (path, "r", 0))

    assert guard.touched == []


def test_the_guard_of_this_process_sees_what_is_opened(home_guard: HomeGuard) -> None:
    real = Path(pwd.getpwuid(os.getuid()).pw_dir, ".otplan-home-guard")

    with pytest.raises(AssertionError, match="touched the real home"):
        real.open()

    home_guard.touched.clear()


def test_home_is_an_empty_folder_of_the_test(home: Path) -> None:
    assert Path.home() == home
    assert list(home.iterdir()) == []


def test_no_variable_of_the_user_reaches_a_test() -> None:
    prefixes = ("SLURM_", "SBATCH_", "SUPABASE_", "HF_", "GIT_")
    found = {name: value for name, value in os.environ.items() if name.startswith(prefixes)}

    assert found == {"HF_ENDPOINT": "http://127.0.0.1:9"}
