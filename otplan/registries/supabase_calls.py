"""Calls of the functions that schema/supabase lays out, through the `supabase` client.

Each of them may be sent twice, so what fails on the way is sent again: there is no telling
whether a request that got no answer was heard.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import msgspec

from otplan.errors import OtplanError, Refused, Unreachable
from otplan.shell.keys import Session
from otplan.shell.supabase import client

if TYPE_CHECKING:
    from supabase import PostgrestAPIError

T = TypeVar("T")

# What may be gone a moment later: lost connections, conflicts, too much at once (PostgreSQL,
# appendix A), PostgREST without its database, and the statuses of HTTP that say the same.
_PASSING = re.compile(r"(08|40|53|55|57|58)\w{3}|PGRST00\d|408|429|5\d\d")

# An unknown function or table, as PostgREST and as PostgreSQL say it.
_LACKING = frozenset({"PGRST202", "PGRST205", "42883", "42P01"})

_DENIED = "42501"
_MEND = (
    "Members write, and the service role. Set SUPABASE_SERVICE_ROLE_KEY; or have the database's"
    " owner add your id of auth.users to otplan_members. Who has only the anon key may read."
)


@dataclass(frozen=True, slots=True)
class Calls:
    """Speak to one Supabase as one person; `pauses` are the seconds before each repetition."""

    session: Session
    pauses: tuple[float, ...] = (0.5, 2.0)

    @property
    def url(self) -> str:
        """Return where that is."""
        return self.session.url

    def ask(self, function: str, given: Mapping[str, object], shape: type[T]) -> T:
        """Call a function, and read its answer; send it again where the network fails.

        Raise Unreachable in the end: what was to be written may be there, or not, and may be
        sent once more. Raise Refused for a missing right (`denied`) or function (`invalid`).
        """
        for pause in self.pauses:
            try:
                return self._once(function, given, shape)
            except Unreachable:
                time.sleep(pause)
        return self._once(function, given, shape)

    def _once(self, function: str, given: Mapping[str, object], shape: type[T]) -> T:
        from httpx import HTTPError, InvalidURL
        from supabase import PostgrestAPIError

        try:
            answer = client(self.session).rpc(function, dict(given)).execute().data
        except HTTPError as error:
            raise self._unreachable(f"{type(error).__name__}: {error}") from error
        except InvalidURL as error:
            raise OtplanError(f"SUPABASE_URL is no address: {self.url} ({error})") from error
        except PostgrestAPIError as error:
            raise self._told(error) from error
        try:
            return msgspec.json.decode(str(answer), type=shape)
        except msgspec.ValidationError as error:
            raise OtplanError(
                f"the registry {self.url} has a row that this otplan cannot read ({error})",
                "Use the otplan that wrote it, or a later one.",
            ) from error
        except msgspec.DecodeError as error:
            raise self._unreachable(f"its answer is cut or of something else: {error}") from error

    def _unreachable(self, why: str) -> Unreachable:
        return Unreachable(
            f"the registry {self.url} cannot be asked now ({self.session.scrubbed(why)})",
            "Try again: what was sent already is not done twice.",
        )

    def _told(self, error: PostgrestAPIError) -> OtplanError:
        """Return what an answer that is no success means."""
        code, message = error.code or "", self.session.scrubbed(error.message or "no reason given")
        if _PASSING.fullmatch(code):
            return self._unreachable(f"{code}: {message}")
        if code in _LACKING:
            return Refused(
                "invalid",
                f"the registry {self.url} lacks otplan's tables, or they are of an older otplan"
                f" ({code}: {message})",
                "See what is missing with\notplan registry check",
            )
        if code == _DENIED:
            return Refused(
                "denied",
                f"the registry {self.url} refused this to {self.session.named}: {message}",
                _MEND,
            )
        return OtplanError(
            f"the registry {self.url} refused ({code or 'no code'}: {message})",
            f"Look at SUPABASE_URL and at the key in {self.session.named}.",
        )
