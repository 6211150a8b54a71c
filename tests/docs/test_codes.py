"""Every diagnostic's code has a title, and every title a place that tells it."""

import re
from pathlib import Path

from docs.diagnostics_page import codes

SOURCES = Path(__file__).parents[2] / "otplan"


def test_the_codes_in_the_code_are_those_of_the_page() -> None:
    texts = [p.read_text() for p in sorted(SOURCES.rglob("*.py")) if p.name != "codes.py"]

    used = {code for text in texts for code in re.findall(r"\bOT\d{3}\b", text)}

    assert used == set(codes())
