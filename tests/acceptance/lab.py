"""A project in a folder of its own, and otplan's command line at work on it."""

import contextlib
import io
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from otplan.cli.main import main
from otplan.core.values import Value
from otplan.schedulers.local import lock, queue
from otplan.schedulers.local.entries import View
from otplan.schedulers.local.waiting import choose
from tests.processes import living

HERE = Path(__file__).parent
PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed, and the code it ended with."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Value:
        """Return its JSON document."""
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Lab:
    """A folder with a manifest, and beside it one that its steps look at (see step.sh)."""

    root: Path

    @property
    def folder(self) -> Path:
        """Return where the manifest is."""
        return self.root / "project"

    @property
    def control(self) -> Path:
        """Return what holds steps, makes them fail, and lists which ran."""
        return self.root / "control"

    def prepare(self) -> None:
        """Make the folders."""
        for path in (self.folder, self.control / "hold", self.control / "fail"):
            path.mkdir(parents=True)

    def make(self, text: str = "") -> None:
        """Make the project: the miniature, with another manifest if `text` is one."""
        shutil.copytree(HERE / "miniature", self.folder, dirs_exist_ok=True)
        if text:
            self.write("manifest.yaml", text)
        self.git("init", "-q")
        self.commit()

    def git(self, *argv: str) -> str:
        """Run git in the project, and return what it says."""
        who = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")
        argv = ("git", *who, *argv)
        return subprocess.run(
            argv, cwd=self.folder, check=True, capture_output=True, text=True
        ).stdout

    def commit(self) -> None:
        """Commit all that is there."""
        self.git("add", "-A")
        self.git("commit", "-qm", "x")

    def write(self, name: str, text: str) -> None:
        """Write a file of the project."""
        (self.folder / name).write_text(text, encoding="utf-8")

    def read(self, name: str = "manifest.yaml") -> str:
        """Return a file of the project."""
        return (self.folder / name).read_text(encoding="utf-8")

    def edit(self, old: str, new: str, name: str = "manifest.yaml") -> None:
        """Replace the one place where a file says `old`."""
        text = self.read(name)
        assert text.count(old) == 1, f"{name} has {text.count(old)} times {old!r}"
        self.write(name, text.replace(old, new))

    def __call__(self, *argv: str, code: int = 0, at: str = ".", **environment: str) -> Said:
        """Run a command in this process, `at` a folder of the project; it must end with `code`."""
        out, err = io.StringIO(), io.StringIO()
        heard = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGHUP)}
        with (
            _environment(environment),
            contextlib.chdir(self.folder / at),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                ended = main(list(argv))
            finally:
                for number, handler in heard.items():
                    signal.signal(number, handler)
        said = Said(ended, out.getvalue(), err.getvalue())
        assert ended == code, f"otplan {' '.join(argv)} ended with {ended}\n{said.out}{said.err}"
        return said

    def typed(self, *argv: str, answer: str) -> Said:
        """Run a command in a process of its own, at a terminal where somebody answers."""
        main_end, its_end = os.openpty()
        os.write(main_end, f"{answer}\n".encode())
        with self.started(*argv, stdin=its_end) as command:
            out, err = command.communicate(timeout=PATIENCE)
        os.close(main_end)
        os.close(its_end)
        return Said(command.returncode, out, err)

    def started(self, *argv: str, stdin: int = subprocess.DEVNULL) -> "subprocess.Popen[str]":
        """Start a command in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "otplan", *argv],
            cwd=self.folder,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def apply(self, *argv: str, code: int = 0) -> Said:
        """Apply the manifest without being asked, and wait."""
        return self("apply", "manifest.yaml", "--auto-approve", "--wait", *argv, code=code)

    def submit(self, *argv: str, code: int = 0) -> Said:
        """Apply the manifest without being asked or waiting."""
        return self("apply", "manifest.yaml", "--auto-approve", *argv, code=code)

    def plan(self, *argv: str) -> dict[str, str]:
        """Return the verb of every stage that a plan has something to do or say about."""
        changes = self("plan", "manifest.yaml", "--json", *argv).document["changes"]
        return {each["label"]: each["action"] for each in changes if each["action"] != "keep"}

    def change(self, label: str, *argv: str) -> Value:
        """Return what a plan says of one stage, first."""
        changes = self("plan", "manifest.yaml", "--json", *argv).document["changes"]
        return next(each for each in changes if each["label"] == label)

    def states(self) -> dict[str, str]:
        """Return the state of every stage."""
        stages = self("status", "-m", "manifest.yaml", "--json").document["stages"]
        return {f"{each['address']}/{each['role']}": each["state"] for each in stages}

    def hold(self, *steps: str) -> None:
        """Let these steps wait until they are let go."""
        for step in steps:
            (self.control / "hold" / step).touch()

    def let_go(self, *steps: str) -> None:
        """Let steps that wait go on: these, or all."""
        for path in list((self.control / "hold").iterdir()):
            if not steps or path.name in steps:
                path.unlink()

    def fail(self, *steps: str) -> None:
        """Make these steps fail."""
        for step in steps:
            (self.control / "fail" / step).touch()

    def mend(self, *steps: str) -> None:
        """Make these steps succeed again."""
        for step in steps:
            (self.control / "fail" / step).unlink()

    def ran(self) -> list[str]:
        """Return which steps ran since this was asked last, by name."""
        path = self.control / "ran"
        steps = path.read_text().split() if path.exists() else []
        path.write_text("")
        return sorted(steps)

    @contextlib.contextmanager
    def later(self, seconds: float, act: Callable[[], None]) -> Iterator[None]:
        """Do something while a command runs."""
        timer = threading.Timer(seconds, act)
        timer.start()
        yield
        timer.join()

    def until(self, label: str, state: str) -> None:
        """Wait until a stage is in a state."""
        _wait(lambda: self.states()[label] == state, f"{label} is not {state}")

    def began(self, step: str) -> None:
        """Wait until a step has begun."""
        path = self.control / "ran"
        _wait(lambda: path.exists() and step in path.read_text().split(), f"{step} did not begin")

    def queue(self) -> View:
        """Return the queue of this machine."""
        with queue.opened(str(self.folder / ".otplan" / "local")) as connection:
            return queue.read(connection)

    def output(self, label: str) -> Path:
        """Return the folder that a stage made, by its newest marker."""
        folder = self("why", label, "-m", "manifest.yaml", "--json").document["stages"][0][
            "explanation"
        ]["folder"]
        return Path(json.loads(Path(folder, "done.json").read_text())["output"])

    def settle(self) -> None:
        """Let all go, and wait until nothing runs or can start here."""
        self.let_go()
        for made in self.folder.glob("**/.otplan/local/queue.db"):
            _wait(partial(_idle, made.parent), "jobs still run")


def _wait(over: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not over():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.02)


def _idle(folder: Path) -> bool:
    try:
        with queue.opened(str(folder)) as connection:
            view = queue.read(connection)
    except sqlite3.DatabaseError:
        return not lock.taken(str(folder))
    live = choose(view).starts or any(entry.running for entry in view.entries)
    # A runner that was started may not have taken its lock yet: it will, and look at the queue.
    return not live and not lock.taken(str(folder)) and not living(str(folder))


@contextlib.contextmanager
def _environment(pairs: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(pairs)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
