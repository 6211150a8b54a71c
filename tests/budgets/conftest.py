"""Commands run once under the probe, for all tests that ask what they did."""

from functools import cache

import pytest

from tests.budgets.probing import Probed, Seen, project, seen


@pytest.fixture(scope="session")
def probed(tmp_path_factory: pytest.TempPathFactory) -> Probed:
    """Return what a command did on the benchmarks' graph of some size; it is run once."""

    @cache
    def run(size: int, *words: str) -> Seen:
        return seen(project(tmp_path_factory.mktemp("budget") / "project", size), *words)

    return run
