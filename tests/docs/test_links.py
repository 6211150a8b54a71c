"""Every relative link in the project's Markdown leads somewhere, to a heading if it names one."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

FENCE = re.compile(r"^( *)(```|~~~).*?^\1\2", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\]\(<?([^)\s>]+)>?(?: \"[^\"]*\")?\)|^\[[^\]]+\]: *(\S+)", re.MULTILINE)
HEADING = re.compile(r"^#+ +(.*?) *#*$", re.MULTILINE)
ELSEWHERE = re.compile(r"^[a-z][a-z0-9+.-]*:|^//")


def test_every_relative_link_leads_somewhere() -> None:
    links = [(page, link) for page in _pages() for link in _links(page)]

    broken = [f"{page.relative_to(ROOT)}: {link}" for page, link in links if _broken(page, link)]

    assert broken == []


def test_a_heading_is_linked_as_it_is_rendered() -> None:
    text = "## Why `plan --offline` is *never* applied\n## Why\n## Why\n"

    assert _anchors(text) == {"why-plan---offline-is-never-applied", "why", "why-1"}


def _pages() -> Iterator[Path]:
    """Yield the Markdown files, those in hidden folders (tools' own) left out."""
    for folder, below, files in os.walk(ROOT):
        below[:] = sorted(name for name in below if not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(files) if name.endswith(".md"))


def _links(page: Path) -> Iterator[str]:
    text = CODE.sub("", FENCE.sub("", page.read_text()))
    for match in LINK.finditer(text):
        link = match[1] or match[2]
        if not ELSEWHERE.match(link):
            yield link


def _broken(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = page.parent / path if path else page
    if not target.exists():
        return True
    return bool(anchor) and target.suffix == ".md" and anchor not in _anchors(target.read_text())


def _anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    seen: Counter[str] = Counter()
    anchors: set[str] = set()
    for heading in HEADING.findall(FENCE.sub("", text)):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        anchors.add(f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor)
        seen[anchor] += 1
    return anchors
