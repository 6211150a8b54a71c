"""Secrets that were written where everybody can read them. Their value is never told."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from math import log2

from otplan.core.resource import Resource
from otplan.core.values import Value
from otplan.errors import Diagnostic, Place, Severity

_FORMS = {
    "a Hugging Face token": re.compile(r"\bhf_[A-Za-z0-9]{20,}"),
    "an API key": re.compile(r"\bsk-[A-Za-z0-9_-]{20,}"),
    "a Supabase key": re.compile(r"\bsb_(?:secret|publishable)_[A-Za-z0-9_-]{16,}"),
    "an AWS access key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a GitHub token": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,})"),
    "a JSON Web Token": re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a password in a URL": re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/:@]*:[^\s/@]+@"),
}
_KEY = re.compile(r"[0-9a-f]{40}")
"""What a key of W&B looks like, and a commit too: only a field's name tells them apart."""

_NAMED = re.compile(r"(?:key|token|secret|password)[^.]*$", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z0-9+=]{32,}")
_SHORTEST = 16
"""Characters below which nothing is a secret worth the search."""

_BITS = 4.2
"""Entropy of a character above which a long word is random: text and hexadecimal stay below."""

_MEND = "Put it into the cluster's secrets file and withdraw it where it was issued."


def form(text: str) -> str:
    """Return in words which kind of secret a text holds; empty where none is known."""
    return next((name for name, pattern in _FORMS.items() if pattern.search(text)), "")


def is_random(text: str) -> bool:
    """Tell whether a text holds a long word that nobody would write by hand."""
    return any(_mixed(word) and _entropy(word) > _BITS for word in _WORD.findall(text))


def check_secrets(resources: Iterable[Resource]) -> Iterator[Diagnostic]:
    """Yield every secret in the fields of the resources and, once, in each config they name."""
    seen: set[str] = set()
    for resource in resources:
        address = str(resource.address)
        for path, text in _texts(resource.fields):
            yield from _look(text, path, resource.where(path), address)
        fresh = [file for file in resource.files.values() if file.real not in seen]
        for file in fresh:
            seen.add(file.real)
            for path, text in _texts(file.values):
                yield from _look(text, path, file.places.get(path, Place(file.path)), address)


def _texts(value: Value, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path and text of every string long enough; those of a list have its path."""
    if isinstance(value, str):
        if len(value) >= _SHORTEST:
            yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, path)


def _look(text: str, path: str, place: Place, address: str) -> Iterator[Diagnostic]:
    if name := form(text) or (_NAMED.search(path) and _KEY.fullmatch(text) and "an API key"):
        message = f"`{path}` holds {name}, where everybody can read it."
        yield Diagnostic("OT610", Severity.ERROR, message, place, address, _MEND)
    elif is_random(text):
        message = f"`{path}` looks like a secret."
        mend = f"If it is one: {_MEND[0].lower()}{_MEND[1:]}"
        yield Diagnostic("OT611", Severity.WARNING, message, place, address, mend)


def _mixed(word: str) -> bool:
    classes = (str.isupper, str.islower, str.isdigit)
    return all(any(test(letter) for letter in word) for test in classes)


def _entropy(word: str) -> float:
    """Return bits per character (Shannon)."""
    counts = Counter(word).values()
    return -sum(n / len(word) * log2(n / len(word)) for n in counts)
