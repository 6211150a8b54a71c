"""A registry whose facts outlive an outage: what it cannot take now is kept, and sent later."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from otplan.core.graph import Resolved
from otplan.core.record import Approval, Attempt, Fact, FactKind, Holder, Recorded
from otplan.errors import OtplanError, Unreachable
from otplan.registries import recalling
from otplan.registries.outbox import Outbox
from otplan.registries.protocol import Registry

ANNOUNCED = frozenset({FactKind.RESENT, FactKind.DISBELIEVED, FactKind.RETRY, FactKind.FORGOTTEN})
"""What others must know before anything is done about it: this is never put off."""


@dataclass(slots=True)
class KeepingRegistry:
    """Another registry; facts of what has happened are kept until it took them.

    `ahead` writes them down before they are sent, not only once that was in vain: a command
    that waits for an answer may be killed. `tell` hears what is kept, and why. `last` is the
    folder of what was read last, of a registry that is a service. `ids` are the
    ids of the workspaces that were read or founded here: facts are kept for no other, since a
    workspace of the same name in another registry would take them for its own. While it is
    `away`, facts are not sent one after another in vain.
    """

    registry: Registry
    outbox: Outbox
    ahead: bool
    tell: Callable[[str], None]
    last: Path | None = None
    ids: dict[str, str] = field(default_factory=dict)
    away: bool = False

    @property
    def place(self) -> str:
        """Return where the registry is."""
        return self.registry.place

    def read(self, workspace: str) -> Recorded:
        """Return the workspace with the facts that are kept for it, as if they were noted last."""
        recorded = self.registry.read(workspace)
        self.ids[workspace], self.away = recorded.id, False
        if self.last is not None:
            recalling.keep(self.last, self.place, recorded)
        return self._with_kept(recorded)

    def recall(self, workspace: str) -> Recorded:
        """Return the workspace as it was read last here, or as a file has it."""
        if self.last is None:
            recorded = self.registry.recall(workspace)
        else:
            recorded = recalling.recall(self.last, self.place, workspace)
        self.ids[workspace] = recorded.id
        return self._with_kept(recorded)

    def _with_kept(self, recorded: Recorded) -> Recorded:
        workspace = recorded.workspace
        noted = {fact.id for fact in recorded.facts}
        kept = {fact.id: fact for facts in self._kept(workspace).values() for fact in facts}
        late = tuple(fact for id_, fact in kept.items() if id_ not in noted)
        return replace(recorded, facts=(*recorded.facts, *late)) if late else recorded

    def found(self, workspace: str, manifest: str, id: str) -> str:  # noqa: A002
        """Insert the workspace; return the id that it has now."""
        self.ids[workspace] = self.registry.found(workspace, manifest, id)
        return self.ids[workspace]

    def own(self, workspace: str, manifest: str) -> None:
        """Make another manifest the owner."""
        self.registry.own(workspace, manifest)

    def approve(self, workspace: str, graph: Resolved, user: str, at: int) -> int:
        """Store what an apply was allowed to do."""
        return self.registry.approve(workspace, graph, user, at)

    def approval(self, workspace: str, number: int) -> Approval | None:
        """Return what was approved under a number."""
        return self.registry.approval(workspace, number)

    def intend(
        self, workspace: str, approval: int, attempts: Sequence[Attempt]
    ) -> Sequence[Attempt]:
        """Insert attempts: never without the registry, which alone knows who was first."""
        taken = self.registry.intend(workspace, approval, attempts)
        self.away = False
        return taken

    def note(self, workspace: str, facts: Sequence[Fact]) -> None:
        """Append facts, after those that are kept; keep these where it is out of reach.

        Without any, only what is kept is sent. Raise what is refused for another reason: facts
        of what has happened are kept then as well.
        """
        happened = [] if any(fact.kind in ANNOUNCED for fact in facts) else facts
        if self.away and self._put(workspace, happened):
            return  # They go along with the next that are sent.
        put = self._put(workspace, happened) if self.ahead else None
        try:
            self._send(workspace, facts)
        except OtplanError as trouble:
            put = put or self._put(workspace, happened)
            if put is not None:
                self.tell(f"{trouble.message}\nwhat happened is kept for it in {put.parent}")
            if put is None or not isinstance(trouble, Unreachable):
                raise
            self.away = True

    def busy(self, workspace: str, holder: Holder, *, over: Holder | None = None) -> None:
        """Say who is applying."""
        self.registry.busy(workspace, holder, over=over)

    def free(self, workspace: str, holder: Holder | None = None) -> None:
        """Take that row away."""
        self.registry.free(workspace, holder)

    def _send(self, workspace: str, facts: Sequence[Fact]) -> None:
        """Note all that is kept, then these; forget what was kept."""
        kept = self._kept(workspace)
        sent = {fact.id: fact for some in (*kept.values(), facts) for fact in some}
        if sent:
            self.registry.note(workspace, list(sent.values()))
            self.outbox.drop(kept)

    def _kept(self, workspace: str) -> Mapping[Path, tuple[Fact, ...]]:
        id_ = self.ids.get(workspace)
        return self.outbox.waiting(id_) if id_ else {}

    def _put(self, workspace: str, facts: Sequence[Fact]) -> Path | None:
        """Keep facts; None where there are none, or where they cannot be kept either."""
        id_ = self.ids.get(workspace)
        try:
            return self.outbox.put(id_, facts) if facts and id_ else None
        except OSError:
            return None
