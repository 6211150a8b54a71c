"""What must hold of a training's launcher, its settings and its batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from otplan.core.resource import Resource
from otplan.core.values import Value
from otplan.errors import Diagnostic, Severity
from otplan.kinds.batch import Batch, batch, processes
from otplan.kinds.config import config
from otplan.kinds.llamafactory import LAUNCHER, OWN
from otplan.kinds.rules import finding

_ONLY_ITS = ("format", "global_batch_size", "pretokenize")
_NOT_ITS = ("script", "args")

_SAVED, _EPOCHS = 500, 3
"""Steps between checkpoints, and epochs, where nobody says (TrainingArguments of transformers)."""


def check_launcher(resource: Resource) -> Iterator[Diagnostic]:
    """Yield what is wrong with how a training is started, and with what it is told."""
    if resource.get("launcher") != LAUNCHER:
        yield from _check_script(resource)
        return
    settings = config(resource) or {}
    for key in _NOT_ITS:
        if key in resource.fields:
            message = f"`{key}` belongs to a program of your own, and LLaMA-Factory is the program."
            yield finding(resource, "OT550", key, message, f"Remove it, or `launcher: {LAUNCHER}`.")
    yield from _check_batch(resource, batch(resource, settings))
    yield from _check_own(resource)
    yield from _check_checkpoints(resource, settings)


def _check_script(resource: Resource) -> Iterator[Diagnostic]:
    if "script" not in resource.fields:
        message = "There is nothing that trains: neither `script` nor a launcher is there."
        mend = f"Write `launcher: {LAUNCHER}`, or name your program with `script: train.py`."
        yield finding(resource, "OT550", "", message, mend)
    for key in _ONLY_ITS:
        if key in resource.fields:
            message = f"`{key}` is for LLaMA-Factory, and your own program does not see it."
            mend = f"Write `launcher: {LAUNCHER}`, or remove it."
            yield finding(resource, "OT550", key, message, mend)


def _check_batch(resource: Resource, made: Batch) -> Iterator[Diagnostic]:
    if made.accumulated:
        return
    field = "global_batch_size"
    path = field if field in resource.fields else f"config.{field}"
    at_once = made.per_device * made.ranks
    message = (
        f"A batch of {made.size} cannot be made of {made.per_device} on each of "
        f"{made.ranks} ranks: {made.size} is no multiple of {at_once}."
    )
    yield finding(resource, "OT551", path, message, _fitting(resource, made))


def _fitting(resource: Resource, made: Batch) -> str:
    """Return numbers of nodes that a batch can be made on, near the one that is asked for."""
    nodes: int = resource.get("nodes", 1)
    each = processes(resource) // nodes
    whole = [n for n in range(1, 2 * nodes + 1) if _divides(made, n, nodes)]
    if not whole:
        return f"Choose a multiple of {made.per_device * made.ranks}, or other GPUs."
    near = sorted(sorted(whole, key=lambda n: abs(n - nodes))[:3])
    listed = ", ".join(map(str, near))
    return f"With {each} processes a node it can be made on {listed} nodes (`nodes`)."


def _divides(made: Batch, nodes: int, asked: int) -> bool:
    ranks, rest = divmod(made.ranks * nodes, asked)
    return not rest and ranks > 0 and made.size % (made.per_device * ranks) == 0


def _check_own(resource: Resource) -> Iterator[Diagnostic]:
    """Yield the overrides of what otplan sets; a file may be one that others use, too."""
    for key in resource.get("overrides", {}):
        if key in OWN:
            message = f"otplan sets `{key}` itself."
            yield finding(resource, "OT555", f"overrides.{key}", message, OWN[key])


def _check_checkpoints(resource: Resource, settings: Mapping[str, Value]) -> Iterator[Diagnostic]:
    """Yield that a start finds no checkpoint of the one before; how long a step takes is not said.

    So the interval is judged against the training's length in steps and epochs, not in hours.
    """
    why, key = _unsaved(settings)
    if why and resource.get("attempts", 1) > 1:
        message = f"It may start several times and {why}: each start begins anew."
        mend = "Override `save_strategy: steps` and `save_steps`, or take `attempts` away."
        place = resource.where(f"config.{key}")
        address = str(resource.address)
        yield Diagnostic("OT556", Severity.WARNING, message, place, address, mend)


def _unsaved(settings: Mapping[str, Value]) -> tuple[str, str]:
    """Return why a training leaves no checkpoint before its end, and which setting says so."""
    numbers = {key: value for key, value in settings.items() if isinstance(value, (int, float))}
    steps, epochs = numbers.get("max_steps", -1), numbers.get("num_train_epochs", _EPOCHS)
    every = numbers.get("save_steps", _SAVED)
    match settings.get("save_strategy", "steps"):
        case "no":
            return "saves no checkpoint", "save_strategy"
        # A part of one is a part of all steps.
        case "steps" if every >= max(steps, 1) and steps > 0:
            return f"saves every {every} steps of {steps}", "save_steps"
        case "epoch" if steps <= 0 and epochs <= 1:
            return "saves at the end of its only epoch", "save_strategy"
        case _:
            return "", ""
