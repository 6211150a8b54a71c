"""What Harbor's trials came to: their rewards, what broke, and whether that is enough.

Imported by the tool beside it.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from pathlib import Path
from typing import Any, Dict, Mapping, Optional, Set

Trial = Dict[str, Any]

_ENDED = (
    "AgentTimeoutError",
    "VerifierTimeoutError",
    "RewardFileNotFoundError",
    "RewardFileEmptyError",
    "VerifierOutputParseError",
)
"""Exceptions that are the outcome of a trial, where Harbor's configuration names no others."""

CUT = "CutOff"
"""What a trial broke with whose result is no JSON: its job was killed while it wrote."""


def ended(harbor: Mapping[str, Any]) -> Set[str]:
    """Return the exceptions that are an outcome: those that Harbor does not try again."""
    return set((harbor.get("retry") or {}).get("exclude_exceptions") or _ENDED)


def broke(trial: Trial) -> str:
    """Return the exception that a trial ended with, empty where it has none."""
    return str((trial.get("exception_info") or {}).get("exception_type") or "")


def reward(trial: Trial) -> Optional[float]:
    """Return what a trial's verification gave, None where there was none."""
    rewards = (trial.get("verifier_result") or {}).get("rewards") or {}
    value = rewards.get("reward", next(iter(rewards.values()), None))
    return None if value is None else float(value)


def trials(job: Path) -> Dict[Path, Trial]:
    """Return the trials of a job's folder that have a result, by their own folders."""
    return {path.parent: result(path) for path in sorted(job.glob("*/result.json"))}


def result(path: Path) -> Trial:
    """Return what a trial left; one that broke where that is no JSON."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        told = None
    return told if isinstance(told, dict) else {"exception_info": {"exception_type": CUT}}


class Outcome:
    """The trials of a job, of which there should be `expected`."""

    def __init__(self, job: Path, harbor: Mapping[str, Any], expected: int) -> None:
        self.trials = trials(job)
        self.expected = expected
        names = map(broke, self.trials.values())
        self.broken = Counter(name for name in names if name and name not in ended(harbor))

    @property
    def valid(self) -> int:
        """Return how many trials ended with a result."""
        return len(self.trials) - sum(self.broken.values())

    def missing(self, tolerate: Mapping[str, int], rule: Optional[Mapping[str, float]]) -> str:
        """Return why these trials are not all there must be, empty where they are."""
        for name, count in sorted(self.broken.items()):
            most = tolerate.get(name, tolerate.get("any"))
            if most is not None and count > most:
                return f"{count} trials broke with {name}, tolerated are {most}"
        if not self.valid:
            return "no trial ended with a result"
        if rule and self.valid < rule["valid"] * self.expected:
            least = f"{rule['valid']:.0%} must"
            return f"{self.valid} of {self.expected} trials ended with a result, {least}"
        broken = sum(self.broken.values())
        if rule and broken > rule["errors"] * len(self.trials):
            return f"{broken} of {len(self.trials)} trials broke, {rule['errors']:.0%} may"
        return ""

    def metrics(self) -> Dict[str, Any]:
        """Return what they show; a trial that ended without a reward earned none."""
        found: Dict[str, Any] = {
            "n_trials": len(self.trials),
            "n_expected": self.expected,
            "n_errors": sum(self.broken.values()),
        }
        found.update({f"n_{name}": count for name, count in sorted(self.broken.items())})
        whole = [trial for trial in self.trials.values() if broke(trial) not in self.broken]
        rewards = [reward(trial) or 0.0 for trial in whole]
        if rewards:
            mean = sum(rewards) / len(rewards)
            spread = sum((one - mean) ** 2 for one in rewards) / max(len(rewards) - 1, 1)
            found["accuracy"] = mean
            found["accuracy_stderr"] = math.sqrt(spread / len(rewards))
        return found
