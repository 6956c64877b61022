"""The incidents of all runbooks by the name of their scenario.

Each is a context manager: it begins with the incident, names the table that suffers, and ends with what the
runbook leaves to others, such as the end of somebody else's job.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from market import Market, Trades

from . import failure, lag, performance, scheduler, watermark

Incident = Callable[[Market], AbstractContextManager[Trades]]

INCIDENTS: dict[str, Incident] = (
    failure.INCIDENTS | lag.INCIDENTS | performance.INCIDENTS | watermark.INCIDENTS | scheduler.INCIDENTS
)
