"""The registry on a team's Supabase: for many, on several clusters and laptops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

import msgspec

from otplan.core.graph import Resolved
from otplan.core.record import Approval, Attempt, Fact, Holder, Recorded
from otplan.errors import OtplanError, Unreachable
from otplan.registries.refusals import busy_error, superseded_error
from otplan.registries.supabase_calls import Calls
from otplan.shell.keys import session


@dataclass(frozen=True, slots=True)
class SupabaseRegistry:
    """Keep workspaces in the tables of schema/supabase, through their functions.

    Every call is one request and one transaction. `call` numbers are made here, so that the same
    request sent twice, because its answer was lost, is one.
    """

    calls: Calls

    @property
    def place(self) -> str:
        """Return its URL."""
        return self.calls.url

    def read(self, workspace: str) -> Recorded:
        """Return the whole workspace as it was at one moment; raise Unreachable where it is cut."""
        whole = self.calls.ask("otplan_read", {"of_workspace": workspace}, _Whole)
        if whole.counts != (len(whole.attempts), len(whole.facts)):
            raise Unreachable(
                f"the registry {self.place} counts {whole.counts[0]} attempts and"
                f" {whole.counts[1]} facts, and sent {len(whole.attempts)} and {len(whole.facts)}",
                "Try again; if it stays so, something on the way cuts answers.",
            )
        approval = whole.approval and replace(whole.approval, number=whole.number or 0)
        return Recorded(
            workspace,
            whole.id,
            whole.manifest,
            approval=approval,
            attempts=whole.attempts,
            facts=whole.facts,
            holder=whole.holder,
        )

    def recall(self, workspace: str) -> Recorded:
        """Return an empty record: nothing is known here without asking."""
        return Recorded(workspace)

    def found(self, workspace: str, manifest: str, id: str) -> str:  # noqa: A002
        """Insert the workspace where it is new; return the id that it has now."""
        return self._ask("found", workspace, new_id=id, of_manifest=manifest).id

    def own(self, workspace: str, manifest: str) -> None:
        """Make another manifest the owner; raise OtplanError where there is no such workspace."""
        self._ask("own", workspace, by_manifest=manifest)

    def approve(self, workspace: str, graph: Resolved, user: str, at: int) -> int:
        """Store the graph under the next number; raise OtplanError for no such workspace."""
        approval = Approval(0, at, user, graph.workspace.manifest, graph)
        return self._ask(
            "approve", workspace, by_call=str(uuid4()), approval=_document(approval)
        ).number

    def approval(self, workspace: str, number: int) -> Approval | None:
        """Return what was approved under a number, None where nothing was."""
        asked = {"of_workspace": workspace, "of_number": number}
        found = self.calls.ask("otplan_approval", asked, tuple[Approval, ...])
        return replace(found[0], number=number) if found else None

    def intend(
        self, workspace: str, approval: int, attempts: Sequence[Attempt]
    ) -> Sequence[Attempt]:
        """Insert the attempts that are new, and return them; raise Superseded, taking none."""
        answer = self._ask(
            "intend",
            workspace,
            by_call=str(uuid4()),
            of_approval=approval,
            attempts=_document(attempts),
        )
        if answer.superseded:
            raise superseded_error(workspace, approval, answer.superseded)
        firsts = {(attempt.fingerprint, attempt.n): attempt for attempt in reversed(attempts)}
        taken = set(answer.taken)
        return [attempt for key, attempt in reversed(firsts.items()) if key in taken]

    def note(self, workspace: str, facts: Sequence[Fact]) -> None:
        """Append the facts that are new; the workspace need not be known."""
        if facts:
            pairs = [(fact.id, fact) for fact in facts]
            self._ask("note", workspace, facts=_document(pairs))

    def busy(self, workspace: str, holder: Holder, *, over: Holder | None = None) -> None:
        """Say who is applying, in place of `over` or of ourselves; raise Busy for anybody else."""
        old = over and _document(over)
        answer = self._ask("busy", workspace, holder=_document(holder), over_holder=old)
        if answer.busy is not None:
            raise busy_error(workspace, answer.busy)

    def free(self, workspace: str, holder: Holder | None = None) -> None:
        """Take that row away if it is the holder's, or whoever's where that is None."""
        self._ask("free", workspace, holder=holder and _document(holder))

    def _ask(self, function: str, workspace: str, **given: object) -> _Answer:
        """Write; raise OtplanError where that needs a workspace and there is none."""
        answer = self.calls.ask(f"otplan_{function}", {"of_workspace": workspace, **given}, _Answer)
        if answer.absent:
            raise OtplanError(
                f"the registry {self.place} has no workspace `{workspace}`",
                "Look whether SUPABASE_URL is the right one; the first apply makes the workspace.",
            )
        return answer


@dataclass(frozen=True, slots=True)
class _Whole:
    """What `otplan_read` answers; the number of an approval is a column of its own."""

    id: str
    manifest: str
    number: int | None
    approval: Approval | None
    attempts: tuple[Attempt, ...]
    facts: tuple[Fact, ...]
    holder: Holder | None
    counts: tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the others answer, each with what it has to say."""

    id: str = ""
    absent: bool = False
    number: int = 0
    superseded: int = 0
    taken: tuple[tuple[str, int], ...] = ()
    busy: Holder | None = None


def _document(value: object) -> str:
    return msgspec.json.encode(value).decode()


def of_environment(place: str, environment: Mapping[str, str]) -> SupabaseRegistry:
    """Return the registry at this URL, or at the one that is named where that is empty.

    The keys are those of the environment or of the user's file.
    """
    return SupabaseRegistry(Calls(session(environment, place)))
