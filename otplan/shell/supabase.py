"""A client of one Supabase, as one person, kept as long as the process: it stays connected."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from otplan.errors import OtplanError, Unreachable
from otplan.shell.keys import Session

if TYPE_CHECKING:
    from supabase import Client

TIMEOUT = 30
"""Seconds to wait for an answer."""

_RENEWED = 1800
"""Seconds after which a member signs in again: a token lives an hour (Supabase, Sessions)."""


def client(session: Session) -> Client:
    """Return a client; a member is signed in.

    Raise Unreachable where nobody answers, OtplanError where nothing is named to speak to, for a
    URL that is none, a key that cannot be sent, and for a password that is not taken.
    """
    from supabase import SupabaseException

    if not session.url or not session.key:
        where = f"this is on the Supabase {session.url}, and" if session.url else "this is on"
        lacks = "no key is set" if session.url else "Supabase, and nothing says where that is"
        raise OtplanError(
            f"{where} {lacks}",
            "Set SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY, in the environment or in"
            " ~/.config/otplan/secrets.env; as a member, SUPABASE_ANON_KEY with SUPABASE_EMAIL"
            " and SUPABASE_PASSWORD. To read, SUPABASE_ANON_KEY will do.",
        )
    if not all(
        secret.isascii() and secret.isprintable() for secret in (session.key, session.token)
    ):
        # Sent as it is, it would be told in the refusal of whoever sends it.
        raise OtplanError(
            f"{session.named} has a character that no key has, maybe the end of a line",
            "Set it anew, in one line.",
        )
    turn = int(time.monotonic() // _RENEWED) if session.email else 0
    try:
        return _signed_in(session, turn)
    except SupabaseException as error:
        raise OtplanError(f"SUPABASE_URL is no address: {session.url} ({error})") from error


@cache
def _signed_in(session: Session, turn: int) -> Client:  # noqa: ARG001 - a later turn is another
    from httpx import Client as HttpClient
    from supabase import ClientOptions, create_client

    token = session.token or (_token(session) if session.email else "")
    # A timeout given to the client of Supabase itself is deprecated.
    # Nowhere else: a redirect to another host would take the key along.
    line = HttpClient(timeout=TIMEOUT, follow_redirects=False)
    options = ClientOptions(httpx_client=line, auto_refresh_token=False, persist_session=False)
    made = create_client(session.url, session.key, options)
    if token:
        made.postgrest.auth(token)
    return made


def _token(session: Session) -> str:
    """Sign a member in (Supabase Auth, `POST /token`); of the answer only the token counts."""
    from httpx import HTTPError, post

    asked = f"{session.url.rstrip('/')}/auth/v1/token?grant_type=password"
    given = {"email": session.email, "password": session.password}
    try:
        answer = post(asked, headers={"apikey": session.key}, json=given, timeout=TIMEOUT)
    except HTTPError as error:
        raise _unreachable(session, f"{type(error).__name__}: {error}") from error
    if answer.is_server_error:
        raise _unreachable(session, f"{answer.status_code}: {answer.text}")
    try:
        return msgspec.json.decode(answer.content, type=_Token).access_token
    except msgspec.MsgspecError as error:
        raise OtplanError(
            f"{session.url} does not let {session.email} in: {session.scrubbed(answer.text)}",
            "Look at SUPABASE_EMAIL and SUPABASE_PASSWORD.",
        ) from error


def _unreachable(session: Session, why: str) -> Unreachable:
    return Unreachable(f"{session.url} cannot be asked now ({session.scrubbed(why)})", "Try again.")


@dataclass(frozen=True, slots=True)
class _Token:
    access_token: str
