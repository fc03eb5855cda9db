"""Traces kept: written in groups, off the way of the messages. They may be lost, and then are counted.

What an event's trace noted is a row, `steps` an array of `[milliseconds since it was received, what, {facts}]`. Bodies
are told by their shape, and only where a call was not taken, or `[trace] bodies` asks for all.
"""

import asyncio
import re
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Any

import orjson
import structlog

from xyper_engine.broker.port import Outgoing
from xyper_engine.errors import Unavailable
from xyper_engine.metrics import Metrics
from xyper_engine.model import AnyEvent, Receipt, Typing, now
from xyper_engine.policy import Policy
from xyper_engine.settings import Settings
from xyper_engine.store.db import Database
from xyper_engine.tracing import UNTRACED, Trace, shape

_REQUEST = re.compile(r"[\w.-]{1,64}", re.ASCII)
"""A request's id as proxies write it; anything else that a sender puts there is not kept."""
ROOM = 5000
"""Traces that wait to be written, and webhooks remembered as stored, at most."""
PAUSE = 0.5
"""Seconds between two groups: to write many rows at once costs a fraction of each."""
_FOREVER = 36500
GROUP = 250
"""Rows per statement, so that the loop is never held up for long."""

_log = structlog.get_logger("xyper.traces")


class Traces:
    def __init__(self, db: Database, metrics: Metrics, settings: Settings) -> None:
        self._db = db
        self._metrics = metrics
        self._on = settings.trace.enabled
        self._all_bodies = settings.trace.bodies == "all"
        self._waiting: deque[Trace] = deque()
        self._stored: dict[str, tuple[float, str]] = {}
        self._filled = asyncio.Event()
        self._turn = asyncio.Lock()
        self._day: date | None = None

    @classmethod
    @asynccontextmanager
    async def open(cls, db: Database, metrics: Metrics, settings: Settings) -> AsyncIterator["Traces"]:
        """At work; what waits is written at the end."""
        traces = cls(db, metrics, settings)
        if traces._on:
            await traces._make_room(now().date())
        task = asyncio.create_task(traces.run(), name="traces")
        try:
            yield traces
        finally:
            task.cancel()
            await asyncio.wait([task])
            await traces.flush()

    def stored(self, batch: Sequence[Outgoing], request: str | None) -> None:
        """A webhook's events are durable. All that the edge does for a trace, so it is little and may be forgotten."""
        if not self._on:
            return
        moment, named = time.time(), request if request and _REQUEST.fullmatch(request) else ""
        for item in batch:
            self._stored[item.id] = moment, named
        while len(self._stored) > ROOM:
            del self._stored[next(iter(self._stored))]

    def begin(self, event: AnyEvent, *, again: bool) -> Trace:
        """An event was taken from its queue; `again`: not for the first time."""
        if isinstance(event, Typing) or not self._on:
            return UNTRACED
        trace = Trace(event)
        facts: dict[str, Any] = {"kind": event.kind, "direction": event.direction}
        if isinstance(event, Receipt):
            facts["status"] = event.status
            if event.reason:
                facts["code"] = event.reason.code
        if again:
            facts["again"] = True
        trace.step("taken", **facts)
        return trace

    def tried(self, trace: Trace, reason: str, wait: float | None) -> None:
        """A try failed; kept at once, so that a message that waits shows why."""
        if trace.on:
            trace.step("to be repeated" if wait is not None else "given up", reason=reason, **_after(wait))
            self._edge(trace)
            self._keep(trace.rest())

    def ended(self, trace: Trace, outcome: str, why: str) -> None:
        if not trace.on:
            return
        trace.step("ended", outcome=outcome, **({"why": why} if why else {}))
        self._edge(trace)
        # Most receipts change a row and concern nobody else: the message's own row says when they came.
        if not isinstance(trace.event, Receipt) or outcome != "filtered" or any(s[1] == "called" for s in trace.steps):
            self._keep(trace)

    async def run(self) -> None:
        while True:
            await self._filled.wait()
            await asyncio.sleep(PAUSE)
            await self.flush()

    async def flush(self) -> None:
        """Write what waits. What the database does not take now waits on, as long as there is room."""
        async with self._turn:
            await self._flush()

    async def _flush(self) -> None:
        self._filled.clear()
        while self._waiting:
            group = [self._waiting.popleft() for _ in range(min(GROUP, len(self._waiting)))]
            try:
                await self._write(group)
            except Unavailable:
                self._waiting.extendleft(reversed(group))
                self._filled.set()
                return
            except Exception:  # noqa: BLE001  a trace is never worth more than the message
                self._metrics.traces_lost.inc(len(group))
                _log.exception("traces lost", task="traces", traces=len(group))

    async def sweep(self) -> int:
        """Forget what is older than its tenant keeps it; how many days went as a whole. Raises `Unavailable`."""
        usual = Policy().trace_days
        most = await self._db.fetchval(_MOST, usual)
        dropped = int(await self._db.fetchval("select xyper_trace_days($1)", most))
        while int(await self._db.fetchval(_SHORTER, usual, most) or 0):
            pass
        return dropped

    def _edge(self, trace: Trace) -> None:
        """What the edge noted of it, where that was here and not long ago."""
        found = self._stored.pop(trace.event.id, None)
        if found:
            trace.steps.insert(0, (found[0], "stored", {"request": found[1]} if found[1] else {}))

    def _keep(self, trace: Trace) -> None:
        if len(self._waiting) >= ROOM:
            self._metrics.traces_lost.inc()
            return
        self._waiting.append(trace)
        self._filled.set()

    async def _write(self, group: Sequence[Trace]) -> None:
        moment = now()
        rows = [self._row(trace, moment) for trace in group]
        if moment.date() != self._day:
            await self._make_room(moment.date())
        async with self._db.transaction() as connection:
            # A crash of the database may take the last moments' traces with it; to wait for its disk gains nothing.
            await connection.execute("set local synchronous_commit = off")
            await connection.execute(_WRITE, *(list(column) for column in zip(*rows, strict=True)))

    async def _make_room(self, day: date) -> None:
        """A partition for this day, and for the next."""
        await self._db.fetchval("select xyper_trace_days($1)", _FOREVER)
        self._day = day

    def _row(self, trace: Trace, moment: datetime) -> tuple[object, ...]:
        event = trace.event
        began = event.received_at.timestamp()
        steps = [(round((at - began) * 1000, 1), what, self._told(what, facts)) for at, what, facts in trace.steps]
        told = orjson.dumps(steps).decode()  # as text: a list in a list would be an array of two dimensions
        return event.tenant, trace.message, event.id, trace.conversation or None, event.received_at, moment, told

    def _told(self, what: str, facts: dict[str, Any]) -> dict[str, Any]:
        if what != "called":
            return facts
        told = {name: value for name, value in facts.items() if name not in ("sent", "answer")}
        if self._all_bodies or not 200 <= facts.get("status", 0) < 300:
            told.update((name, shape(facts[name])) for name in ("sent", "answer") if name in facts)
        return told


def _after(wait: float | None) -> dict[str, float]:
    return {} if wait is None else {"after": round(wait, 3)}


_WRITE = """
insert into traces (tenant, message, event_id, conversation, received_at, at, steps)
select tenant, message, event_id, conversation, received_at, at, steps::jsonb
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::text[])
     as g(tenant, message, event_id, conversation, received_at, at, steps)
"""

# While a legal hold stands no day goes as a whole.
_MOST = f"""
select greatest(max(coalesce((policy ->> 'trace_days')::int, $1)),
  case when exists (select from holds where released_at is null) then {_FOREVER} else 1 end) from tenants
"""  # noqa: S608  constants

# Tenants that keep them for a shorter time than the one that keeps them longest.
_SHORTER = """
with due as (
  select r.tableoid, r.ctid from tenants t join traces r on r.tenant = t.id
    and r.at < now() - make_interval(days => coalesce((t.policy ->> 'trace_days')::int, $1))
  where coalesce((t.policy ->> 'trace_days')::int, $1) < $2 and not xyper_held(t.id, null)
  limit 5000
), gone as (delete from traces r using due where (r.tableoid, r.ctid) = (due.tableoid, due.ctid) returning 1)
select count(*) from gone
"""
