"""The kind `dataset`: data that exists already, or is made by programs, in one go or in chunks."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import replace

from otplan.core.catalog import CatalogRow, Facts
from otplan.core.cluster import Cluster
from otplan.core.resource import Resource
from otplan.core.stage import Draft, Limits, Program, Want
from otplan.errors import Diagnostic
from otplan.kinds.given import check_source, given
from otplan.kinds.program import draft
from otplan.kinds.rows import row
from otplan.kinds.rules import check_job, check_program, finding
from otplan.kinds.serving import TRIALS, generator, trials
from otplan.kinds.serving_rules import check_model, check_way

NAME = "dataset"
SECTION = "datasets"
TABLE = "datasets"

_NOT_OF_A_JOIN = ("nodes", "gpus", "gpu_type", "cpus", "memory", "after")


def stages(resource: Resource, cluster: Cluster) -> tuple[Draft, ...]:
    """Return the given data, or what generates, traces and joins it."""
    if "source" in resource.fields:
        return (given(resource, "dataset"),)
    made = _made(resource, cluster, "generate", "join") if "generate" in resource.fields else ()
    if "trace" not in resource.fields:
        return made
    # A role is part of the fingerprint, so a trace added later must leave the join above as it is.
    first, *rest = _made(resource, cluster, "trace", "join-traces" if made else "join")
    if made:
        tasks = Want("TASKS", (resource.address,), made[-1].role)
        first = replace(first, wants=(tasks, *first.wants), after=())
    return (*made, first, *rest)


def checks(resource: Resource, cluster: Cluster) -> Sequence[Diagnostic]:
    """Return what is wrong with where the data comes from, with its programs, or their jobs."""
    found = [*_check_origin(resource), *check_job(resource)]
    for prefix in ("generate.", "trace."):
        found += check_program(resource, prefix)
        found += check_program(resource, f"{prefix}join.")
        found += _check_chunks(resource, prefix)
        if prefix[:-1] in resource.fields:
            found += check_model(resource, prefix, cluster)
    if "trace" in resource.fields:
        found += check_way(resource, "trace.", ("script", "harbor"))
    return found


def catalog(resource: Resource, facts: Facts) -> CatalogRow | None:
    """Return the row of the data."""
    origin = next((name for name in ("source", "trace") if name in resource.fields), "generate")
    metrics = dict(facts.metrics)
    count = metrics.get("rows", metrics.get("n_traces"))
    return row(resource, TABLE, facts, origin=origin, rows=count, metrics=metrics)


def _made(resource: Resource, cluster: Cluster, field: str, join: str) -> tuple[Draft, ...]:
    """Return the stage of `generate` or `trace`, or the array of its chunks and their join."""
    made = _ran(resource, cluster, field)
    chunks = resource.get(f"{field}.chunks", 0)
    if not chunks:
        return (made,)
    array = replace(made, elements=chunks, at_once=resource.get(f"{field}.chunks_at_once", 0))
    whole = draft(resource, cluster, join, f"{field}.join.")
    return array, _joined(whole, array, Want("CHUNKS", (resource.address,), field))


def _ran(resource: Resource, cluster: Cluster, field: str) -> Draft:
    """Return the stage of a program, of a generator with its engine, or of Harbor."""
    prefix = f"{field}."
    made = draft(resource, cluster, field, prefix)
    if resource.get(f"{prefix}harbor") is not None:
        return trials(made, resource, prefix, cluster)
    if resource.get(f"{prefix}engine") is not None:
        return generator(made, resource, prefix, cluster)
    return made


def _joined(made: Draft, array: Draft, chunks: Want) -> Draft:
    """Return the stage that makes one of the chunks, with its program or by concatenation.

    It runs on one node; without a program it asks for nothing else there.
    """
    outputs = made.outputs or array.outputs
    wants = (chunks, *made.wants)
    joined = replace(made, template="dataset.join", outputs=outputs, wants=wants, after=())
    if made.program.argv:
        return _asking(joined, replace(made.limits, nodes=1), {"nodes", "after"})
    program = Program(extra={"concatenate": list(outputs)})
    if array.program.tool:
        config = {"outputs": list(outputs), "trials": array.program.tool == TRIALS}
        program = Program(config=config, tool="join_chunks.py", modules=("beside.py",))
    return _asking(replace(joined, program=program), Limits(time=made.limits.time), _NOT_OF_A_JOIN)


def _asking(made: Draft, limits: Limits, without: Container[str]) -> Draft:
    """Return a draft with other limits, and without the leaves that do not count for it."""
    script = {path: leaf for path, leaf in made.script.items() if path not in without}
    return replace(made, limits=limits, script=script)


def _check_origin(resource: Resource) -> Iterator[Diagnostic]:
    source, generate, trace = (name in resource.fields for name in ("source", "generate", "trace"))
    if not (source or generate or trace):
        message = "Nothing says where the data comes from."
        mend = "Give it `source` (it exists already), `generate` or `trace` (a program makes it)."
        yield finding(resource, "OT501", "", message, mend)
    yield from check_source(resource)
    if source and (generate or trace):
        message = "Data that exists already (`source`) is not made by a program as well."
        mend = "Declare two datasets, or remove one of the two."
        yield finding(resource, "OT502", "source", message, mend)
    tasks = resource.get("trace.tasks") is not None
    if trace and not generate and not tasks:
        message = "The trace has no tasks to work on."
        yield finding(resource, "OT503", "trace", message, "Name a dataset with `tasks`.")
    if trace and generate and tasks:
        message = "The trace works on what `generate` makes, and `tasks` names another dataset."
        mend = "Remove `tasks`, or declare two datasets."
        yield finding(resource, "OT503", "trace.tasks", message, mend)


def _check_chunks(resource: Resource, prefix: str) -> Iterator[Diagnostic]:
    chunks = resource.get(f"{prefix}chunks")
    at_once, join = (resource.get(f"{prefix}{name}") for name in ("chunks_at_once", "join"))
    if at_once is not None and at_once > (chunks or 0):
        of = f"there are {chunks}" if chunks else "it is not cut into `chunks`"
        message = f"It cannot run {at_once} chunks at once: {of}."
        mend = "Set `chunks` to how many there are, and `chunks_at_once` to as many or fewer."
        yield finding(resource, "OT504", f"{prefix}chunks_at_once", message, mend)
    if join is not None and chunks is None:
        message = "There is nothing to join: it is not cut into `chunks`."
        mend = "Say how many with `chunks`, or remove `join`."
        yield finding(resource, "OT505", f"{prefix}join", message, mend)
