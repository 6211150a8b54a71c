"""Run otplan in processes that kill themselves at one of their side effects.

    python -m tests.crash.driver

Each line read is an errand, each line written its return, both in JSON. An errand is run in a
fork of this process, which has imported all that otplan needs: a run costs no start-up.
"""

import gc
import os
import signal
import sys
import time
import traceback
from dataclasses import dataclass, field
from importlib import import_module

import msgspec

from otplan.cli.main import main
from otplan.operations import waiting
from otplan.registries.sqlite import SqliteRegistry
from tests.crash.strokes import Points, Stroke, durations

PRELOADED = (
    "jinja2",
    "networkx",
    "otplan.cli.applying",
    "otplan.cli.commands.apply_",
    "otplan.cli.commands.plan_",
    "otplan.views.plan",
    "otplan.views.report",
)

HUNG = 100
"""Seconds after which a run is ended as hung."""


@dataclass(frozen=True, slots=True)
class Errand:
    """A command to run in a folder, its output into a file.

    Its clock is `ahead` some seconds. One that is `rude` neither says that it applies nor asks.
    """

    folder: str
    argv: tuple[str, ...]
    out: str
    env: dict[str, str] = field(default_factory=dict)
    stroke: Stroke | None = None
    ahead: int = 0
    rude: bool = False


@dataclass(frozen=True, slots=True)
class Return:
    """How it ended (negative: by which signal), and the effects that it lived to see the end of."""

    code: int
    effects: tuple[tuple[str, float], ...]


def serve() -> None:
    """Run one errand after another, until there are no more."""
    for name in PRELOADED:
        import_module(name)
    gc.freeze()
    for line in sys.stdin:
        answer = _forked(msgspec.json.decode(line, type=Errand))
        sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
        sys.stdout.flush()


def _forked(errand: Errand) -> Return:
    child = os.fork()
    if child == 0:
        _run(errand)
    _, status = os.waitpid(child, 0)
    return Return(os.waitstatus_to_exitcode(status), durations(f"{errand.out}.effects"))


def _run(errand: Errand) -> None:
    """Run an errand in this process, and end it."""
    code = 99
    try:
        _prepare(errand)
        code = main(errand.argv)
        sys.stdout.flush()
    except BaseException:  # noqa: BLE001 - this fork must end here, and say why
        traceback.print_exc()
    finally:
        os._exit(code)


def _prepare(errand: Errand) -> None:
    """Make this process the one that a shell would have started."""
    signal.alarm(HUNG)
    gc.disable()
    # The thread that strikes shall not wait for its turn.
    sys.setswitchinterval(1e-5)
    os.chdir(errand.folder)
    os.environ.update(errand.env)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    out = os.open(errand.out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(out, 1)
    os.dup2(out, 2)
    waiting.PAUSE = {"local": 0.05}
    real = time.time
    time.time = lambda: real() + errand.ahead
    if errand.rude:
        SqliteRegistry.busy = lambda *_, **__: None  # type: ignore[method-assign]
    Points(errand.stroke, f"{errand.out}.effects").watch()


if __name__ == "__main__":
    serve()
