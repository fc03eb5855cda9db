"""Whether the audit's chains hold, told while somebody looks: walked a little at a time, and known for a while.

A chain may have millions of lines. Each question walks on for a moment from where the one before it stopped, so that it
is answered soon and costs no more for being asked often; once all was walked the verdict stands for `FRESH` seconds.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime

from xyper_engine.access import audit
from xyper_engine.access.audit import Broken, Step
from xyper_engine.model import now
from xyper_engine.store.db import Database

MOMENT = 0.5
"""Seconds for which one question walks on."""
FRESH = 600.0
"""Seconds for which a verdict stands."""
WORST = 20
"""Faults that are told; the first of a chain is the one that matters."""
SCOPES = 100
"""Walks that are remembered, at most."""


@dataclass(slots=True)
class Verdict:
    """How far a walk is, and what it found."""

    chains: int = 0
    lines: int = 0
    """Of all chains, as their heads told when it began."""
    walked: int = 0
    broken: list[Broken] = field(default_factory=list)
    """The first ones."""
    began_at: datetime = field(default_factory=now)
    done_at: datetime | None = None
    """None: it goes on."""


class _Walk:
    def __init__(self, steps: AsyncIterator[Step], verdict: Verdict) -> None:
        self.steps = steps
        self.verdict = verdict
        self.turn = asyncio.Lock()
        self.until = float("inf")
        """When the verdict is no longer worth telling."""


class Integrity:
    def __init__(self, db: Database, moment: float = MOMENT) -> None:
        self._db = db
        self._moment = moment
        self._walks: dict[str | None, _Walk] = {}

    async def told(self, scope: str | None) -> Verdict:
        """Of a tenant's chain; None: of all. Who asks beside somebody else is told how far that one is."""
        walk = self._walks.get(scope)
        if walk is None or time.monotonic() > walk.until:
            walk = self._walks[scope] = await self._begun(scope)
            while len(self._walks) > SCOPES:
                del self._walks[next(iter(self._walks))]
        if walk.verdict.done_at is None and not walk.turn.locked():
            async with walk.turn:
                await self._on(scope, walk)
        return walk.verdict

    async def _begun(self, scope: str | None) -> _Walk:
        heads = await audit.heads(self._db, scope)
        verdict = Verdict(len(heads), sum(head.seq for head in heads))
        return _Walk(audit.walk(self._db, scope, [head.chain for head in heads]), verdict)

    async def _on(self, scope: str | None, walk: _Walk) -> None:
        """Until the moment is over, or the chains are."""
        until, verdict = time.monotonic() + self._moment, walk.verdict
        try:
            async for step in walk.steps:
                verdict.walked += step.lines
                verdict.broken.extend(step.broken[: WORST - len(verdict.broken)])
                if time.monotonic() > until:
                    return
        except BaseException:  # what was cut off half-way would look as if it had come to its end
            self._walks.pop(scope, None)
            raise
        verdict.done_at = now()
        walk.until = time.monotonic() + FRESH
