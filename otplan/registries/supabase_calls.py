"""Calls of the functions that schema/supabase lays out; each of them may be sent twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import msgspec

from otplan.errors import OtplanError
from otplan.shell.keys import Session
from otplan.shell.postgrest import Service

if TYPE_CHECKING:
    from supabase import Client

T = TypeVar("T")


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
        service = Service("registry", self.session, self.pauses)

        def request(client: Client) -> T:
            answer = client.rpc(function, dict(given)).execute().data
            try:
                return msgspec.json.decode(str(answer), type=shape)
            except msgspec.ValidationError as error:
                raise OtplanError(
                    f"the registry {self.url} has a row that this otplan cannot read ({error})",
                    "Use the otplan that wrote it, or a later one.",
                ) from error
            except msgspec.DecodeError as error:
                why = f"its answer is cut or of something else: {error}"
                raise service.unreachable(why) from error

        return service.ask(request)
