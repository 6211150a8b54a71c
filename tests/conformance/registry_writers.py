"""Values for a registry, and writers that use one from threads and other processes."""

import multiprocessing
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import TypeAlias
from uuid import uuid4

from hypothesis import strategies as st

from otplan.core.address import Address
from otplan.core.graph import Resolved, Workspace
from otplan.core.record import Attempt, Fact, FactKind, Holder
from otplan.core.stage import Limits, Need, Program, Stage
from otplan.core.values import Value
from otplan.registries.protocol import Registry

Maker: TypeAlias = Callable[[], Registry]

NOW = 1_760_000_000
DAY = 86_400
ODD = "naïve 😀 \u2028 \x1f \\ \" ' $ {x} %s"

SPAWN = multiprocessing.get_context("spawn")

# No NUL and no float of many digits: what PostgreSQL cannot keep in JSON, nobody promises.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=5)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.sampled_from((0.5, 3.0, 1.0e-5))
    | TEXTS
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
FACTS = st.builds(
    Fact,
    fingerprint=st.sampled_from(("v1:a", "v1:b")),
    n=st.integers(0, 2),
    kind=st.sampled_from(FactKind),
    at=st.integers(NOW - DAY, NOW + DAY),
    element=st.integers(-1, 1),
    values=st.dictionaries(TEXTS, VALUES, max_size=2),
)


def fresh() -> str:
    """Return the name of a workspace that nobody has."""
    return f"w-{uuid4().hex[:12]}"


def attempt(n: int, fingerprint: str = "v1:a", user: str = "ann") -> Attempt:
    """Return attempt n of a stage."""
    return Attempt(
        fingerprint=fingerprint,
        n=n,
        address="training.sft[lr=1.0e-5]",
        role="train",
        name=f"sft.otp-abc.{n}",
        cluster="local",
        folder="/runs/w/a",
        digest="d1",
        user=user,
        manifest="m.yaml",
        approval=1,
        at=NOW,
        components={"model": '"tiny"'},
        declared={"slurm.time": "60"},
        outputs=("model",),
    )


def fact(n: int, values: Mapping[str, Value] | None = None, *, at: int = NOW) -> Fact:
    """Return the fact that attempt n was submitted."""
    return Fact("v1:a", n, FactKind.SUBMITTED, at, values=values or {"job": str(n)})


def holder(pid: int, *, since: int = NOW, user: str = "ann") -> Holder:
    """Return the row of a process that started when this test's clock did."""
    return Holder(user, "node-1", "boot-1", pid, NOW, since, since + 600)


def graph(workspace: str, *, code: str = "sha256:c") -> Resolved:
    """Return a graph of two stages in which every field that can be filled is."""
    first = Stage(
        addresses=(Address("dataset", "d"), Address("dataset", "e", (("lr", "1.0e-5"),))),
        role="generate",
        template="dataset.generate",
        fingerprint="v1:a",
        components={"args.limit": "200"},
        digest="d1",
        cluster="local",
        program=Program(("run",), {"deep": [{"x": None}]}, {"A": "b"}, {"extra": 1.5}),
        limits=Limits(2, 4, 1, 1024, 3600),
        elements=4,
    )
    second = Stage(
        addresses=(Address("training", "sft"),),
        role="train",
        template="training.train",
        fingerprint="v1:b",
        components={"input.DATASETS": "v1:a"},
        digest="d2",
        cluster="local",
        program=Program(),
        limits=Limits(),
        needs=(Need("v1:a", "DATASETS"),),
    )
    return Resolved(Workspace(workspace, "m.yaml", "/m.yaml"), (first, second), {"x": "y"}, code)


def executor(kind: str) -> Executor:
    """Return two threads or two processes."""
    return ThreadPoolExecutor(2) if kind == "threads" else ProcessPoolExecutor(2, SPAWN)


def approve_once(maker: Maker, workspace: str) -> int:
    """Give one approval."""
    return maker().approve(workspace, graph(workspace), "ann", NOW)


def intend_each(maker: Maker, workspace: str, user: str) -> list[Attempt]:
    """Intend thirty attempts one by one, and return those taken."""
    registry = maker()
    intended = [registry.intend(workspace, 1, [attempt(n, user=user)]) for n in range(1, 31)]
    return [taken for call in intended for taken in call]


def intend_then_note(maker: Maker, workspace: str) -> None:
    """Intend forty attempts, and note two facts of each once it is there."""
    for n in range(40):
        maker().intend(workspace, 1, [attempt(n)])
        maker().note(workspace, [fact(n), fact(n, {"job": "other"})])


@contextmanager
def writer(maker: Maker, workspace: str) -> Iterator[tuple[Connection, Callable[[], None]]]:
    """Start a process that writes for ever; give what it acknowledges, and its SIGKILL."""
    receiver, sender = SPAWN.Pipe(duplex=False)
    process = SPAWN.Process(target=_write_on, args=(maker, workspace, sender))
    process.start()

    def kill() -> None:
        process.kill()
        process.join()

    try:
        yield receiver, kill
    finally:
        kill()


def _write_on(maker: Maker, workspace: str, acknowledged: Connection) -> None:
    registry, n = maker(), 0
    while True:
        n += 1
        registry.intend(workspace, 1, [attempt(n)])
        registry.note(workspace, [fact(n)])
        acknowledged.send(n)
