"""Job names that can be found again: `<slug>.otp-<token>.<n>`."""

from __future__ import annotations

import re
from base64 import b32encode
from hashlib import sha256

from otplan.core.job import JobName
from otplan.core.values import canonical

MARK = ".otp-"
"""What tells a job of ours from everybody else's."""

_NAME = re.compile(r"\.otp-(?P<token>[a-z2-7]{12})\.(?P<n>[1-9][0-9]*)\Z")


def token(workspace_id: str, fingerprint: str) -> str:
    """Return 60 bits of a hash of workspace and fingerprint, as 12 characters of base32."""
    digest = sha256(canonical([workspace_id, fingerprint]).encode()).digest()
    return b32encode(digest)[:12].decode().lower()


def job_name(slug: str, mark: str, n: int) -> JobName:
    """Return a whole name of at most 200 characters of `[A-Za-z0-9._-]` (accounting keeps 255)."""
    tail = f"{MARK}{mark}.{n}"
    return f"{slug[: 200 - len(tail)]}{tail}"


def read_name(name: JobName) -> tuple[str, int] | None:
    """Return the token and attempt a job name carries, or None where it is not one of ours."""
    match = _NAME.search(name)
    return (match["token"], int(match["n"])) if match else None
