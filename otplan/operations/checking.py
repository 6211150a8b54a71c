"""Look, before the first job, whether a cluster has what jobs there need.

Each check asks one thing, and what cannot be asked is unknown. No value of a secret is kept or
told.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from otplan.core.check import Check, State
from otplan.core.cluster import Cluster
from otplan.core.site import SiteLimits
from otplan.errors import OtplanError
from otplan.shell.here import Here
from otplan.shell.protocol import Completed, Shell

_EXPORT = re.compile(rb"^\s*(?:export\s+)?([A-Za-z_]\w*)=", re.MULTILINE)
_VARIABLE = re.compile(r"[$][{]?([A-Za-z_]\w*)")
_PATIENCE = 120.0
_FULL = 90
"""Percent of a file system, or of its inodes, from which on a job may soon find none left."""

TOKENS = ("HF_TOKEN", "WANDB_API_KEY")
"""What jobs of the project need to have, beside what their programs ask for."""


@dataclass(frozen=True, slots=True)
class Site:
    """A cluster to check, reached through a shell; `limits` are what its scheduler said.

    `belongs` are the clusters whose hosts this machine is one of, `root` the git root here.
    """

    cluster: Cluster
    shell: Shell
    limits: SiteLimits | None
    belongs: tuple[str, ...]
    root: str


Looker: TypeAlias = Callable[[Site], Iterable[Check]]


def check(site: Site) -> Iterator[Check]:
    """Yield what is found, in the order in which a newcomer would set it up."""
    for what, look in _LOOKS.items():
        try:
            yield from look(site)
        except OtplanError as error:
            yield Check(what, State.UNKNOWN, str(error), error.help)


def _host(site: Site) -> Iterator[Check]:
    name, login = site.cluster.name, site.cluster.login
    if login != "here":
        yield Check("host", State.OK, f"reached as {login}")
    elif name in site.belongs or not site.cluster.hosts:
        yield Check("host", State.OK, f"this is a host of {name}")
    else:
        mend = f"Write `login: you@its.login.node` into your clusters/{name}.yaml, or go there."
        yield Check("host", State.MISSING, f"this is no host of {name}", mend)


def _scheduler(site: Site) -> Iterator[Check]:
    if site.cluster.scheduler != "slurm":
        return
    if _sh(site, "command -v sbatch squeue scancel").code:
        yield Check("scheduler", State.MISSING, "no sbatch is on PATH", "Load Slurm's module.")
        return
    done = _sh(site, "sbatch --version")
    yield Check("scheduler", State.UNKNOWN if done.code else State.OK, _last(done))


def _environment(site: Site) -> Iterator[Check]:
    """Look whether modules load and the environment is entered, as each script does it."""
    cluster = site.cluster
    steps = [*cluster.prepare]
    if cluster.purge or cluster.modules:
        steps.append("command -v module >/dev/null || . /etc/profile")
    steps += ["module purge"] if cluster.purge else []
    for what, lines in {
        "modules": [shlex.join(["module", "load", *cluster.modules])] if cluster.modules else [],
        "environment": [cluster.activate] if cluster.activate else [],
        "python": [f"{shlex.quote(cluster.python)} --version"],
    }.items():
        steps += lines
        if not lines:
            mend = f"Write `activate:` into your clusters/{cluster.name}.yaml."
            told = (State.ADVICE, "none is entered", mend)
            yield from [Check(what, *told)] if what == "environment" else []
            continue
        done = _sh(site, " &&\n".join(f"{{ {line}\n}}" for line in steps))
        state = State.MISSING if done.code else State.OK
        said = _last(done) if done.code or what == "python" else lines[0]
        yield Check(what, state, said, "Correct it in the cluster's file." if done.code else "")
        if done.code:
            return


def _variables(site: Site) -> Iterator[Check]:
    cluster, there = site.cluster, site.shell.variables()
    texts = [*cluster.paths.values(), *cluster.library_paths]
    if inner := cluster.container:
        texts += [inner.image, inner.overlay, *inner.binds]
    named = {name for text in texts for name in _VARIABLE.findall(text)}
    missing = sorted(name for name in named - there if not name.startswith("SLURM_"))
    for name in missing:
        mend = (
            f"Export {name}, or give the paths that name it in your clusters/{cluster.name}.yaml."
        )
        yield Check("variables", State.MISSING, f"{name} is not set, and paths name it", mend)
    if named and not missing:
        yield Check("variables", State.OK, f"{', '.join(sorted(named))} are set")
    if inner:
        done = _sh(site, f"command -v {shlex.quote(inner.runtime)}")
        state = State.MISSING if done.code else State.OK
        yield Check("container", state, inner.runtime if not done.code else f"no {inner.runtime}")


def _secrets(site: Site) -> Iterator[Check]:
    path = site.cluster.secrets
    if not path:
        mend = "Write `secrets: ~/secrets.env`, a file of exports that only you can read."
        yield Check("secrets", State.ADVICE, "jobs have no secrets file", mend)
        return
    content = site.shell.read([path])[path]
    if content is None:
        mend = f"Make it, with `umask 077`, and export {' and '.join(TOKENS)} there."
        yield Check("secrets", State.MISSING, f"{path} is not there", mend)
        return
    names = {name.decode() for name in _EXPORT.findall(content)}
    if rights := sorted(name for name in names if name.startswith("SUPABASE_")):
        mend = "Move them into a file of your own: jobs carry no rights to the database."
        yield Check("secrets", State.ADVICE, f"{path} holds {', '.join(rights)}", mend)
    if _sh(site, f'[ -z "$(find {shlex.quote(path)} -perm /077)" ]').code:
        yield Check("secrets", State.ADVICE, f"others can read {path}", f"chmod 600 {path}")
    there = names | site.shell.variables()
    for name in TOKENS:
        state = State.OK if name in there else State.ADVICE
        said = f"{name} is there" if name in there else f"{name} is neither there nor exported"
        yield Check("tokens", state, said)


def _accounts(site: Site) -> Iterator[Check]:
    if site.cluster.scheduler != "slurm":
        return
    if site.limits is None or site.limits.associations is None:
        yield Check("accounts", State.UNKNOWN, "the site does not say which accounts are yours")
        return
    mine = sorted({one.account for one in site.limits.associations})
    if mine:
        yield Check("accounts", State.OK, ", ".join(mine))
    else:
        mend = "Ask the site, or your project's head, to be added."
        yield Check("accounts", State.MISSING, "you have no account", mend)


def _room(site: Site) -> Iterator[Check]:
    """Look at the folder of experiments: whether it can be written, and how full it is."""
    folder = site.cluster.experiments_dir
    quoted = shlex.quote(folder)
    done = _sh(site, f"mkdir -p {quoted} && [ -w {quoted} ]")
    if done.code:
        mend = f"Write `experiments_dir:` into your clusters/{site.cluster.name}.yaml."
        yield Check("experiments", State.MISSING, f"{folder} cannot be written", mend)
        return
    yield Check("experiments", State.OK, folder)
    for what, option in (("space", "-P"), ("inodes", "-Pi")):
        done = _sh(site, f"df {option} {quoted} | tail -n 1")
        used = re.search(rb"(\d+)%", done.out)
        if done.code or not used:
            yield Check(what, State.UNKNOWN, "df does not say")
        else:
            percent = int(used[1])
            state = State.ADVICE if percent >= _FULL else State.OK
            yield Check(what, state, f"{percent} % used, before any quota of yours")


def _submodules(site: Site) -> Iterator[Check]:
    """Look at the code here, since it is exported from here."""
    if not site.root:
        return
    done = Here().run(["git", "-C", site.root, "submodule", "status"], timeout=_PATIENCE)
    lines = done.out.decode(errors="replace").splitlines()
    for path in (line.split()[1] for line in lines if line.startswith("-")):
        mend = f"git submodule update --init {shlex.quote(path)}"
        yield Check("submodules", State.MISSING, f"{path} is not checked out", mend)
    if lines and not any(line.startswith("-") for line in lines):
        yield Check("submodules", State.OK, f"{len(lines)} checked out")


_LOOKS: Mapping[str, Looker] = {
    "host": _host,
    "scheduler": _scheduler,
    "environment": _environment,
    "variables": _variables,
    "submodules": _submodules,
    "secrets": _secrets,
    "accounts": _accounts,
    "experiments": _room,
}


def _sh(site: Site, text: str) -> Completed:
    return site.shell.run(["bash", "-c", text], timeout=_PATIENCE)


def _last(done: Completed) -> str:
    """Return the last line that a command printed."""
    text = (done.out + done.err).decode(errors="replace").strip()
    return text.rpartition("\n")[2] or f"it ended with {done.code}"
