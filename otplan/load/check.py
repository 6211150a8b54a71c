"""A node against its shape: one walk that says in plain words what does not fit, and where.

jsonschema would do it in a hundred times the time and in words that need translating; a
property test holds this to jsonschema's verdict.
"""

from __future__ import annotations

from dataclasses import dataclass

from otplan.load import suggest, words
from otplan.load.node import BROKEN, Node
from otplan.load.report import Report
from otplan.load.shape import Shape

_ELSEWHERE = {
    "mem": "Memory is the field `memory` of the resource, for each node.",
    "mem_per_cpu": "Memory is the field `memory` of the resource, for each node.",
    "gres": "GPUs are the field `gpus` of the resource, for each node.",
    "gpus_per_node": "GPUs are the field `gpus` of the resource, for each node.",
    "cpus_per_task": "Processors are the field `cpus` of the resource, for each node.",
    "array": "An array is made with `chunks`, several resources with `matrix`.",
    "dependency": "Dependencies follow from what a resource reads.",
    "job_name": "otplan names the jobs, to find them again.",
    "comment": "otplan writes the comment, to find its jobs again.",
    "requeue": "otplan requeues by itself; `attempts` says how often.",
    "output": "Logs lie in the run folder; `otplan logs` shows them.",
}
"""What sbatch has and `slurm` has not, and where it is said instead."""


@dataclass(frozen=True, slots=True)
class Checker:
    """Check nodes of one section; `raw` admits any text with `${` in it, as before substitution."""

    section: str
    report: Report
    raw: bool = False
    partial: bool = False
    """Ask for no field: defaults may leave out any."""

    def check(self, node: Node, shape: Shape, path: str = "") -> None:
        """Report what is wrong with a node at a dotted path, and with what is below it."""
        value = node.value
        if shape.classes and value.__class__ not in shape.classes:
            self._check_type(node, shape, path)
        elif value.__class__ is str:
            self._check_text(node, shape, path)
        elif value.__class__ is dict:
            self._check_mapping(node, shape, path)
        elif value.__class__ is list:
            self._check_list(node, shape, path)
        else:
            self._check_number(node, shape, path)
        for twin in node.twins:
            self.check(twin, shape, path)

    def _check_type(self, node: Node, shape: Shape, path: str) -> None:
        value = node.value
        if value is BROKEN or (self.raw and isinstance(value, str) and "${" in value):
            return
        message = f"`{_last(path)}` takes {words.wanted(shape.types)}; this is {words.found(node)}."
        self.report.error("OT203", node.spot, message, self._fit(node, shape, path))

    def _fit(self, node: Node, shape: Shape, path: str) -> str:
        """Return how what stands there would be written right."""
        scalar = node.value is not None and not isinstance(node.value, (dict, list))
        if scalar and "string" in shape.types:
            return f'Put it in quotes: "{words.short(node.text)}"'
        if scalar and "array" in shape.types:
            return f"Make it a list: [{words.short(node.text)}]"
        if isinstance(node.value, str) and {"integer", "number"} & set(shape.types):
            bare = node.text.strip().replace(".", "", 1).isdigit()
            return f"Write {node.text} without quotes." if bare else self._described(path)
        return self._described(path)

    def _check_text(self, node: Node, shape: Shape, path: str) -> None:
        value: str = node.value
        if self.raw and "${" in value:
            return
        if shape.enum and value not in shape.enum:
            self._check_enum(node, shape, path)
        elif len(value) < shape.shortest:
            self.report.error("OT206", node.at, f"`{_last(path)}` is empty.", self._described(path))
        elif shape.pattern and not shape.pattern.search(value):
            message = f"`{_last(path)}` cannot be `{words.short(value)}`."
            self.report.error("OT205", node.at, message, self._described(path))

    def _check_number(self, node: Node, shape: Shape, path: str) -> None:
        value = node.value
        if shape.enum and value not in shape.enum:
            self._check_enum(node, shape, path)
        elif shape.least is not None and value < shape.least:
            message = f"`{_last(path)}` must be {shape.least} or more; this is {node.text}."
            self.report.error("OT206", node.at, message, self._described(path))
        elif shape.most is not None and value > shape.most:
            message = f"`{_last(path)}` must be {shape.most} or less; this is {node.text}."
            self.report.error("OT206", node.at, message, self._described(path))

    def _check_enum(self, node: Node, shape: Shape, path: str) -> None:
        message = f"`{_last(path)}` cannot be `{words.short(node.value)}`."
        options = [words.short(option) for option in shape.enum]
        self.report.error("OT204", node.at, message, suggest.mend(node.text, options, "values"))

    def _check_list(self, node: Node, shape: Shape, path: str) -> None:
        if len(node.value) < shape.fewest:
            message = f"`{_last(path)}` needs {shape.fewest} or more items."
            self.report.error("OT206", node.spot, message, self._described(path))
        if shape.unique:
            self._check_unique(node, path)
        if shape.items:
            for index, item in enumerate(node.value):
                self.check(item, shape.items, f"{path}.{index}")

    def _check_unique(self, node: Node, path: str) -> None:
        seen: set[str] = set()
        for item in node.value:
            if isinstance(item.value, str) and item.value in seen:
                message = f"`{words.short(item.value)}` is twice in `{_last(path)}`."
                self.report.error("OT207", item.at, message, "Remove one of them.")
            elif isinstance(item.value, str):
                seen.add(item.value)

    def _check_mapping(self, node: Node, shape: Shape, path: str) -> None:
        unknown = []
        for key, inner in node.value.items():
            below = shape.fields.get(key) or shape.rest
            if below:
                self.check(inner, below, f"{path}.{key}" if path else key)
                self._check_name(key, inner, shape, path)
            elif shape.closed and not (shape.free and shape.free.search(key)):
                self._report_unknown(key, inner, shape, path)
                unknown.append(suggest.closest(key, shape.fields))
        if not self.partial:
            self._check_required(node, shape, path, unknown)

    def _check_name(self, key: str, node: Node, shape: Shape, path: str) -> None:
        if shape.names and not shape.names.search(key):
            message = f"`{words.short(key)}` cannot be a name in `{_last(path) or self.section}`."
            mend = "A name starts with a letter or digit and has letters, digits, `_`, `-` and `.`."
            if shape.names.pattern.startswith("^[A-Za-z_]"):
                mend = "A name starts with a letter and has letters, digits and `_`."
            self.report.error("OT208", node.key or node.at, message, mend)

    def _report_unknown(self, key: str, node: Node, shape: Shape, path: str) -> None:
        place = f" in `{path}`" if path else ""
        message = f"There is no field `{words.short(key)}`{place}."
        mend = suggest.mend(key, shape.fields, "fields")
        if _last(path) == "slurm":
            mend = _ELSEWHERE.get(key.replace("-", "_"), mend)
        self.report.error("OT201", node.key or node.at, message, mend)

    def _check_required(self, node: Node, shape: Shape, path: str, unknown: list[str]) -> None:
        """Report what is missing, unless it is there under a misspelt name."""
        for key in shape.required:
            if key not in node.value and key not in unknown:
                place = f"`{path}` needs" if path else "This needs"
                message = f"{place} the field `{key}`."
                below = f"{path}.{key}" if path else key
                self.report.error("OT202", node.spot, message, self._described(below))

    def _described(self, path: str) -> str:
        return words.described(self.section, path)


def _last(path: str) -> str:
    """Return the name of a field: the last step of its path that is no number."""
    steps = [step for step in path.split(".") if not step.isdigit()]
    return steps[-1] if steps else ""
