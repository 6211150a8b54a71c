"""Which manifest it is: by git remote and path; without git, by host and real path."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from otplan.render import git
from otplan.shell.protocol import Shell

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_SHORT = re.compile(r"(?:[^/@]+@)?(?P<host>[^/:]+):(?P<path>[^/].*|/.+)")


@dataclass(frozen=True, slots=True)
class Identity:
    """A manifest: what it is known as, its real path, its git root and commit (none: empty)."""

    manifest: str
    path: str
    root: str = ""
    commit: str = ""


def identify(manifest: str, shell: Shell) -> Identity:
    """Return the identity of a manifest of this machine, in two questions to git.

    Raise OtplanError where there is a repository that git refuses to speak of: taking it for
    none would make another manifest of it.
    """
    path = os.path.realpath(manifest)
    folder = path.rpartition("/")[0] or "/"
    here = f"{shell.me().host}:{path}"
    found = git.ask(shell, folder, "rev-parse", "--show-toplevel", "HEAD")
    if found is None:
        return Identity(here, path)
    root, _, rest = found.out.decode(errors="surrogateescape").partition("\n")
    if not root:
        raise git.refused(folder, found)
    commit = "" if found.code else rest.strip()
    remote = _remote(shell, root)
    name = f"{remote}:{os.path.relpath(path, os.path.realpath(root))}" if remote else here
    return Identity(name, path, root, commit)


def dirty(root: str, shell: Shell) -> bool:
    """Tell whether tracked files differ from the commit."""
    done = git.ask(shell, root, "status", "--porcelain", "--untracked-files=no")
    if done is None or done.code:
        raise git.refused(root, done)
    return bool(done.out)


def known_as(url: str) -> str:
    """Return a remote's URL as `host/path`: the same by https and ssh, without credentials."""
    if _SCHEME.match(url):
        url = _SCHEME.sub("", re.split(r"[?#]", url)[0])
        host, _, path = url.partition("/")
    elif match := _SHORT.fullmatch(url):
        host, path = match["host"], match["path"]
    else:
        host, path = "", url
    host = re.sub(r":\d+$", "", host.rpartition("@")[2]).lower()
    path = path.rstrip("/").removesuffix(".git")
    return f"{host}/{path.lstrip('/')}" if host else path


def _remote(shell: Shell, root: str) -> str:
    done = git.ask(shell, root, "config", "--null", "--get-regexp", r"^remote\..*\.url$")
    text = done.out.decode(errors="surrogateescape") if done else ""
    urls = dict(entry.split("\n", 1) for entry in reversed(text.split("\0")) if "\n" in entry)
    first = min(urls, default="")
    return known_as(urls.get("remote.origin.url", urls.get(first, "")))
