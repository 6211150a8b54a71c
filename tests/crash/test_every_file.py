"""Kill apply before every second change of a file, inside its side effects and between them.

What stands in an audit event is told before it happens, so that before the next is after this one.
"""

from collections.abc import Callable
from itertools import count

import pytest

from tests.crash.settled import goes_on
from tests.crash.site import Site
from tests.crash.strokes import Stroke

STRIDE = 8
"""One test looks at every so many changes; the tests together at every second one."""


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("first", range(1, 1 + STRIDE, 2))
def test_an_apply_killed_before_any_change_of_a_file_is_gone_on_with(
    sites: Callable[[], Site], first: int, record_property: Callable[[str, object], None]
) -> None:
    for nth in count(first, STRIDE):
        site = sites()
        done = site.apply(Stroke("file", nth))

        if done.code == 0:
            break
        assert done.code == -9, site.said
        goes_on(site)
    record_property("kill points", (nth - first) // STRIDE)
