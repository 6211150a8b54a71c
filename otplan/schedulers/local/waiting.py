"""Which entries may start now, and why the others wait."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from otplan.schedulers import waits
from otplan.schedulers.local.entries import PLAIN, Entry, Machine, View


@dataclass(frozen=True, slots=True)
class Choice:
    """What may start, with its GPUs chosen, and by key the reason why others may not."""

    starts: tuple[Entry, ...]
    reasons: Mapping[str, str]


def choose(view: View) -> Choice:
    """Choose in order of niceness and age; reasons are Slurm's words.

    An entry that waits for slots keeps those it needs from all behind it, so that a large
    job is not overtaken for ever by small ones.
    """
    parents = _states(view.entries)
    slots = _Slots(view)
    starts, reasons = [], {}
    for entry in sorted(filter(_pending, view.entries), key=lambda e: (e.ask.nice, e.ask.id)):
        edges = view.edges.get(entry.ask.id, ())
        why = waits.reason(state for edge in edges for state in parents[edge])
        why = why or (waits.HELD if entry.ask.held else "") or slots.take(entry)
        if why:
            reasons[entry.key] = why
        else:
            starts.append(replace(entry, gpus=slots.given))
    return Choice(tuple(starts), reasons)


def idle(view: View) -> bool:
    """Tell whether nothing runs and nothing can start: all that is left must wait."""
    return not any(entry.running for entry in view.entries) and not choose(view).starts


def _pending(entry: Entry) -> bool:
    return entry.pending


def _states(entries: Iterable[Entry]) -> Mapping[tuple[int, int], list[str]]:
    states = defaultdict(list)
    for entry in entries:
        states[entry.ask.id, PLAIN].append(entry.state)
        if entry.element != PLAIN:
            states[entry.ask.id, entry.element].append(entry.state)
    return states


class _Slots:
    """What is free, while it is given away; `given` is what the last taker got."""

    def __init__(self, view: View) -> None:
        running = [entry for entry in view.entries if entry.running]
        busy = {gpu for entry in running for gpu in entry.gpus.split(",")}
        self.machine = view.machine
        self.cpus = view.machine.cpus - sum(entry.ask.cpus for entry in running)
        self.gpus = [gpu for gpu in map(str, range(view.machine.gpus)) if gpu not in busy]
        self.running = Counter(entry.ask.id for entry in running)
        self.given = ""

    def take(self, entry: Entry) -> str:
        """Give an entry its slots; return why it must wait, empty where it need not."""
        ask = entry.ask
        if too_large(self.machine, ask.cpus, ask.gpus):
            return waits.TOO_LARGE
        if ask.at_once and self.running[ask.id] >= ask.at_once:
            return waits.THROTTLE
        mine, self.gpus = self.gpus[: ask.gpus], self.gpus[ask.gpus :]
        self.cpus -= ask.cpus
        self.given = ",".join(mine)
        if self.cpus < 0 or len(mine) < ask.gpus:
            return waits.RESOURCES
        self.running[ask.id] += 1
        return ""


def too_large(machine: Machine, cpus: int, gpus: int) -> bool:
    """Tell whether a job would wait for ever."""
    return cpus > machine.cpus or gpus > machine.gpus
