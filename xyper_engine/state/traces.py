"""Traces kept: written in groups, off the way of the messages. They may be lost, and then are counted.

What an event's trace noted is a row, `steps` an array of `[milliseconds since it was received, what, {facts}]`, kept
as it is written: the database looks for nothing in it, and need not take it to pieces for each message. Bodies are told
by their shape, and only where a call was not taken, or `[trace] bodies` asks for all.
"""

import asyncio
import re
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import islice

import orjson
import structlog

from xyper_engine.broker.port import Outgoing
from xyper_engine.ending import end
from xyper_engine.errors import Unavailable
from xyper_engine.metrics import Metrics
from xyper_engine.model import AnyEvent, Receipt, Typing
from xyper_engine.policy import Policy
from xyper_engine.settings import Settings
from xyper_engine.spans import Spans
from xyper_engine.store.db import Database
from xyper_engine.store.rows import columns
from xyper_engine.tracing import UNTRACED, Step, Trace

_REQUEST = re.compile(r"[\w.-]{1,64}", re.ASCII)
"""A request's id as proxies write it; anything else that a sender puts there is not kept."""
ROOM = 5000
"""Traces that wait to be written, and webhooks remembered as stored, at most."""
PAUSE = 0.5
"""Seconds between two groups: to write many rows at once costs a fraction of each."""
_FOREVER = 36500
"""Days, while somebody is held."""
GROUP = 250
"""Rows per statement, so that the loop is never held up for long."""

_Row = tuple[str, str, str, str, float, bytes]
"""Of which tenant, message and event, within which conversation (or ""), received when, and the steps."""

_log = structlog.get_logger("xyper.traces")


class Traces:
    def __init__(self, db: Database, metrics: Metrics, settings: Settings, spans: Spans) -> None:
        self._db = db
        self._metrics = metrics
        self._spans = spans
        self._on = settings.trace.enabled
        self._all_bodies = settings.trace.bodies == "all"
        self._waiting: deque[_Row] = deque()
        self._stored: dict[str, Step] = {}
        self._filled = asyncio.Event()
        self._turn = asyncio.Lock()

    @classmethod
    @asynccontextmanager
    async def open(cls, db: Database, metrics: Metrics, settings: Settings, spans: Spans) -> AsyncIterator["Traces"]:
        """At work; what waits is written at the end. What is noted is told to `spans`, too."""
        traces = cls(db, metrics, settings, spans)
        task = asyncio.create_task(traces.run(), name="traces")
        try:
            yield traces
        finally:
            await end(task)
            await traces.flush()

    def stored(self, batch: Sequence[Outgoing], request: str | None) -> None:
        """A webhook's events are durable. All that the edge does for a trace, so it is little and may be forgotten."""
        if not self._on:
            return
        named = request_of(request)
        step: Step = time.time(), "stored", {"request": named} if named else {}
        for item in batch:
            self._stored[item.id] = step
        while len(self._stored) > ROOM:
            del self._stored[next(iter(self._stored))]

    def begin(self, event: AnyEvent, received: float, *, again: bool) -> Trace:
        """An event, received then (seconds since 1970), was taken from its queue; `again`: not for the first time."""
        if isinstance(event, Typing) or not (self._on or self._spans.on):
            return UNTRACED
        trace = Trace(event, received, bodies=self._all_bodies)
        facts = trace.step("taken", kind=event.kind, direction=event.direction)
        if isinstance(event, Receipt):
            facts["status"] = event.status
            if event.reason:
                facts["code"] = event.reason.code
        if again:
            facts["again"] = True
        return trace

    def tried(self, trace: Trace, reason: str, wait: float | None) -> None:
        """A try failed; kept at once, so that a message that waits shows why."""
        if trace.on:
            trace.step("to be repeated" if wait is not None else "given up", reason=reason, **_after(wait))
            self._edge(trace)
            part = trace.rest()
            self._spans.ended(part)
            self._keep(part)

    def ended(self, trace: Trace, outcome: str, why: str) -> None:
        if not trace.on:
            return
        facts = trace.step("ended", outcome=outcome)
        if why:
            facts["why"] = why
        self._edge(trace)
        self._spans.ended(trace)
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
            group = list(islice(self._waiting, GROUP))
            try:
                await self._write(group)
            except Unavailable:
                self._filled.set()
                return
            except Exception:  # noqa: BLE001  a trace is never worth more than the message
                self._metrics.traces_lost.inc(len(group))
                _log.exception("traces lost", task="traces", traces=len(group))
            for _ in group:  # whoever is cancelled before this leaves them for the last flush
                self._waiting.popleft()

    async def sweep(self) -> int:
        """Forget what is older than its tenant keeps it; how many days went as a whole. Raises `Unavailable`."""
        usual = Policy().trace_days
        most = await self._db.fetchval(_MOST, usual)
        dropped = int(await self._db.fetchval("select xyper_drop_traces($1)", most))
        while int(await self._db.fetchval(_SHORTER, usual, most) or 0):
            pass
        return dropped

    def _edge(self, trace: Trace) -> None:
        """What the edge noted of it, where that was here and not long ago."""
        found = self._stored.pop(trace.event.id, None)
        if found:
            trace.steps.insert(0, found)

    def _keep(self, trace: Trace) -> None:
        if not self._on:
            return
        if len(self._waiting) >= ROOM:
            self._metrics.traces_lost.inc()
            return
        self._waiting.append(_row(trace))
        self._filled.set()

    async def _write(self, rows: Sequence[_Row]) -> None:
        tenants, messages, events, conversations, received, steps = zip(*rows, strict=True)
        words = map("\n".join, (tenants, messages, events, conversations))
        await self._db.execute(_WRITE, *words, b"\n".join(steps).decode(), received, time.time())


def request_of(header: str | None) -> str:
    """A request's id, where it is one."""
    return header if header and _REQUEST.fullmatch(header) else ""


def _row(trace: Trace) -> _Row:
    """Made at once: to keep events alive until their traces are written costs more than to write them."""
    event, began = trace.event, trace.received
    # As `milliseconds` tells it, without a call for each step of each message.
    steps = [((at - began) * 10_000 // 1 / 10, what, facts) for at, what, facts in trace.steps]
    return event.tenant, trace.message, event.id, trace.conversation or "", began, orjson.dumps(steps)


def _after(wait: float | None) -> dict[str, float]:
    return {} if wait is None else {"after": round(wait, 3)}


# A crash of the database may take the last moments' traces with it: to wait for its disk gains nothing.
_WRITE = f"""
with hasty as materialized (select set_config('synchronous_commit', 'off', true))
insert into traces (tenant, message, event_id, conversation, received_at, at, steps)
select tenant, message, event_id, nullif(conversation, ''), to_timestamp(received_at), to_timestamp($7), steps
from hasty, {
    columns("tenant text", "message text", "event_id text", "conversation text", "steps text", "received_at float8")
} g
"""  # noqa: S608  constants

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
