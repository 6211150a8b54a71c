"""What every registry must do about the row that says who is applying; a part of its suite."""

import pytest

from otplan.core.record import Recorded
from otplan.errors import Busy
from tests.conformance.registry_writers import DAY, NOW, Maker, fresh, holder


class CourtesySuite:
    """The promises of `busy` and `free`, one test each."""

    @pytest.fixture
    def workspace(self) -> str:
        return fresh()

    def test_nobody_else_can_be_busy_until_the_row_is_free(
        self, maker: Maker, workspace: str
    ) -> None:
        registry = maker()
        registry.busy(workspace, holder(1))

        with pytest.raises(Busy, match=r"ann on node-1 .* since 2025-10-09 08:53:20 UTC") as busy:
            registry.busy(workspace, holder(2, user="bob"))

        assert "otplan unlock" in busy.value.help.splitlines()
        assert registry.read(workspace).holder == holder(1)

    def test_a_free_row_is_anybodys(self, maker: Maker, workspace: str) -> None:
        registry = maker()
        registry.busy(workspace, holder(1))

        registry.free(workspace, holder(1))

        assert registry.read(workspace).holder is None
        registry.busy(workspace, holder(2))
        assert registry.read(workspace).holder == holder(2)

    def test_a_process_renews_and_frees_its_row_whatever_its_times(
        self, maker: Maker, workspace: str
    ) -> None:
        registry = maker()
        registry.busy(workspace, holder(1))

        registry.busy(workspace, holder(1, since=NOW + 60))
        renewed = registry.read(workspace).holder
        registry.free(workspace, holder(1))

        assert renewed == holder(1, since=NOW + 60)
        assert registry.read(workspace).holder is None

    def test_a_row_is_not_freed_by_another_process_but_by_unlock(
        self, maker: Maker, workspace: str
    ) -> None:
        registry = maker()
        registry.busy(workspace, holder(1))

        registry.free(workspace, holder(2))
        kept = registry.read(workspace).holder
        registry.free(workspace)

        assert kept == holder(1)
        assert registry.read(workspace).holder is None

    @pytest.mark.parametrize("ahead", [-DAY, 0, DAY])
    def test_a_dead_holder_is_replaced_by_who_names_it(
        self, maker: Maker, workspace: str, ahead: int
    ) -> None:
        registry = maker()
        registry.busy(workspace, holder(1, since=NOW + ahead))

        registry.busy(workspace, holder(2), over=holder(1, since=NOW + ahead))

        assert registry.read(workspace).holder == holder(2)

    def test_a_holder_that_came_in_between_is_not_replaced(
        self, maker: Maker, workspace: str
    ) -> None:
        registry = maker()
        registry.busy(workspace, holder(3))

        with pytest.raises(Busy):
            registry.busy(workspace, holder(2), over=holder(1))

        assert registry.read(workspace).holder == holder(3)

    def test_freeing_what_is_free_changes_nothing(self, maker: Maker, workspace: str) -> None:
        maker().free(workspace)
        maker().free(workspace, holder(1))

        assert maker().read(workspace) == Recorded(workspace)
