"""The time scale of drills: a real deployment's durations, made so many times shorter."""

from __future__ import annotations

import os
import re

# A cycle every 15 minutes becomes one every 5 seconds; a machine that is busy otherwise wants less.
FACTOR = int(os.environ.get("FACTOR", "180"))
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(?<![\w.])(\d+)([smhd])(?!\w)")
# What stands behind these words in rules; annotations, which have durations too, stay as they are.
_VALUE = re.compile(
    r"^ +(?:expr|for|keep_firing_for|interval): (?:\|\n(?: {10}.*\n)+|.*\n)", re.MULTILINE
)
# Rules compare times in seconds; every other number in them is a count, a share, a rate or a unit.
_SECONDS = re.compile(r"(?<=[<>=] )(300|600|900|1200|1800|3600)\b")


def seconds(minutes: float) -> float:
    """What minutes of a real deployment are in a drill."""
    return minutes * 60 / FACTOR


def minutes(seconds: float) -> float:
    """What seconds of a drill are in a real deployment."""
    return seconds * FACTOR / 60


def scaled(text: str) -> str:
    """Every duration in a configuration."""
    return _DURATION.sub(lambda match: _milliseconds(int(match[1]) * _UNITS[match[2]]), text)


def scaled_rules(rules: str) -> str:
    """Every duration and every threshold in seconds."""
    return _VALUE.sub(lambda match: _SECONDS.sub(_threshold, scaled(match[0])), rules)


def _threshold(match: re.Match[str]) -> str:
    return f"{int(match[1]) / FACTOR:.3f}"


def _milliseconds(seconds: float) -> str:
    return f"{max(1, round(seconds * 1000 / FACTOR))}ms"
