"""Calls of the functions that schema/supabase lays out, through the `supabase` client.

Each of them may be sent twice, so what fails on the way is sent again: there is no telling
whether a request that got no answer was heard.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, TypeVar

import msgspec

from otplan.errors import OtplanError, Refused, Unreachable

if TYPE_CHECKING:
    from supabase import Client, PostgrestAPIError

T = TypeVar("T")

TIMEOUT = 30
"""Seconds to wait for an answer."""

# What may be gone a moment later: lost connections, conflicts, too much at once (PostgreSQL,
# appendix A), PostgREST without its database, and the statuses of HTTP that say the same.
_PASSING = re.compile(r"(08|40|53|55|57|58)\w{3}|PGRST00\d|408|429|5\d\d")

# An unknown function or table, as PostgREST and as PostgreSQL say it.
_LACKING = frozenset({"PGRST202", "PGRST205", "42883", "42P01"})

_DENIED = "42501"


@dataclass(frozen=True, slots=True)
class Calls:
    """Speak to one Supabase with one key; `pauses` are the seconds before each repetition.

    `named` is the variable that the key is from: it is told, and the key never is.
    """

    url: str
    key: str = field(repr=False)
    named: str = "SUPABASE_SERVICE_ROLE_KEY"
    pauses: tuple[float, ...] = (0.5, 2.0)

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
        from supabase import PostgrestAPIError, SupabaseException

        try:
            answer = self._connected().rpc(function, dict(given)).execute().data
        except HTTPError as error:
            raise self._unreachable(f"{type(error).__name__}: {error}") from error
        except (InvalidURL, SupabaseException) as error:
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

    def _connected(self) -> Client:
        if not self.url or not self.key:
            raise OtplanError(
                "the registry is on Supabase, and the environment does not say which",
                "Set SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY; to read, SUPABASE_ANON_KEY"
                " will do.",
            )
        return _connect(self.url, self.key)

    def _unreachable(self, why: str) -> Unreachable:
        return Unreachable(
            f"the registry {self.url} cannot be asked now ({self._scrubbed(why)})",
            "Try again: what was sent already is not done twice.",
        )

    def _told(self, error: PostgrestAPIError) -> OtplanError:
        """Return what an answer that is no success means."""
        code, message = error.code or "", self._scrubbed(error.message or "no reason given")
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
                f"the registry {self.url} refused the key of {self.named}: {message}",
                "Set SUPABASE_SERVICE_ROLE_KEY. Who has only the anon key may read.",
            )
        return OtplanError(
            f"the registry {self.url} refused ({code or 'no code'}: {message})",
            f"Look at SUPABASE_URL and at the key in {self.named}.",
        )

    def _scrubbed(self, text: str) -> str:
        return text.replace(self.key, f"<{self.named}>")


@cache
def _connect(url: str, key: str) -> Client:
    """Return the one client of this process for a key: it keeps its connections open."""
    from httpx import Client as HttpClient
    from supabase import ClientOptions, create_client

    # A timeout given to the client of Supabase itself is deprecated.
    line = HttpClient(timeout=TIMEOUT, follow_redirects=True)
    options = ClientOptions(httpx_client=line, auto_refresh_token=False, persist_session=False)
    return create_client(url, key, options)
