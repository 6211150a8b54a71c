"""The tables of the registry's file, as the steps that made them.

What identifies a row is a column; the value itself, whole, is one JSON document, so that a
new field with a default needs no step, and all rows of a table are decoded in one go.
"""

from __future__ import annotations

from otplan.shell.database import Schema

# `noted` is the order in which facts came in, whatever the clocks of those who noted them.
# Facts and the courtesy row are taken for any workspace: they must never be refused.
_VERSION_1 = (
    """
    CREATE TABLE workspaces (
        name TEXT PRIMARY KEY,
        id TEXT NOT NULL,
        manifest TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE approvals (
        workspace TEXT NOT NULL REFERENCES workspaces (name),
        number INTEGER NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (workspace, number)
    )
    """,
    """
    CREATE TABLE attempts (
        workspace TEXT NOT NULL REFERENCES workspaces (name),
        fingerprint TEXT NOT NULL,
        n INTEGER NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (workspace, fingerprint, n)
    )
    """,
    """
    CREATE TABLE facts (
        noted INTEGER PRIMARY KEY,
        workspace TEXT NOT NULL,
        id TEXT NOT NULL,
        document TEXT NOT NULL,
        UNIQUE (workspace, id)
    )
    """,
    "CREATE INDEX facts_as_noted ON facts (workspace, noted)",
    """
    CREATE TABLE busy (
        workspace TEXT PRIMARY KEY,
        document TEXT NOT NULL
    )
    """,
)

REGISTRY = Schema("registry", int.from_bytes(b"otpR"), (_VERSION_1,))
"""Add a step for each new version; change none that was released."""
