"""What the Hub is asked: reads only, each one request, never repeated behind anybody's back.

The requests are ours and not huggingface_hub's: that sleeps through a rate limit, for minutes at
times, and a plan must not. What a job sends up or brings down goes through it (templates/tools).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from time import monotonic
from typing import Any, Self
from urllib.parse import quote, urlsplit

from otplan.core.hub import PLACE, Repo
from otplan.errors import OtplanError, Unreachable

TIMEOUT, KNOCK = 30, 5
"""Seconds to wait for an answer, and for somebody to be there at all."""

SILENCE = 60
"""Seconds in which nobody is asked who was not there: what one plan asks, it asks once."""

_RESET = re.compile(r'"[^"]*";r=0;t=(\d+)')


class Missing(Exception):
    """The Hub says that something is not there, or not for who asked: its own word for it."""


@dataclass
class Calls:
    """Speak to one Hub with one token, while it is entered; `token` is asked for only then.

    Entering raises OtplanError for an address that is none, and a token that cannot be sent.
    """

    token: Callable[[], str]
    endpoint: str = field(default_factory=lambda: os.environ.get("HF_ENDPOINT") or PLACE)
    _client: Any = None
    _silent: tuple[float, str] = (-inf, "")

    def __enter__(self) -> Self:
        import httpx

        if not _address(self.endpoint):  # huggingface_hub could not even be imported.
            message = f"HF_ENDPOINT is no address: {self.endpoint}"
            raise OtplanError(message, "It begins with https://; the Hub itself needs none.")
        token = self.token()
        if not (token.isascii() and token.isprintable()):
            mend = "Look at HF_TOKEN, or sign in again:\n    hf auth login"
            raise OtplanError("the token for the Hub has a character that no token has", mend)
        headers = {"User-Agent": "otplan"} | ({"Authorization": f"Bearer {token}"} if token else {})
        self._client = httpx.Client(
            headers=headers,
            timeout=httpx.Timeout(TIMEOUT, connect=KNOCK),
            follow_redirects=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def repo(self, repo: Repo) -> Mapping[str, Any]:
        """Return a repo at a revision: `sha`, `private`, and its files as `siblings`."""
        at = f"/revision/{quote(repo.revision, safe='')}" if repo.revision else ""
        found: Mapping[str, Any] = self._told(self._get(f"api/{repo.kind}s/{repo.name}{at}"))
        return found

    def of_owner(self, kind: str, owner: str) -> dict[str, Mapping[str, Any]]:
        """Return all repos of an owner by name, in as many requests as there are thousands."""
        found: dict[str, Mapping[str, Any]] = {}
        following = f"api/{kind}s?author={quote(owner)}&full=true&limit=1000"
        while following:
            answer = self._get(following)
            found |= {told["id"]: told for told in self._told(answer)}
            following = answer.links.get("next", {}).get("url", "")
        return found

    def file(self, repo: Repo, path: str) -> bytes:
        """Return the content of a file at a revision."""
        prefix = "datasets/" if repo.kind == "dataset" else ""
        content: bytes = self._get(
            f"{prefix}{repo.name}/resolve/{quote(repo.revision, safe='')}/{quote(path)}"
        ).content
        return content

    @cached_property
    def homes(self) -> frozenset[str]:
        """Return whose repos the token sees, missing ones included: its owner's, their groups'.

        A fine-grained token sees what it was given alone.
        """
        if not self.token():
            return frozenset()
        try:
            told = self._told(self._get("api/whoami-v2"))
        except Missing as refused:
            raise Unreachable(f"the Hub does not take the token ({refused})", _MEND) from None
        homes = {told.get("name", ""), *(org["name"] for org in told.get("orgs", ()))}
        granted = told.get("auth", {}).get("accessToken", {})
        if granted.get("role") == "fineGrained":
            scoped = granted.get("fineGrained", {}).get("scoped", ())
            homes &= {each["entity"].get("name") for each in scoped if each.get("permissions")}
        return frozenset(homes)

    def _told(self, answer: Any) -> Any:  # noqa: ANN401 - JSON
        """Return what an answer says; raise Unreachable for the page of a proxy, or of a login."""
        try:
            return answer.json()
        except ValueError as error:
            raise Unreachable(f"something else answers for the Hub at {self.endpoint}") from error

    def _get(self, path: str) -> Any:  # noqa: ANN401 - httpx is imported late
        import httpx

        url = path if "://" in path else f"{self.endpoint.rstrip('/')}/{path}"
        since, why = self._silent
        if monotonic() - since < SILENCE:
            raise Unreachable(why)
        try:
            answer = self._client.get(url)
        except httpx.HTTPError as error:
            said = str(error) or type(error).__name__
            why = f"the Hub at {self.endpoint} does not answer: {said}"
            self._silent = monotonic(), why
            raise Unreachable(why) from error
        if answer.status_code == 429:  # noqa: PLR2004 - Too Many Requests
            wait = _RESET.search(answer.headers.get("RateLimit", ""))
            when = f"; it answers again in {wait[1]} seconds" if wait else ""
            raise Unreachable(f"the Hub takes no more requests from here now{when}")
        if answer.status_code in (401, 403, 404):
            raise Missing(answer.headers.get("X-Error-Message") or answer.reason_phrase)
        if not answer.is_success:
            raise Unreachable(f"the Hub answered {answer.status_code} {answer.reason_phrase}")
        return answer


def _address(endpoint: str) -> bool:
    """Tell whether requests could go there."""
    try:
        parts = urlsplit(endpoint)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


_MEND = "Put one that may read and write there into HF_TOKEN."
