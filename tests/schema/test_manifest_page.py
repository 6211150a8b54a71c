"""docs/manifest.md says what the sections say."""

from __future__ import annotations

from docs import manifest_page


def test_the_page_is_what_the_sections_say() -> None:
    written = manifest_page.PAGE.read_text(encoding="utf-8")

    assert written == manifest_page.page(), "Run: python -m docs.manifest_page"
