"""The codes of diagnostics about files, with their titles: the table of docs/diagnostics.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CODES: Final[Mapping[str, str]] = {
    # Text and YAML.
    "OT101": "A file cannot be read",
    "OT102": "A file is larger than 10 MB",
    "OT103": "A file is not UTF-8 text",
    "OT104": "A file starts with a byte order mark",
    "OT105": "A character cannot stand in YAML",
    "OT106": "A tab indents a line",
    "OT107": "A line is not YAML",
    "OT108": "A tag means nothing here",
    "OT109": "Lists and mappings are nested too deeply",
    "OT110": "Aliases stand for too many values",
    "OT111": "An alias contains itself",
    "OT112": "An alias has no anchor",
    "OT113": "A key is written twice",
    "OT114": "A merge key merges no mapping",
    "OT115": "A key is not a single word or text",
    "OT116": "A file holds a second document",
    "OT120": "A plain value with colons is a number in YAML 1.1",
    "OT121": "A plain number is text in YAML 1.1",
    "OT122": "A plain word is true or false in YAML 1.1",
    "OT123": "A plain number is not decimal in YAML 1.1",
    "OT124": "A plain value is a date in YAML 1.1",
    "OT125": "A plain value with underscores is a number in YAML 1.1",
    "OT126": "A plain `=` is special in YAML 1.1",
    "OT127": "A number is not finite",
    "OT128": "A number does not fit into 64 bits",
    # Fields and their values.
    "OT201": "A field is unknown",
    "OT202": "A field is missing",
    "OT203": "A value has the wrong type",
    "OT204": "A value is none of those allowed",
    "OT205": "A text does not have the form it needs",
    "OT206": "A value is out of bounds",
    "OT207": "An item is in a list twice",
    "OT208": "A name has characters it cannot have",
    "OT209": "A file is no manifest",
    # Variables, matrices and references.
    "OT301": "A variable has no value",
    "OT302": "A variable is not declared",
    "OT303": "A variable's value does not fit",
    "OT304": "A variable is set that is not declared",
    "OT305": "A substitution cannot be read",
    "OT306": "A matrix label is not declared",
    "OT307": "A matrix has a value twice",
    "OT308": "Matrix labels have no partner",
    "OT309": "A matrix makes too many resources",
    "OT310": "A reference names nothing that is declared",
    "OT311": "A reference names another kind",
    "OT312": "A reference names several resources",
    "OT313": "A reference picks labels that are not there",
    "OT314": "A reference's labels cannot be read",
    "OT315": "A name taken as it stands is close to a declared one",
    "OT316": "A matrix asks the catalog, which nobody asked yet",
    # Files that are named.
    "OT401": "A named file cannot be read",
    "OT402": "A named file is not JSON",
    "OT403": "otplan.lock cannot be read",
    "OT404": "A preset's name is unknown",
    "OT405": "LLaMA-Factory has no such setting",
    "OT406": "A setting of LLaMA-Factory has the wrong type or value",
}
