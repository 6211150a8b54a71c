"""Requests to one Supabase as one person, and its refusals in words.

What fails on the way is sent again: there is no telling whether a request that got no answer was
heard. So whatever is asked here must do no harm the second time.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from otplan.errors import OtplanError, Refused, Unreachable
from otplan.shell.keys import Session
from otplan.shell.supabase import client

if TYPE_CHECKING:
    from supabase import Client, PostgrestAPIError

T = TypeVar("T")

# What may be gone a moment later: lost connections, conflicts, too much at once (PostgreSQL,
# appendix A), PostgREST without its database, and the statuses of HTTP that say the same.
_PASSING = re.compile(r"(08|40|53|55|57|58)\w{3}|PGRST00\d|408|429|5\d\d")

# An unknown function or table, as PostgREST and as PostgreSQL say it.
_LACKING = frozenset({"PGRST202", "PGRST205", "42883", "42P01"})
_CHECK = "See what is missing with\notplan {noun} check"

# What else it says no to, by code: as which kind of refusal, and what to do. An unknown column, or
# a table that nothing leads to, or that is not counted there; a row that is there; and (classes 22
# and 23) a value that its column does not take.
_REFUSALS = (
    (re.compile("PGRST204|42703|PGRST200|PGRST123"), "lacks", _CHECK),
    (re.compile("23505"), "taken", "Somebody else was first; look again."),
    (re.compile(r"2[23]\w{3}"), "value", "Mend what the manifest or catalog.yaml say for it."),
)

_DENIED = "42501"
_MEND = (
    "Members write, and the service role. Set SUPABASE_SERVICE_ROLE_KEY; or have the database's"
    " owner add your id of auth.users to otplan_members. Who has only the anon key may read."
)


@dataclass(frozen=True, slots=True)
class Service:
    """Speak to one Supabase as one person; `pauses` are the seconds before each repetition.

    `noun` is what is kept there: `registry` or `catalog`.
    """

    noun: str
    session: Session
    pauses: tuple[float, ...] = (0.5, 2.0)

    @property
    def url(self) -> str:
        """Return where that is."""
        return self.session.url

    def ask(self, request: Callable[[Client], T]) -> T:
        """Make a request; make it again where the network fails.

        Raise Unreachable in the end: what was to be written may be there, or not, and may be sent
        once more. Raise Refused for a missing right (`denied`), function or table (`invalid`),
        column (`lacks`), for what is there already (`taken`), or is no value of its column
        (`value`).
        """
        for pause in self.pauses:
            try:
                return self._once(request)
            except Unreachable:
                time.sleep(pause)
        return self._once(request)

    def rows(self, answer: object) -> Sequence[Any]:
        """Return the rows of an answer; raise Unreachable where a proxy or a login page gave it."""
        if not isinstance(answer, list):
            raise self.unreachable("its answer is of something else: it holds no rows")
        return answer

    def unreachable(self, why: str) -> Unreachable:
        """Return what to raise where there is no answer, or none that can be read."""
        return Unreachable(
            f"the {self.noun} {self.url} cannot be asked now ({self.session.scrubbed(why)})",
            "Try again: what was sent already is not done twice.",
        )

    def _once(self, request: Callable[[Client], T]) -> T:
        from httpx import HTTPError, InvalidURL
        from supabase import PostgrestAPIError

        try:
            return request(client(self.session))
        except HTTPError as error:
            raise self.unreachable(f"{type(error).__name__}: {error}") from error
        except InvalidURL as error:
            raise OtplanError(f"SUPABASE_URL is no address: {self.url} ({error})") from error
        except PostgrestAPIError as error:
            raise self._told(error) from error

    def _told(self, error: PostgrestAPIError) -> OtplanError:
        """Return what an answer that is no success means."""
        code, message = error.code or "", self.session.scrubbed(error.message or "no reason given")
        where = f"the {self.noun} {self.url}"
        look = _CHECK.format(noun=self.noun)
        said = f"{where} refused ({f'{code}: ' if code else ''}{message})"
        if _PASSING.fullmatch(code):
            return self.unreachable(f"{code}: {message}")
        if code in _LACKING:
            lacks = "lacks otplan's tables, or they are of an older otplan"
            return Refused("invalid", f"{where} {lacks} ({code}: {message})", look)
        if code == _DENIED:
            refused = f"{where} refused this to {self.session.named}: {message}"
            return Refused("denied", refused, _MEND)
        for codes, kind, mend in _REFUSALS:
            if codes.fullmatch(code):
                return Refused(kind, said, mend.format(noun=self.noun))
        return OtplanError(said, f"Look at SUPABASE_URL and at the key in {self.session.named}.")
