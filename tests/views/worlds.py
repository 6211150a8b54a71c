"""Plans to draw: one with every action, one with nothing to do, one as large as asked for."""

from dataclasses import replace

from otplan.core.address import parse
from otplan.core.graph import Resolved, Workspace
from otplan.core.job import JobRef
from otplan.core.plan import Action, Change, FieldChange, Plan, Reason
from otplan.core.stage import Limits, Need, Program, Stage
from otplan.errors import Place

NOW = 1_800_000_000
HOUR = 3600
MANIFEST = "manifests/nl2bash.yaml"

WORKSPACE = Workspace("nl2bash", "git@host:group/project#nl2bash.yaml", MANIFEST, id="w-7f3a")


def change(action: Action, label: str, *reasons: Reason, **more: object) -> Change:
    """Return a change that is declared somewhere, with as little else as can be."""
    address = label.rpartition("/")[0]
    bare = Change(action, label, (address,), f"v1:{label}", "d1", reasons, place=Place(MANIFEST, 9))
    return replace(bare, **more)  # type: ignore[arg-type]


LR = FieldChange("overrides.learning_rate", "1e-05", "4e-05", Place(MANIFEST, 31, 7))
GROWN = FieldChange("generate.args.limit", "", "200", Place("manifests/shared.yaml", 12, 3))

EVERY = Plan(
    WORKSPACE,
    NOW - 3 * HOUR,
    (
        change(Action.KEEP, "dataset.openthoughts/fetch", Reason("done", "made by attempt 1")),
        change(
            Action.SUBMIT,
            "dataset.tasks/generate",
            Reason("changed", "generate.args.limit changed since attempt 1", fields=(GROWN,)),
            n=2,
            gpu_seconds=640 * HOUR,
        ),
        change(
            Action.SUBMIT,
            "dataset.traces/trace",
            Reason("changed", "dataset.tasks/generate changed", via="dataset.tasks/generate"),
            n=2,
            elements=(0, 1, 2, 7),
            gpu_seconds=512 * HOUR,
        ),
        change(
            Action.REPLACE,
            "training.sft[lr=4.0e-5]/train",
            Reason(
                "changed",
                "overrides.learning_rate changed since attempt 2",
                via="dataset.traces/trace",
                fields=(LR,),
            ),
            n=3,
            state="queued",
            cancels=(JobRef("big", "4711"),),
            addresses=("training.sft[lr=4.0e-5]", "training.other", "training.more"),
        ),
        change(
            Action.UPDATE,
            "training.base/train",
            Reason(
                "redeclared",
                "its job is asked for differently now",
                fields=(
                    FieldChange("slurm.time", '"24:00:00"', '"48:00:00"', Place(MANIFEST, 40)),
                ),
            ),
            jobs=(JobRef("big", "4700"),),
        ),
        change(
            Action.KEEP,
            "training.long/train",
            Reason("live", "attempt 1 is running as job 4600"),
            state="running",
            jobs=(JobRef("big", "4600"),),
        ),
        change(
            Action.CANCEL,
            "training.gone/train",
            Reason("undeclared", "no longer declared, and nothing that is declared needs it"),
            cancels=(JobRef("big", "4500"),),
            place=None,
        ),
        change(
            Action.CATALOG,
            "consolidation.sft-fp32/consolidate",
            Reason("catalog", "the row of its model is missing"),
        ),
        change(
            Action.ADOPT,
            "dataset.found/generate",
            Reason(
                "found",
                "/scratch/exp/nl2bash/0f3a holds exactly this, but no record says who made it",
                help="otplan adopt 'dataset.found'",
            ),
        ),
        change(
            Action.KEEP,
            "dataset.vanished/generate",
            Reason("lost", "what it made is gone (attempt 1)"),
            state="ended",
        ),
        change(
            Action.REST,
            "eval.behind/evaluate",
            Reason("upstream", "waits for dataset.found/generate", via="dataset.found/generate"),
            state="timeout",
        ),
        change(
            Action.REST,
            "eval.tb2/evaluate",
            Reason("gate", "waits for dataset.traces to be verified where it is read"),
        ),
        change(Action.REST, "eval.old/evaluate", Reason("ended", "over"), place=None),
        change(
            Action.BLOCKED,
            "eval.aime/evaluate",
            Reason(
                "failed",
                "attempt 1 ran out of memory",
                help="otplan why 'eval.aime'\notplan retry 'eval.aime'",
            ),
            state="failed",
        ),
        change(
            Action.UNKNOWN,
            "eval.far/evaluate",
            Reason("unknown", "the queue of the cluster it runs on did not answer within 30 s"),
        ),
    ),
    registry=".otplan/registry.sqlite",
    notes=("open-thoughts/OpenThoughts-114k has a newer revision than otplan.lock names",),
    critical_seconds=36 * HOUR,
)

QUIET = replace(
    EVERY,
    changes=tuple(replace(EVERY.changes[0], label=f"script.s{n}/run") for n in range(9)),
    notes=(),
    critical_seconds=0,
)

_UNMADE = Reason("new", "nothing was ever submitted for it")


def large(size: int) -> Plan:
    """Return a plan of so many submissions, each caused by a field or by the one above it."""
    changes = []
    for n in range(size):
        field = FieldChange(f"args.f{n}", str(n), str(n + 1), Place(MANIFEST, n + 1, 5))
        via = f"script.s{n - 1}/run" if n % 3 else ""
        reason = Reason("changed", "what it reads is new", via=via, fields=() if via else (field,))
        changes.append(change(Action.SUBMIT, f"script.s{n}/run", _UNMADE, reason, n=1))
    return replace(EVERY, changes=tuple(changes))


def stage(label: str, *parents: str, elements: int = 0) -> Stage:
    """Return a stage of a graph; its fingerprint is its label."""
    address, _, role = label.rpartition("/")
    return Stage(
        addresses=(parse(address),),
        role=role,
        template="",
        fingerprint=label,
        components={},
        digest="",
        cluster="local",
        program=Program(),
        limits=Limits(),
        needs=tuple(Need(parent, f"IN{place}") for place, parent in enumerate(parents)),
        elements=elements,
    )


GRAPH = Resolved(
    WORKSPACE,
    (
        stage("dataset.openthoughts/fetch"),
        stage("dataset.tasks/generate"),
        stage(
            "dataset.traces/trace", "dataset.tasks/generate", "dataset.tasks/generate", elements=4
        ),
        stage(
            "training.sft[lr=4.0e-5]/train", "dataset.traces/trace", "dataset.openthoughts/fetch"
        ),
        stage("training.base/train", "dataset.openthoughts/fetch"),
        stage("eval.tb2/evaluate", "training.sft[lr=4.0e-5]/train"),
    ),
)
