"""The manifests of manifests/examples in a project of their own, and what they lead to."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from otplan.core.evidence import Evidence, Finding
from otplan.core.graph import Workspace
from otplan.core.job import Order
from otplan.core.stage import Stage
from otplan.operations.ground import Person
from otplan.operations.progress import Silent
from otplan.operations.project import Asked, Linted, examine, ground_for
from otplan.planner.learned import verified
from otplan.planner.resolve import resolve
from otplan.schedulers.slurm.argv import sbatch
from otplan.shell.here import Here
from tests.acceptance.lab import Lab

EXAMPLES = Path(__file__).parents[2] / "manifests" / "examples"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*-*.yaml") if path.stem != "tiny-sft")
"""Those of the project."""
ALL = [*NAMES, "tiny-sft"]
"""And what `./dev demo-sft` runs for real."""
_CLUSTER = "base: {name}\nexperiments_dir: {place}\n"
_FLOATING: dict[str, tuple[str, ...]] = {}
_PINS: dict[str, str] = {}
"""The names in each text of a manifest, and their pins: to read all manifests takes a while."""
_PERSON = Person("ada", clock=lambda: 0, pause=lambda _: None, progress=Silent())
_EVERYWHERE = (
    *("--parsable", "--job-name", "--comment", "--chdir", "--output", "--open-mode"),
    *("--export", "--signal", "--ntasks-per-node", "--requeue", "--exclude"),
)
"""Options that every submission has."""


def prepare(lab: Lab) -> Lab:
    """Make a project of the examples, on clusters with a folder of ours, with all names pinned."""
    shutil.copytree(EXAMPLES, lab.folder, dirs_exist_ok=True)
    shutil.copytree(EXAMPLES.parent / "quickstart", lab.root / "quickstart")
    clusters = lab.folder / "clusters"
    clusters.mkdir()
    shipped = EXAMPLES.parents[1] / "clusters"
    for path in shipped.glob("*.yaml"):
        if path.stem != "local":
            (clusters / path.name).write_text(
                _CLUSTER.format(name=path.stem, place=lab.root / "scratch")
            )
    pin(lab, *NAMES)
    lab.git("init", "-q")
    lab.commit()
    return lab


def pin(lab: Lab, *names: str) -> None:
    """Pin every floating name of some examples to a commit of its own, beside what is pinned."""
    for name in names:
        text = lab.read(f"{name}.yaml")
        if text not in _FLOATING:
            _FLOATING[text] = tuple(_linted(lab, name).loaded.floating)
        _PINS.update({one: sha256(one.encode()).hexdigest()[:40] for one in _FLOATING[text]})
    lab.write("otplan.lock", json.dumps(_PINS))


def stages(lab: Lab, name: str) -> Sequence[Stage]:
    """Return the stages that run, in order."""
    linted = _linted(lab, name)
    assert not linted.invalid, [found.message for found in linted.diagnostics]
    loaded = linted.loaded
    graph = resolve(Workspace("x", "m", "m"), loaded.resources, linted.clusters)
    return [stage for stage in graph.stages if not stage.given]


def planned(lab: Lab, name: str, *argv: str) -> dict[str, str]:
    """Return what an offline plan would do with each stage."""
    said = lab("plan", f"{name}.yaml", "--offline", "--json", *argv)
    return {each["label"]: each["action"] for each in said.document["changes"]}


def finish(lab: Lab, name: str) -> None:
    """Let the record say that all of an example is done."""
    ground = ground_for(_linted(lab, name), _PERSON)
    done = Evidence(Finding.VERIFIED, attempt=1, output="/made")
    facts = [
        verified(stage.fingerprint, done, element if stage.elements else -1, 0, ())
        for stage in stages(lab, name)
        for element in stage.cells
    ]
    (lab.root / "scratch").mkdir(exist_ok=True)
    ground.registry.note(ground.workspace, facts)


def orders(lab: Lab, name: str) -> str:
    """Return what each stage asks for, runs, reads and leaves, for a person to read."""
    found = stages(lab, name)
    facts = {one: cluster.facts for one, cluster in _linted(lab, name).clusters.items()}
    labels = {stage.fingerprint: stage.label for stage in found}
    return "\n".join(_told(stage, facts[stage.cluster], labels) for stage in found)


def asking_for_gpus(lab: Lab, name: str) -> list[str]:
    """Return the stages whose submission has any directive of GPUs."""
    facts = {one: cluster.facts for one, cluster in _linted(lab, name).clusters.items()}
    return [
        stage.label
        for stage in stages(lab, name)
        if any("gpu" in word or "gres" in word for word in _asked(stage, facts[stage.cluster]))
    ]


def _told(stage: Stage, facts: Mapping[str, object], labels: Mapping[str, str]) -> str:
    program = stage.program
    ran = " ".join([program.tool, *program.argv]).strip() or "(the template)"
    reads = [
        f"{need.input or '(waits)'}={labels.get(need.fingerprint, '')}" for need in stage.needs
    ]
    lines = {
        "on": " ".join([stage.cluster, *_asked(stage, facts)]),
        "runs": ran,
        "reads": " ".join(one for one in reads if not one.endswith("=")),
        "leaves": " ".join(stage.outputs),
    }
    told = "".join(f"  {name} {text}\n" for name, text in lines.items() if text)
    return f"{', '.join(f'{address}' for address in stage.addresses)} {stage.role}\n{told}"


def _asked(stage: Stage, facts: Mapping[str, object]) -> list[str]:
    """Return the options of sbatch that differ from stage to stage."""
    order = Order(
        *("job", "script", "folder", "log", "comment", stage.limits),
        elements=tuple(range(stage.elements)),
        at_once=stage.at_once,
        options=stage.options,
    )
    gpus, memory = facts.get("gpu_directive", "gres"), facts.get("memory_option", True)
    argv = sbatch(order, requeue=True, gpus=str(gpus), memory=bool(memory))
    return [word for word in argv[1:-1] if not word.startswith(_EVERYWHERE)]


def _linted(lab: Lab, name: str) -> Linted:
    return examine(Asked(str(lab.folder / f"{name}.yaml")), Here())
