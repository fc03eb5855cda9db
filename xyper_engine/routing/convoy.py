"""The road of a convoy, which is the database: engines tell what waits in their spools, put it together, and feed it.

An engine is told of all others in one question. What several keep of a queue is sealed, as it was in their spools, and
goes to RabbitMQ by whoever has that queue's lock: what is older than all that any spool still holds, oldest first. A
process that dies in between leaves messages that come twice, which the ledger filters.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from xyper_engine.broker.convoy import Convoy
from xyper_engine.broker.port import Outgoing
from xyper_engine.ending import end
from xyper_engine.model import new_id
from xyper_engine.rounds import Round
from xyper_engine.runtime import Runtime
from xyper_engine.sealing import Cipher
from xyper_engine.store.notices import hearing
from xyper_engine.within import within

CHANNEL = "xyper_convoy"
BEAT = 1.0
"""Seconds between two questions while anything waits anywhere."""
GONE = timedelta(seconds=5)
"""After which an engine that tells nothing is not waited for: its disk may be gone."""
BATCH, BYTES = 500, 8_000_000
"""Of messages that are fed in one go."""


class Road:
    def __init__(self, rt: Runtime, convoy: Convoy) -> None:
        self._rt = rt
        self._convoy = convoy
        self._engine = new_id()
        self._ciphers: dict[str, Cipher] = {one.id: one for one in rt.keyring.sealer.stores()}

    def hear(self, notice: str) -> None:
        """An engine keeps something (its id), something is kept no longer ("-"), or we were deaf for a while ("")."""
        if notice == "-":
            self._convoy.moved.set()
        elif notice != self._engine:
            self._convoy.doubt()

    async def add(self, batch: Sequence[Outgoing]) -> None:
        """See `broker.convoy.Road`."""
        cipher = next(iter(self._ciphers.values()))
        sealed = cipher.seal_all([(one.body, one.id) for one in batch])
        await self._rt.db.execute(
            _ADD, batch[0].queue, [one.id for one in batch], sealed, cipher.id, CHANNEL, self._engine
        )
        self._convoy.moved.set()

    async def tell(self) -> None:
        """Again and again, and never behind what RabbitMQ takes its time for: others count on it."""
        while True:
            self._convoy.moved.clear()
            kept = False
            with Round(self._rt, "convoy") as one:
                kept = await self._ask()
            if not one.done:
                self._convoy.missed()
            await within(BEAT if kept or not one.done else None, self._convoy.moved)

    async def feed(self) -> None:
        """What lies on the road, as long as anything does."""
        while True:
            news, fed = self._convoy.changed, False
            for queue in self._convoy.joint:
                with Round(self._rt, "convoy feeding"):
                    fed = await self._feed(queue) or fed
            if not fed:
                await within(BEAT if self._convoy.joint else None, news)

    async def _ask(self) -> bool:
        """Tell and ask, at once; whether anybody keeps anything. Raises `Unavailable`."""
        asked, own, told = time.monotonic(), dict(self._convoy.own), self._convoy.told
        rows = await self._rt.db.fetch(_ASK, self._engine, list(own), list(own.values()), GONE)
        if own != told:
            await self._rt.db.execute(_SAY, CHANNEL, self._engine if own.keys() - told.keys() else "-")
        others = {row["queue"]: row["head"] for row in rows}
        self._convoy.heard(own, others, frozenset(row["queue"] for row in rows if row["joint"]), asked)
        return bool(own or others)

    async def _feed(self, queue: str) -> bool:
        """Whether anything went from the road to RabbitMQ. Raises `Unavailable`."""
        async with self._rt.db.transaction() as connection:
            if not await connection.fetchval(_LOCK, queue):
                return False
            rows = await connection.fetch(_NEXT, queue, BATCH, BYTES, GONE)
            if rows:
                await self._convoy.carry([self._opened(queue, row) for row in rows])
                await connection.execute(_GONE, queue, [row["id"] for row in rows], CHANNEL)
        return bool(rows)

    def _opened(self, queue: str, row: Any) -> Outgoing:
        return Outgoing(queue, row["id"], self._ciphers[row["key_id"]].open(row["sealed"], row["id"]))


@asynccontextmanager
async def in_convoy(rt: Runtime) -> AsyncIterator[None]:
    """Where engines share a broker, this one goes with the others. What it keeps at its end stays known for a while."""
    convoy = rt.broker.convoy
    if convoy is None:
        yield
        return
    road = Road(rt, convoy)
    async with hearing(rt.db, CHANNEL, road.hear):
        convoy.join(road)
        tasks = [asyncio.create_task(one, name="convoy") for one in (road.tell(), road.feed())]
        try:
            yield
        finally:
            await end(*tasks)
            convoy.leave()


_ASK = """
with gone as (
  delete from spooled
  where (engine = $1 and queue <> all($2::text[])) or beat_at < now() - interval '1 day'
), told as (
  insert into spooled (engine, queue, head) select $1, * from unnest($2::text[], $3::text[])
  on conflict (engine, queue) do update set head = excluded.head, beat_at = now()
), kept as (
  select queue, head, false as joint from spooled where engine <> $1 and beat_at > now() - $4::interval
  union all
  select queue, min(id), true from joint group by queue
)
select queue, min(head) as head, bool_or(joint) as joint from kept group by queue
"""

_SAY = "select pg_notify($1, $2)"

_ADD = """
with added as (
  insert into joint (queue, id, sealed, key_id) select $1, *, $4 from unnest($2::text[], $3::bytea[])
  on conflict do nothing
)
select pg_notify($5, $6)
"""

_LOCK = "select pg_try_advisory_xact_lock(hashtextextended('xyper convoy ' || $1, 0))"

_NEXT = """
select id, sealed, key_id from (
  select id, sealed, key_id, sum(length(sealed)) over (order by id) - length(sealed) as before from joint
  where queue = $1 and id < coalesce((
    select min(head) from spooled where queue = $1 and beat_at > now() - $4::interval
  ), '~')
  order by id limit $2
) j where before < $3 order by id
"""

_GONE = "with gone as (delete from joint where queue = $1 and id = any($2::text[])) select pg_notify($3, '-')"
