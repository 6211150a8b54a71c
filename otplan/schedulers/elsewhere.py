"""The queue of a login node that is not this machine: only otplan over there works on it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from otplan.core.job import Abilities, JobName, JobRef, Observed, Order
from otplan.core.site import SiteLimits
from otplan.core.usage import Usage
from otplan.core.values import Time
from otplan.errors import Refused


class Elsewhere:
    """Know nothing of jobs that may live there, and make none."""

    def __init__(self, cluster: str, login: str, clock: Callable[[], Time]) -> None:
        self._cluster = cluster
        self._login = login
        self._clock = clock

    @property
    def abilities(self) -> Abilities:
        """Return what can be done to that queue from here: nothing."""
        return Abilities(forgets=None)

    def observe(
        self,
        known: Sequence[JobRef],
        lost: Sequence[JobName],
        since: Time,  # noqa: ARG002
        strangers: Collection[JobRef | JobName] = (),  # noqa: ARG002
    ) -> Observed:
        """Say that nobody here knows of the jobs asked for."""
        why = f"only otplan on {self._login} knows what its login node does"
        return Observed(self._cluster, self._clock(), unknown=why if known or lost else "")

    def submit(self, order: Order) -> JobRef:  # noqa: ARG002
        """Refuse it."""
        raise self._refused()

    def change(self, job: JobRef, fields: Mapping[str, str]) -> None:  # noqa: ARG002
        """Refuse it."""
        raise self._refused()

    def release(self, jobs: Sequence[JobRef]) -> None:  # noqa: ARG002
        """Refuse it."""
        raise self._refused()

    def cancel(self, jobs: Sequence[JobRef], elements: Mapping[JobRef, Sequence[int]]) -> None:  # noqa: ARG002
        """Refuse it."""
        raise self._refused()

    def usage(self, job: JobRef, element: int | None) -> Usage | None:  # noqa: ARG002
        """Tell nothing."""
        return None

    def limits(self) -> SiteLimits | None:
        """Tell nothing."""
        return None

    def nudge(self) -> None:
        """Do nothing."""

    def _refused(self) -> Refused:
        message = f"the login node of {self._login} runs this, and that is another machine"
        return Refused("invalid", message, f"on {self._login}:\n    otplan sync --publish")
