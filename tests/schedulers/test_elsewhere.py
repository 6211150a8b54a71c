"""The queue of a login node of another machine: nothing is made there, and nothing is guessed."""

import pytest

from otplan.core.cluster import Cluster
from otplan.core.job import JobRef, Order
from otplan.core.login import node_of
from otplan.core.stage import Limits
from otplan.errors import Place, Refused
from otplan.schedulers.elsewhere import Elsewhere
from otplan.schedulers.table import connect
from otplan.shell.here import Here

SITE = Cluster("far", "slurm", "/x", Place("far.yaml"), login="me@far", internet="login")
ORDER = Order("x", "/x/script.sh", "/x", "/x/log", "", Limits())


def test_the_login_node_behind_ssh_is_such_a_queue() -> None:
    assert isinstance(connect(node_of(SITE), Here(), lambda: 7), Elsewhere)


def test_jobs_that_may_live_there_are_unknown_and_none_are_none() -> None:
    queue = Elsewhere("far@login", "me@far", lambda: 7)

    asked = queue.observe([JobRef("far@login", "1")], [], 0)
    nothing = queue.observe([], [], 0)

    assert "only otplan on me@far knows" in asked.unknown
    assert (nothing.unknown, nothing.jobs) == ("", ())


def test_a_job_for_there_is_refused_with_where_to_make_it() -> None:
    with pytest.raises(Refused) as refused:
        Elsewhere("far@login", "me@far", lambda: 7).submit(ORDER)

    assert refused.value.help == "on me@far:\n    otplan sync --publish"
