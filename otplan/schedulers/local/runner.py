"""Work on a queue until nothing is left to do: `python -m otplan.schedulers.local.runner FOLDER`.

It may be killed at any moment: the scripts run under supervisors of their own, and the next
runner goes on from the queue and the traces. It imports little, for it starts with every apply.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import time
from contextlib import suppress
from dataclasses import replace

from otplan.schedulers.local import lock, queue, traces
from otplan.schedulers.local.entries import PLAIN, Ending, Entry, View
from otplan.schedulers.local.waiting import choose
from otplan.schedulers.waits import RUNNING
from otplan.shell import processes

GRACE = 5.0
"""Seconds from SIGTERM to SIGKILL, for what was cancelled or took too long."""

_SHORTEST, _LONGEST = 0.005, 0.05


def main(folder: str) -> None:
    """Run jobs for as long as some can, unless another runner does."""
    with lock.path(folder).open("ab") as held, queue.opened(folder) as connection:
        runner = Runner(folder, connection)
        while lock.take(held.fileno()):
            runner.work()
            lock.leave(held.fileno())
            # Who submitted while we held the lock started no runner: look once more.
            if not runner.news():
                return


class Runner:
    """The one that starts, stops and books jobs; there is one at a time."""

    def __init__(self, folder: str, connection: sqlite3.Connection, grace: float = GRACE) -> None:
        self.folder = folder
        self.connection = connection
        self.grace = grace
        self.running: list[Entry] = []
        self.supervisors: dict[str, int] = {}
        self.asked: dict[str, float] = {}
        self.seen = -1

    def work(self) -> None:
        """Pass over the queue until nothing runs and nothing can start."""
        pause = _SHORTEST
        self.step()
        while self.running and queue.place(self.folder).exists():
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST)
            if self.news():
                before = self.running
                self.step()
                pause = pause if self.running == before else _SHORTEST
        with queue.writing(self.connection):
            queue.forget(self.connection)

    def news(self) -> bool:
        """Tell whether something ended, was asked for, or is being stopped."""
        version = self.connection.execute("PRAGMA data_version").fetchone()[0]
        return version != self.seen or any(
            entry.cancelled or self._ending(entry) for entry in self.running
        )

    def step(self) -> None:
        """Book what ended, start what can start, stop what was cancelled."""
        processes.reap()
        self.seen = self.connection.execute("PRAGMA data_version").fetchone()[0]
        with queue.writing(self.connection):
            view = self._booked(queue.read(self.connection))
            starts = [self._here(entry) for entry in choose(view).starts]
            queue.mark(self.connection, starts)
        self.running = [entry for entry in view.entries if entry.running] + starts
        for entry in self.running:
            if entry.cancelled:
                self._stop(entry)
            elif entry.key not in self.supervisors:
                self._launch(entry)

    def _booked(self, view: View) -> View:
        now = int(time.time())
        ended = {
            entry.key: entry.over(ending, now)
            for entry in view.entries
            if entry.running and (ending := self._ending(entry))
        }
        queue.mark(self.connection, ended.values())
        return replace(view, entries=tuple(ended.get(e.key, e) for e in view.entries))

    def _here(self, entry: Entry) -> Entry:
        host, boot = os.uname().nodename, processes.boot()
        return replace(entry, state=RUNNING, started=int(time.time()), host=host, boot=boot)

    def _ending(self, entry: Entry) -> Ending | None:
        supervisor = self.supervisors.get(entry.key)
        path = traces.base(self.folder, entry.key)
        if supervisor and not traces.is_started(path) and processes.started(supervisor) is None:
            # It died on its way: make sure that no other starts the script now.
            traces.void(path)
        return traces.judge(self.folder, entry)

    def _launch(self, entry: Entry) -> None:
        """Start a supervisor, also where the last runner may have: only one gets to start."""
        path, ask = traces.base(self.folder, entry.key), entry.ask
        if traces.is_started(path) or entry.boot != processes.boot():
            return
        log = ask.log.replace("%a", str(entry.element)) if entry.element != PLAIN else ask.log
        python = [sys.executable, "-I", "-S", traces.SUPERVISOR]
        what = [str(path), str(ask.time), str(self.grace), log, ask.folder, ask.script]
        env = queue.environment(self.connection, ask.environment) | _told(entry)
        self.supervisors[entry.key] = processes.start(
            [*python, *what], f"{self.folder}/runner.log", env
        )

    def _stop(self, entry: Entry) -> None:
        path = traces.base(self.folder, entry.key)
        if entry.host != os.uname().nodename:
            return
        if not traces.is_started(path):
            traces.void(path)
        group, now = traces.group(path), time.monotonic()
        if group is None:
            return
        with suppress(ProcessLookupError):
            if entry.key not in self.asked:
                os.killpg(group, signal.SIGTERM)
            elif now > self.asked[entry.key] + self.grace:
                os.killpg(group, signal.SIGKILL)
        self.asked.setdefault(entry.key, now)


def _told(entry: Entry) -> dict[str, str]:
    told = {
        "OTPLAN_JOB_ID": entry.key,
        "OTPLAN_RESTARTS": "0",
        "CUDA_VISIBLE_DEVICES": entry.gpus,
    }
    return told if entry.element == PLAIN else told | {"OTPLAN_ELEMENT": str(entry.element)}


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except (OSError, sqlite3.Error) as trouble:
        now = time.strftime("%F %T")
        sys.exit(f"{now} the runner stops; jobs that run go on, the next one books them: {trouble}")
