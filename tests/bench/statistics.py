"""`python -m tests.bench.statistics`: what 90 days of statistics take to read, and by which index.

One busy tenant among others: every hour of 90 days has a row for each number, direction, kind and label.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from statistics import median

import asyncpg
import uvloop

from tests import servers
from xyper_engine import logs
from xyper_engine.model import now
from xyper_engine.settings import Settings
from xyper_engine.state.figures import READ, Asked, By, Figures
from xyper_engine.store.db import Database, open_database

ASKED: tuple[tuple[str, By], ...] = (("funnel", "day"), ("messages", "day"), ("latency", "day"), ("funnel", "total"))
TENANT = "t1"


async def figures(url: str, days: int = 90, tenants: int = 2, rounds: int = 5) -> Mapping[str, float]:
    """Milliseconds for each question, `rows` that were there, and `indexed`: 1.0 where the plan names the index."""
    with tempfile.TemporaryDirectory(prefix="xyper-bench-") as folder:
        settings = Settings.model_validate({"data_dir": Path(folder), "database": {"url": url}})
        async with open_database(settings) as db:
            await db.execute(_TENANTS, tenants)
            for day in reversed(range(days)):
                await db.execute(_DAY, day)
            await _analyzed(url)
            last = now().date()
            first = last - timedelta(days=days - 1)
            told = {f"{what} by {by}": await _timed(db, what, by, first, last, rounds) for what, by in ASKED}
            rows = await db.fetchval("select count(*) from statistics where tenant = $1", TENANT)
            plan = await plan_of(db, first, last)
            return {**told, "rows": float(rows), "indexed": float("statistics_pkey" in plan and "Seq Scan" not in plan)}


async def _analyzed(url: str) -> None:
    """As the server does by itself after a while; only a table's owner may ask for it."""
    connection = await asyncpg.connect(url)
    await connection.execute("analyze statistics")
    await connection.close()


async def _timed(db: Database, what: str, by: By, first: date, last: date, rounds: int) -> float:
    asked, took = Asked.of(what, first, last, by, frozenset({"direction"})), []
    for _ in range(rounds):
        began = time.perf_counter()
        assert await Figures(db).read(TENANT, asked)
        took.append(time.perf_counter() - began)
    return 1000 * median(took)


async def plan_of(db: Database, first: date, last: date) -> str:
    """As PostgreSQL explains the question for the funnel, asked as the tenant."""
    async with db.tenant(TENANT) as connection:
        explain = f"explain (analyze, buffers) {READ['day']}"
        rows = await connection.fetch(explain, TENANT, ("messages", "receipts"), first, last, ["direction"])
    return "\n".join(row[0] for row in rows)


_TENANTS = """
insert into tenants (id, name, policy) select 't' || n, 'T', '{"timezone": "Europe/Rome"}' from generate_series(1, $1) n
"""

_DAY = """
insert into statistics
select t.id, g.measure, date_trunc('hour', now()) - make_interval(hours => 24 * $1 + h),
       'whatsapp/' || n, d, k, g.label, h + 1
from generate_series(0, 23) h, tenants t, generate_series(1, 2) n, (values ('inbound'), ('outbound')) as d(d),
  (values ('text'), ('image'), ('template')) as k(k),
  (values ('messages', 'delivered'), ('messages', 'dead'), ('receipts', 'sent'), ('receipts', 'delivered'),
          ('receipts', 'read'), ('latency', '0.1'), ('latency', '0.25'), ('latency', '1')) as g(measure, label)
where k = 'text' or measure <> 'latency'
"""


async def main(days: int, tenants: int) -> None:
    logs.configure("warning", "console")
    with servers.postgresql() as server:
        url = await server.database()
        told = await figures(url, days, tenants)
    print(f"{days} days of a tenant with {told['rows']:,.0f} rows, one of {tenants}")
    for what, by in ASKED:
        print(f"{what} by {by}: {told[f'{what} by {by}']:.0f} ms (must stay below 200)")
    print("by the index" if told["indexed"] else "NOT by the index")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.statistics", description="90 days of statistics.")
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--tenants", type=int, default=2)
    given = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(given.days, given.tenants))
