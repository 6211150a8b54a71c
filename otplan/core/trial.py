"""A trial of an eval, as its job leaves it for the catalog: one line of `trials.jsonl`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Task:
    """A task in one state, which its checksum names; limits are in seconds, 0 is none."""

    checksum: str
    name: str
    path: str
    agent_timeout: float
    verifier_timeout: float
    git_url: str | None = None
    git_commit: str | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """One attempt of an agent at a task: what it earned, when, and what it asked of the model.

    `times` are ISO 8601, by their columns (`started_at`, `agent_setup_ended_at` …). `error` is the
    exception that it ended with.
    """

    name: str
    uri: str
    task: Task
    times: Mapping[str, str] = field(default_factory=dict)
    reward: float | None = None
    error: str | None = None
    provider: str = "unknown"
    input_tokens: int | None = None
    output_tokens: int | None = None
