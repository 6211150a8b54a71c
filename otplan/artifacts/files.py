"""Artifacts that are files of a host, each with the completion marker of its run folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from otplan.artifacts import found, marker, revision
from otplan.core import layout
from otplan.core.evidence import Evidence, Finding, Target
from otplan.core.values import Time
from otplan.errors import OtplanError, Unclear, Unreachable
from otplan.shell.protocol import Shell


class Files:
    """The artifacts on one host. A look is a fixed number of round trips, whatever it looks at.

    `base` is where relative paths of `revisions` start: the manifest's folder.
    """

    def __init__(self, shell: Shell, base: str = "") -> None:
        self._shell = shell
        self._base = base

    def look(self, targets: Sequence[Target]) -> Mapping[Target, Evidence]:
        """Look at all targets at once; UNKNOWN, with why, where the host does not answer."""
        try:
            return self._look(targets)
        except (Unreachable, Unclear) as error:
            return dict.fromkeys(targets, Evidence(Finding.UNKNOWN, why=error.message))

    def check(self, known: Mapping[Target, Evidence]) -> Mapping[Target, Evidence]:
        """Look again: what an attempt left must still be what was recorded of it."""
        now = self.look(tuple(known))
        return {target: found.compared(now[target], before) for target, before in known.items()}

    def revisions(self, names: Sequence[str]) -> Mapping[str, str | None]:
        """Return `sha256:…` of what each `path:<p>` names, file or folder; None where absent.

        Raise Unreachable where one is there and cannot be read.
        """
        paths = {name: self._absolute(name.removeprefix("path:")) for name in names}
        digests = revision.digests(self._shell, tuple(paths.values()))
        return {name: digests[path] for name, path in paths.items()}

    def moved(self, pins: Mapping[str, str], since: Time) -> Sequence[str]:
        """Return the paths that were written since and hold something else than their pin."""
        paths = {name: self._absolute(name.removeprefix("path:")) for name in pins}
        times = revision.modified(self._shell, tuple(paths.values())) if paths else {}
        now = self.revisions([name for name in pins if times.get(paths[name], 0) >= since])
        return [name for name, digest in now.items() if digest not in (None, pins[name])]

    def adopt(self, target: Target, output: str) -> Evidence:
        """Write a marker, of attempt 0, over what a marker there lists, else over all in `output`.

        Raise OtplanError where that is no folder, or an empty one.
        """
        there = self.look([target])[target]
        listed = _whole(there) and there.output == output
        files = there.files if listed else self._all(output)
        adopted = marker.write(marker.Marker(target.fingerprint, 0, output, files))
        folder = layout.element_folder(target.folder, target.element)
        self._shell.write(folder, {layout.MARKER: adopted})
        return self.look([target])[target]

    def _all(self, output: str) -> dict[str, int]:
        names = self._shell.names(output)
        if not names:
            raise OtplanError(
                f"There is nothing to adopt in `{output}`: it is no folder, or an empty one.",
                "Name the folder that holds what the stage would make.",
            )
        sizes = self._shell.sizes([f"{output}/{name}" for name in names])
        return {name: sizes[f"{output}/{name}"] or 0 for name in names}

    def _look(self, targets: Sequence[Target]) -> dict[Target, Evidence]:
        made = [target for target in targets if not target.given]
        contents = self._shell.read([path for target in made for path in found.paths(target)])
        listed = sorted({path for target in made for path in found.listed(target, contents)})
        sizes = self._shell.sizes(listed)
        seen = {target: found.evidence(target, contents, sizes) for target in made}
        return self._measured(seen) | self._given([target for target in targets if target.given])

    def _measured(self, seen: Mapping[Target, Evidence]) -> dict[Target, Evidence]:
        kept = {t: f"{e.output}/{layout.METRICS}" for t, e in seen.items() if _whole(e)}
        contents = self._shell.read(sorted(set(kept.values()))) if kept else {}
        metrics = {target: contents[path] for target, path in kept.items()}
        return {
            target: replace(evidence, metrics=marker.read_metrics(metrics.get(target) or b""))
            for target, evidence in seen.items()
        }

    def _given(self, targets: Sequence[Target]) -> dict[Target, Evidence]:
        if not targets:
            return {}
        real = revision.real(self._shell, [target.folder for target in targets])
        sizes = self._shell.sizes(sorted(set(real.values())))
        return {t: found.given(t.folder, sizes[real[t.folder]]) for t in targets}

    def _absolute(self, path: str) -> str:
        return path if path.startswith("/") or not self._base else f"{self._base}/{path}"


def _whole(evidence: Evidence) -> bool:
    return evidence.finding is Finding.VERIFIED
