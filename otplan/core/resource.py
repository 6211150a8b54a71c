"""One declared thing, after variables, defaults and matrix, with the place of every field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from otplan.core.address import Address
from otplan.core.values import Value
from otplan.errors import Place

NOTHING: Mapping[str, Value] = MappingProxyType({})


class Affects(Enum):
    """What a property touches: `x-otplan-affects` in the section files of the schema.

    RESULT enters the fingerprint, SCRIPT and QUEUE the submission digest, NOTHING neither.
    """

    RESULT = "result"
    SCRIPT = "script"
    QUEUE = "queue"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a section: what it affects, and the default that hashes like absence."""

    affects: Affects
    default: Value = None


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file that a field names: its content as digest, or as parsed values where YAML or JSON.

    `path` is as written in the manifest, `real` where it lies; `digest` is `sha256:…` of the
    bytes. `values` is None for an opaque file, and what counts for a parsed one: a comment in
    it changes the digest but not the values. A `preset` is no file of the manifest's: `path` is
    its name, `real` the table it stands in, `digest` that of its values.
    """

    path: str
    real: str
    digest: str
    values: Value = None
    places: Mapping[str, Place] = field(default_factory=dict)
    preset: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """A field that names other resources: `datasets`, `training`, `inputs.heldout`.

    `inside` is the key of the input the program sees, in capitals: DATASETS, HELDOUT.
    """

    path: str
    inside: str
    targets: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Resource:
    """A declared dataset, training, consolidation, eval or script.

    `fields` is the validated section; `sheet` its properties by dotted path (`*` for any key),
    shared by all resources of the kind; `places` where each dotted path was written, which may
    be a default, a variable or a named file; `pins` the revision of each floating name.
    """

    address: Address
    fields: Mapping[str, Value]
    place: Place
    places: Mapping[str, Place]
    sheet: Mapping[str, Property]
    cluster: str
    references: tuple[Reference, ...] = ()
    files: Mapping[str, NamedFile] = field(default_factory=dict)
    pins: Mapping[str, str] = field(default_factory=dict)

    def get(self, path: str, default: Value = None) -> Value:
        """Return the value at a dotted path, or `default` where any step is absent."""
        value: Value = self.fields
        for key in path.split("."):
            if not isinstance(value, Mapping) or key not in value:
                return default
            value = value[key]
        return value

    def where(self, path: str) -> Place:
        """Return where `path` was written, or the nearest thing around it."""
        while path:
            if path in self.places:
                return self.places[path]
            path = path.rpartition(".")[0]
        return self.place

    def property(self, path: str) -> Property:
        """Return what `path` affects: its own row, else the nearest wildcard or parent row."""
        while path:
            for key in (path, f"{path.rpartition('.')[0]}.*"):
                if key in self.sheet:
                    return self.sheet[key]
            path = path.rpartition(".")[0]
        return Property(Affects.RESULT)
