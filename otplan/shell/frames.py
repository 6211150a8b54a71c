"""Questions and answers between two Pythons over a pair of pipes: JSON, each behind its length.

It is sent to a login node whose Python may be 3.6 (see program.py): nothing younger in here.
"""

from __future__ import annotations

import errno
import json
import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from typing import IO, Any

_BYTES = "base64"


def put(pipe: IO[bytes], value: Any) -> None:  # noqa: ANN401 - whatever JSON or bytes can say
    """Send a value: what JSON knows, and bytes.

    A name is its bytes for both sides, whatever encoding either has: os.fsencode.
    """
    text = os.fsencode(json.dumps(value, ensure_ascii=False, default=_wrapped))
    pipe.write(b"%d\n" % len(text))
    pipe.write(text)
    pipe.flush()


def take(pipe: IO[bytes]) -> Any:  # noqa: ANN401 - whatever was put
    """Receive a value; raise EOFError where the other side is gone before its end."""
    line = pipe.readline().strip()
    size = int(line) if line.isdigit() else 0
    text = pipe.read(size)
    if not text or len(text) < size:
        raise EOFError
    return json.loads(os.fsdecode(text), object_hook=_unwrapped)


def serve(deeds: Mapping[str, Callable[..., Any]], source: IO[bytes], sink: IO[bytes]) -> None:
    """Do what is asked, one deed after the other, until nobody asks any more.

    An answer is what the deed returned and nothing, or nothing and its OSError: the name of the
    number, since another system numbers otherwise; the words; and the file.
    """
    while True:
        try:
            name, given = take(source)
        except EOFError:
            return
        try:
            answer = [deeds[name](*given), None]
        except OSError as error:
            code = errno.errorcode.get(error.errno or 0, "")
            answer = [None, [code, error.strerror or str(error), error.filename]]
        put(sink, answer)


def _wrapped(value: bytes) -> dict[str, str]:
    return {_BYTES: b64encode(value).decode()}


def _unwrapped(found: dict[str, Any]) -> Any:  # noqa: ANN401 - bytes, there is nothing else
    return b64decode(found[_BYTES])
