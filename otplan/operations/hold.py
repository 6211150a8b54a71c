"""Say who is applying, for courtesy: safety does not need it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from otplan.core.record import Holder
from otplan.errors import Busy, OtplanError
from otplan.operations.ground import Ground
from otplan.shell.protocol import ProcessId, Shell
from otplan.shell.table import connect

EXPIRES = 3600
"""Seconds after which a holder on a host that cannot be asked counts as gone."""


def process(holder: Holder) -> ProcessId:
    """Return the holder's process, as its host would know it."""
    return ProcessId(holder.host, holder.boot, holder.pid, holder.started)


@contextmanager
def holding(ground: Ground) -> Iterator[None]:
    """Hold the workspace while applying; raise Busy where somebody alive does.

    A holder whose process is gone is taken over at once.
    """
    here = connect("here")
    mine = _holder(ground, here)
    try:
        ground.registry.busy(ground.workspace, mine)
    except Busy:
        gone = _gone(ground, here)
        if gone is None:
            raise
        ground.registry.busy(ground.workspace, mine, over=gone)
    try:
        yield
    finally:
        # A courtesy: where it fails, whoever comes next sees that we are gone. It must not hide
        # what went wrong before it, on a full disk above all.
        with suppress(OtplanError):
            ground.registry.free(ground.workspace, mine)


def _holder(ground: Ground, here: Shell) -> Holder:
    """Return this process as a holder."""
    me, now = here.me(), ground.now
    return Holder(ground.person.user, me.host, me.boot, me.pid, me.started, now, now + EXPIRES)


def _gone(ground: Ground, here: Shell) -> Holder | None:
    """Return the holder that is there, if its process is no more or its time is over."""
    there = ground.registry.read(ground.workspace).holder
    if there is None:
        return None
    alive = here.alive(process(there))
    dead = there.expires < ground.now if alive is None else not alive
    return there if dead else None
