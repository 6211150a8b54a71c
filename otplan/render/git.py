"""Questions to git, through a Shell: what a hook or another repository set does not lead astray."""

from __future__ import annotations

from collections.abc import Sequence

from otplan.errors import OtplanError
from otplan.shell.protocol import Completed, Shell

# A hook runs with these set, and they win over -C. LC_ALL: an answer is told from its words.
_ENV = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
_SCRUBBED = ("env", *(part for name in _ENV for part in ("-u", name)), "LC_ALL=C", "git")
_NOT_FOUND = 127


def ask(shell: Shell, folder: str, *words: str) -> Completed | None:
    """Run a git command on a folder; None where there is no git, or no repository.

    Any other refusal is in the answer. Nothing is written, not even git's index.
    """
    done = shell.run([*_SCRUBBED, "--no-optional-locks", "-C", folder, *words])
    if done.code == _NOT_FOUND or b"not a git repository" in done.err:
        return None
    return done


def listed(shell: Shell, folder: str, paths: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the tracked paths below a folder, those of submodules too, relative to it.

    Raise OtplanError where git cannot tell.
    """
    words = ("ls-files", "-z", "--cached", "--recurse-submodules", "--", *paths)
    done = ask(shell, folder, *words)
    if done is None or done.code:
        raise refused(folder, done)
    return tuple(dict.fromkeys(done.out.decode(errors="surrogateescape").split("\0")[:-1]))


def refused(folder: str, done: Completed | None) -> OtplanError:
    """Return what to raise where git refused to speak of a folder."""
    said = done.err.decode(errors="replace").strip() if done else "it is no repository any more"
    return OtplanError(f"git does not speak of `{folder}`: {said}", "Mend that and try again.")
