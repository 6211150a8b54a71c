"""What a site said of its limits, as a person reads it."""

from otplan.core.site import Association, Controller, Nodes, Partition, Qos, SiteLimits
from otplan.views.site import text
from otplan.views.style import Style
from tests.views.golden import check
from tests.views.worlds import HOUR, NOW

PLAIN = Style(width=80)
MIXED = (Nodes(8, 16, 16000, {"a100": 4}), Nodes(2, 64, 256000, {}), Nodes(1, 8, 8000))
SITE = SiteLimits(
    at=NOW - 3 * HOUR,
    controller=Controller("22.05.8", 300, 1001, 10000, "NO", requeue=True, enforced=("limits",)),
    partitions=(
        Partition("main", "UP", default=True, max_time=48 * HOUR, nodes=MIXED),
        Partition("cloud", "DOWN", max_time=600, max_nodes=2),
    ),
    associations=(
        Association("lab", "", ("normal", "tight"), max_wall=HOUR, max_submit=9),
        Association("other", "main"),
    ),
    qos=(Qos("normal"), Qos("tight", max_wall=60, max_submit=4)),
    missing=("sinfo", "id"),
)


def test_limits_are_told_with_their_age_and_with_what_did_not_answer() -> None:
    check("site.txt", text(SITE, PLAIN, NOW))


def test_of_a_site_that_was_never_asked_nothing_is_told() -> None:
    assert text(None, PLAIN, NOW) == ""


def test_a_site_of_which_nothing_is_known_says_when_it_was_asked() -> None:
    assert text(SiteLimits(at=NOW - 60), PLAIN, NOW) == "\nIts limits, as Slurm said 1m ago:\n"
