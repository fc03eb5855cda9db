"""Statistics: counted in memory where a fact has just become durable, written down in groups every few seconds.

To count in the statement that makes the fact would never lose one, but costs every message a write to rows that all of
its tenant's messages share. So a crash may lose what one engine counted since its last flush; nothing is counted twice
by it, as whatever is handled again is known to the ledger. What is counted of a message falls in the hour in which it
came, whenever it happens: so of a day's messages, those delivered are never more than those sent.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

import structlog

from xyper_engine.errors import Unavailable
from xyper_engine.model import now
from xyper_engine.policy import Policy
from xyper_engine.store.db import Database

FLUSH = 5.0
"""Seconds between two flushes: what a crash may lose."""
BOUNDS = (
    0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 14400.0,
    28800.0, 86400.0,
)  # fmt: skip
"""Seconds: the upper bounds of every histogram's buckets; one more is open."""
_QUARTER = 900
"""Seconds: every zone's hours begin at some quarter of an hour of UTC."""
_GROUP = 5000

_log = structlog.get_logger("xyper.state")


class Series(NamedTuple):
    """What a count is of."""

    tenant: str
    number: str
    """The tenant's account on the customer's channel; "" where an event never found its way."""
    direction: str
    measure: str
    kind: str = ""
    label: str = ""


class Statistics:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._counts: dict[tuple[Series, int], int] = {}
        self._written = time.monotonic()

    @classmethod
    @asynccontextmanager
    async def open(cls, db: Database) -> AsyncIterator["Statistics"]:
        """Flushed every few seconds, and at the end."""
        statistics = cls(db)
        task = asyncio.create_task(statistics._always(), name="statistics")
        try:
            yield statistics
        finally:
            task.cancel()
            await asyncio.wait([task])
            await statistics._safely()

    def count(self, series: Series, event_id: str, n: int = 1) -> None:
        """`event_id`: the message's, which says when it came."""
        key = series, quarter(event_id)
        self._counts[key] = self._counts.get(key, 0) + n

    def observe(self, series: Series, event_id: str, seconds: float) -> None:
        """One more value of a histogram."""
        self.count(series._replace(label=bucket(seconds)), event_id)

    async def flush(self) -> None:
        """Add what was counted to what is there. Raises `Unavailable`; then it is added with the next."""
        counts, self._counts = list(self._counts.items()), {}
        while counts:
            group = counts[:_GROUP]
            try:
                rows = [(*series, at * _QUARTER, n) for (series, at), n in group]
                await self._db.execute(_ADD, *(list(column) for column in zip(*rows, strict=True)))
            except BaseException:
                for key, n in counts:
                    self._counts[key] = self._counts.get(key, 0) + n
                raise
            counts = counts[_GROUP:]
        self._written = time.monotonic()

    @property
    def lag(self) -> float:
        """Seconds for which something has been waiting to be written, at most."""
        return time.monotonic() - self._written if self._counts else 0.0

    async def _always(self) -> None:
        while True:
            await asyncio.sleep(FLUSH)
            await self._safely()

    async def _safely(self) -> None:
        try:
            await self.flush()
        except Unavailable as error:
            _log.warning("statistics not written yet", task="statistics", reason=str(error))
        except Exception:  # noqa: BLE001  logged; what was counted is kept
            _log.exception("bug", task="statistics")


def quarter(event_id: str) -> int:
    """The quarter of an hour, counted from 1970, in which an event came: a UUIDv7 begins with its milliseconds."""
    if event_id[14:15] != "7":
        return int(now().timestamp()) // _QUARTER
    return int(event_id[:8] + event_id[9:13], 16) // (_QUARTER * 1000)


def bucket(seconds: float) -> str:
    """The label of the bucket it falls in: its upper bound."""
    return next((f"{bound:g}" for bound in BOUNDS if seconds <= bound), "inf")


async def merge(db: Database) -> int:
    """Hours that are kept no longer become their days; how many rows went. Raises `Unavailable`."""
    tenants: Sequence[str] = [row["id"] for row in await db.fetch("select id from tenants order by id")]
    return sum([int(await db.fetchval(_MERGE, tenant, Policy().stat_days) or 0) for tenant in tenants])


# In the order of the key, so that two engines never wait for each other in a circle. Who was removed is left out.
_ADD = """
insert into statistics (tenant, number, direction, measure, kind, label, at, n)
select g.tenant, number, direction, measure, kind, label,
       date_trunc('hour', to_timestamp(second), coalesce(t.policy ->> 'timezone', 'UTC')) as at, sum(n)
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[])
     as g(tenant, number, direction, measure, kind, label, second, n)
join tenants t on t.id = g.tenant
group by 1, 2, 3, 4, 5, 6, 7
order by 1, 4, 7, 2, 3, 5, 6
on conflict (tenant, measure, at, number, direction, kind, label) do update set n = statistics.n + excluded.n
"""

# A day's counts stand at its first hour, by the tenant's own clock. An hour that is added to later is merged later.
_MERGE = """
with zone as (
  select coalesce(policy ->> 'timezone', 'UTC') as name,
         coalesce((policy ->> 'stat_days')::int, $2) as days
  from tenants where id = $1
), hours as (
  delete from statistics s using zone
  where s.tenant = $1 and s.at < date_trunc('day', now() - make_interval(days => zone.days), zone.name)
    and s.at <> date_trunc('day', s.at, zone.name)
  returning s.measure, date_trunc('day', s.at, zone.name) as at, s.number, s.direction, s.kind, s.label, s.n
), days as (
  insert into statistics (tenant, measure, at, number, direction, kind, label, n)
  select $1, measure, at, number, direction, kind, label, sum(n) from hours group by 2, 3, 4, 5, 6, 7
  order by 2, 3, 4, 5, 6, 7
  on conflict (tenant, measure, at, number, direction, kind, label) do update set n = statistics.n + excluded.n
)
select count(*) from hours
"""
