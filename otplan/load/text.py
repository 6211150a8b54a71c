"""The text of a file, or why it has none that can be read safely."""

from __future__ import annotations

import codecs
import re
import stat
from pathlib import Path

from otplan.load.report import Report

LIMIT = 10 * 1024 * 1024
"""The largest file that is parsed, in bytes; what is larger was hardly written by hand."""

_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
# What YAML does not allow at all, and the three that only YAML 1.1 takes for line ends.
# Listed, not excluded from the rest: it compiles ten times as fast, and every command does that.
_UNFIT = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


def read(file: str, shown: str, report: Report) -> str | None:
    """Return a file's text, each line ended in one way; report under the name `shown`."""
    content = read_bytes(file, shown, report)
    if content is None:
        return None
    if content.startswith(codecs.BOM_UTF8):
        message = "The file starts with a byte order mark."
        report.warn("OT104", (shown, 1, 1), message, "Save it as UTF-8 without a mark (BOM).")
        content = content[len(codecs.BOM_UTF8) :]
    if content.startswith(_WIDE) or b"\0" in content:
        message = "The file is not UTF-8 text: it holds bytes that only other encodings use."
        report.error("OT103", (shown, 1, 1), message, "Save it as UTF-8.")
        return None
    return _decoded(content, shown, report)


def read_bytes(file: str, shown: str, report: Report) -> bytes | None:
    """Return a regular file's bytes, if they are not too many."""
    try:
        found = Path(file).stat()
        if not stat.S_ISREG(found.st_mode):
            what = "a folder" if stat.S_ISDIR(found.st_mode) else "no regular file"
            report.error("OT101", (shown, 0, 0), f"This is {what}.", "Name a file.")
            return None
        with Path(file).open("rb") as stream:
            content = stream.read(LIMIT + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "the path holds a NUL character"
        report.error("OT101", (shown, 0, 0), f"The file cannot be read: {why}.")
        return None
    if len(content) > LIMIT:
        mend = "Split it, or let a matrix write the repetitions."
        report.error("OT102", (shown, 0, 0), "The file is larger than 10 MB.", mend)
        return None
    return content


def _decoded(content: bytes, shown: str, report: Report) -> str | None:
    try:
        # A carriage return alone ends a line, too (YAML 1.1, 4.2).
        text = content.decode().replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
        message = f"The byte 0x{content[error.start]:02x} is not UTF-8."
        report.error("OT103", _spot(shown, before), message, "Save the file as UTF-8.")
        return None
    if unfit := _UNFIT.search(text):
        message = f"The character U+{ord(unfit[0]):04X} cannot stand in YAML."
        mend = f'Remove it, or write it in double quotes as "\\u{ord(unfit[0]):04x}".'
        report.error("OT105", _spot(shown, text[: unfit.start()]), message, mend)
        return None
    return text


def _spot(shown: str, before: str) -> tuple[str, int, int]:
    """Return where the text after `before` starts."""
    return shown, before.count("\n") + 1, len(before) - before.rfind("\n")
