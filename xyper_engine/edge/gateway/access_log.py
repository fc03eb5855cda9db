"""The access log: one line a call, of who did what, and never of what it was about: no path, no query, no body.

Lines are written some at a time: one after the other they cost half of what each would between two calls.
"""

import asyncio
import time
from datetime import UTC, datetime
from functools import lru_cache

from xyper_engine.access.caller import Caller
from xyper_engine.edge.route import Route
from xyper_engine.logs import Lines
from xyper_engine.tracing import milliseconds

AFTER = 0.05
"""Seconds until what was noted is written."""

Noted = tuple[Route, str, int, float, Caller, str | None, str]
"""Route, method, status, seconds it took, who called, about which tenant, the request's id."""


class AccessLog:
    def __init__(self) -> None:
        self._noted: list[tuple[float, Noted]] = []
        self._lines = Lines("xyper.access")

    def note(self, what: Noted) -> None:
        """A call that was just answered."""
        if not self._noted:
            asyncio.get_running_loop().call_later(AFTER, self.write)
        self._noted.append((time.time(), what))

    def write(self) -> None:
        """Whatever was noted."""
        noted, self._noted = self._noted, []
        self._lines.write(
            {
                "event": "call",
                "timestamp": _moment(int(at)) % (at % 1 * 1e6),
                "method": method,
                "route": route.path,
                "status": status,
                "ms": milliseconds(seconds),
                "by": f"{caller.kind}/{caller.id}" if caller.id else "nobody",
                "tenant": tenant,
                "correlation_id": request_id,
            }
            for at, (route, method, status, seconds, caller, tenant, request_id) in noted
        )


@lru_cache(4)
def _moment(second: int) -> str:
    """Of that second, as every log line has it; the microseconds are left open."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S.%%06dZ")
