"""What every test gets: an empty home, a scrubbed environment, and the hypothesis profiles."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

from tests.home_guard import ROOT, HomeGuard, install

# A test must see neither the user's credentials nor the job or the git hook it runs in.
SCRUBBED = (
    "GIT_",
    "HF_",
    "HUGGINGFACE_",
    "HUGGING_FACE_",
    "OTPLAN_",
    "SACCT_",
    "SBATCH_",
    "SCANCEL_",
    "SLURM_",
    "SQUEUE_",
    "SUPABASE_",
    "WANDB_",
    "XDG_",
)
KEPT = (
    "OTPLAN_HARBOR",
    "OTPLAN_HISTORIES",
    "OTPLAN_HUB",
    "OTPLAN_KILLS",
    "OTPLAN_LAB",
    "OTPLAN_LAB_RELEASE",
    "OTPLAN_REQUIRE_SERVICES",
    "OTPLAN_SUPABASE",
)

settings.register_profile("dev", deadline=None, max_examples=50)
settings.register_profile("ci", deadline=None, max_examples=200, derandomize=True, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))
set_hypothesis_home_dir(ROOT / ".cache" / "hypothesis")


def pytest_configure() -> None:
    """Scrub the environment before anything is collected: some clients read it when imported."""
    for name in tuple(os.environ):
        if name.startswith(SCRUBBED) and name not in KEPT:
            del os.environ[name]
    os.environ.update(_homely(ROOT / ".cache" / "home"), LC_ALL="C.UTF-8", TZ="UTC")
    # Nobody listens there (discard): a test without a Hub of its own must not ask the real one.
    os.environ["HF_ENDPOINT"] = "http://127.0.0.1:9"
    time.tzset()
    _hear_signals()


def _hear_signals() -> None:
    """Hear what nohup, or a shell's background, made us ignore: every job we start would too."""
    for number in (signal.SIGHUP, signal.SIGQUIT):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def home_guard() -> HomeGuard:
    """Return the one guard of this process."""
    return install()


@pytest.fixture(autouse=True)
def home(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    home_guard: HomeGuard,
) -> Iterator[Path]:
    """Give the test an empty home of its own, and fail it if it reaches for the real one."""
    folder = tmp_path_factory.mktemp("home")
    for name, value in _homely(folder).items():
        monkeypatch.setenv(name, value)
    home_guard.touched.clear()
    home_guard.watching = True
    yield folder
    home_guard.watching = False
    assert home_guard.touched == []


def _homely(home: Path) -> dict[str, str]:
    return {
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local" / "share"),
        "XDG_STATE_HOME": str(home / ".local" / "state"),
    }
