"""Statistics: counted in memory where a fact has just become durable, written down in groups every few seconds.

To count in the statement that makes the fact would never lose one, but costs every message a write to rows that all of
its tenant's messages share. So a crash may lose what one engine counted since its last flush; nothing is counted twice
by it, as whatever is handled again is known to the ledger. Where the database took a flush and the connection broke
before it could say so, that flush is added a second time. What is counted of a message falls in the hour in which it
came, whenever it happens: so of a day's messages, those delivered are never more than those sent.
"""

import asyncio
import time
from bisect import bisect_left
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

import structlog

from xyper_engine.ending import end
from xyper_engine.errors import Unavailable
from xyper_engine.model import CANARY, now
from xyper_engine.policy import Policy
from xyper_engine.store.db import Database
from xyper_engine.store.rows import given

FLUSH = 5.0
"""Seconds between two flushes: what a crash may lose."""
BOUNDS = (
    0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 14400.0,
    28800.0, 86400.0,
)  # fmt: skip
"""Seconds: the upper bounds of every histogram's buckets; one more is open."""
_LABELS = (*(f"{bound:g}" for bound in BOUNDS), "inf")
_QUARTER = 900
"""Seconds: every zone's hours begin at some quarter of an hour of UTC."""
_GROUP = 5000

_APART = ("templates", "agents")
"""Measures that mean nothing beside other tenants': not added up over all of them."""

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
            await end(task)
            await statistics._safely()

    def count(self, event_id: str, *counted: Series, n: int = 1) -> None:
        """`event_id`: the message's, which says when it came. The canary's are no traffic."""
        if counted and counted[0].tenant == CANARY:
            return
        at = quarter(event_id)
        for series in counted:
            key = series, at
            self._counts[key] = self._counts.get(key, 0) + n

    async def flush(self) -> None:
        """Add what was counted to what is there. Raises `Unavailable`; then it is added with the next."""
        counts, self._counts = list(self._counts.items()), {}
        while counts:
            group = counts[:_GROUP]
            try:
                await self._add(group)
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

    async def _add(self, group: Sequence[tuple[tuple[Series, int], int]]) -> None:
        """To hours and days, the tenant's own and those of all together, or to none of them."""
        rows = [(*series, at * _QUARTER, n) for (series, at), n in group]
        async with self._db.transaction() as connection:
            for sql in _ADD:
                await connection.execute(sql, rows)


def quarter(event_id: str) -> int:
    """The quarter of an hour, counted from 1970, in which an event came: a UUIDv7 begins with its milliseconds."""
    if event_id[14:15] != "7":
        return int(now().timestamp()) // _QUARTER
    return int(event_id[:8] + event_id[9:13], 16) // (_QUARTER * 1000)


def bucket(seconds: float) -> str:
    """The label of the bucket it falls in: its upper bound."""
    return _LABELS[bisect_left(BOUNDS, seconds)]


async def forget(db: Database) -> int:
    """Hours that are kept no longer go, their days stay; how many rows. Raises `Unavailable`."""
    await db.execute(
        "delete from statistics_all_hours where at < now() - make_interval(days => $1)", Policy().stat_days
    )
    return int(await db.fetchval(_FORGET, Policy().stat_days) or 0)


_COUNTS = given(
    "tenant text, number text, direction text, measure text, kind text, label text, second bigint, n bigint"
)


def _add(table: str, at: str, whose: str = "g.tenant", number: str = "number", but: Sequence[str] = ()) -> str:
    """In the order of the key, so that two engines never wait for each other. Who was removed is left out."""
    key = [name for name in (whose, "measure", "at", number, "direction", "kind", "label") if name]
    columns = ", ".join(name.removeprefix("g.") for name in key)
    values = ", ".join(f"{at} as at" if name == "at" else name for name in key)
    places = ", ".join(str(n + 1) for n in range(len(key)))
    return f"""
    insert into {table} as s ({columns}, n)
    select {values}, sum(n)
    from {_COUNTS} g
    join (select id, coalesce(policy ->> 'timezone', 'UTC') as zone from tenants) t on t.id = g.tenant
    where measure <> all('{{{",".join(but)}}}'::text[])
    group by {places}
    order by {places}
    on conflict ({columns}) do update set n = s.n + excluded.n
    """  # noqa: S608  constants


_HOUR, _DAY = "date_trunc('hour', to_timestamp(second), {})", "(to_timestamp(second) at time zone t.zone)::date"
_ADD = (
    _add("statistics_hours", _HOUR.format("t.zone")),
    _add("statistics_days", _DAY),
    _add("statistics_all_hours", _HOUR.format("'UTC'"), "", "", _APART),
    _add("statistics_all_days", _DAY, "", "", _APART),
)

_FORGET = """
with gone as (
  delete from statistics_hours s using tenants t
  where t.id = s.tenant and s.at < now() - make_interval(days => coalesce((t.policy ->> 'stat_days')::int, $1))
  returning 1
)
select count(*) from gone
"""
