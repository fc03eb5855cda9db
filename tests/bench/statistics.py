"""`python -m tests.bench.statistics`: what 90 days of statistics take to read, and by which index.

One busy tenant among others: every hour has a row for each number, direction, kind and label of each measure. Days and
totals are asked with all that they can be grouped by, a week's hours by direction.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from statistics import median

import asyncpg
import uvloop

from tests import servers
from xyper_engine import logs
from xyper_engine.model import now
from xyper_engine.settings import Settings
from xyper_engine.state.figure_rows import GROUPS, READ, By
from xyper_engine.state.figures import APART, COUNTED, HOURLY, TIMED, Asked, Figures
from xyper_engine.store.db import Database, open_database

ASKED: tuple[tuple[str, By], ...] = (
    *((what, by) for what in (*COUNTED, *TIMED) for by in ("day", "total", "hour")), ("messages", "week"),
)  # fmt: skip
TENANT = "t1"


async def figures(url: str, days: int = 90, tenants: int = 2, rounds: int = 5) -> Mapping[str, float]:
    """Milliseconds for each question, `rows` that were there, and `indexed`: 1.0 where the plan names the index."""
    with tempfile.TemporaryDirectory(prefix="xyper-bench-") as folder:
        settings = Settings.model_validate({"data_dir": Path(folder), "database": {"url": url}})
        async with open_database(settings) as db:
            await db.execute(_TENANTS, tenants)
            await filled(url, days, [f"t{n + 1}" for n in range(tenants)])
            last = now().date()
            first = last - timedelta(days=days - 1)
            told = {f"{what} by {by}": await _timed(db, TENANT, what, by, first, last, rounds) for what, by in ASKED}
            together = [(what, by) for what, by in ASKED if what not in APART]
            told |= {
                f"{what} by {by}, together": await _timed(db, None, what, by, first, last, rounds)
                for what, by in together
            }
            sizes = {
                f"rows of {table}": float(await db.fetchval(f"select count(*) from statistics_{table}"))
                for table in ("hours", "days")
            }
            plans = [await plan_of(db, by, first, last) for by in READ]
            indexed = all("Index" in plan and "Seq Scan on statistics" not in plan for plan in plans)
            return {**told, **sizes, "indexed": float(indexed)}


async def filled(url: str, days: int, tenants: Sequence[str]) -> None:
    """These tenants', and analysed, as the server does by itself after a while; only a table's owner may ask for it."""
    connection = await asyncpg.connect(url)
    try:
        for sql in _FILL:
            await connection.execute(sql, days, tenants)
        await connection.execute(
            "vacuum analyze statistics_hours, statistics_days, statistics_all_hours, statistics_all_days"
        )
    finally:
        await connection.close()


async def _timed(
    db: Database, tenant: str | None, what: str, by: By, first: date, last: date, rounds: int
) -> float:  # fmt: skip
    first = max(first, last - timedelta(days=6)) if by == "hour" else first
    group = frozenset({"direction"} if by in HOURLY else GROUPS if tenant else {"direction", "kind"})
    asked, took = Asked.of(what, first, last, by, group), []
    for _ in range(rounds):
        began = time.perf_counter()
        assert await Figures(db).read(tenant, asked)
        took.append(time.perf_counter() - began)
    return 1000 * median(took)


async def plan_of(db: Database, by: By, first: date, last: date) -> str:
    """As PostgreSQL explains the question for the funnel, asked as the tenant."""
    async with db.tenant(TENANT) as connection:
        explain = f"explain (analyze, buffers) {READ[by]}"
        zone = [None] if by in HOURLY else []
        asked = [("messages", "receipts"), first, last, ["direction"], None, None, *zone, TENANT, None]
        rows = await connection.fetch(explain, *asked)
    return "\n".join(row[0] for row in rows)


_TENANTS = """
insert into tenants (id, name, policy) select 't' || n, 'T', '{"timezone": "Europe/Rome"}' from generate_series(1, $1) n
"""

# Three numbers; kinds and labels as a busy tenant has them: four steps, six reasons, eight buckets of each histogram.
_FILL = (
    """
    insert into statistics_hours (tenant, measure, at, number, direction, kind, label, n)
    select t.id, g.measure, date_trunc('hour', now()) - make_interval(hours => h), 'whatsapp/' || n, d, k, l, h % 97 + 1
    from tenants t, generate_series(0, 24 * $1 - 1) h, generate_series(1, 3) n,
      (values ('messages', 'text image audio template interactive', 'delivered filtered dead'),
              ('receipts', 'text image audio template interactive', 'sent delivered read failed'),
              ('failures', '-', '131026 131047 131049 470 unsupported rejected'),
              ('window', '-', 'open template closed refused'),
              ('templates', 'hello/en offer/de offer/en bill/it', 'accepted sent delivered read'),
              ('prices', 'regular free', 'marketing utility authentication service'),
              ('agents', '-', 'ada bob cem dan eve'),
              ('answers', '-', '1 2.5 5 10 30 60 120 300'),
              ('queue', 'text image audio template interactive', '0.05 0.1 0.25 0.5 1 2.5 5 10'),
              ('latency', 'text image audio template interactive', '0.05 0.1 0.25 0.5 1 2.5 5 10')
      ) as g(measure, kinds, labels),
      unnest(array['inbound', 'outbound']) d, unnest(string_to_array(kinds, ' ')) k,
      unnest(string_to_array(labels, ' ')) l
    where t.id = any($2::text[])
    """,
    """
    insert into statistics_days (tenant, measure, at, number, direction, kind, label, n)
    select tenant, measure, (at at time zone 'Europe/Rome')::date, number, direction, kind, label, sum(n)
    from statistics_hours where $1::int > 0 and tenant = any($2::text[]) group by 1, 2, 3, 4, 5, 6, 7
    """,
    """
    insert into statistics_all_hours (measure, at, direction, kind, label, n)
    select measure, at, direction, kind, label, sum(n) from statistics_hours
    where $1::int > 0 and tenant = any($2::text[]) and measure not in ('templates', 'agents') group by 1, 2, 3, 4, 5
    on conflict (measure, at, direction, kind, label) do update set n = statistics_all_hours.n + excluded.n
    """,
    """
    insert into statistics_all_days (measure, at, direction, kind, label, n)
    select measure, at, direction, kind, label, sum(n) from statistics_days
    where $1::int > 0 and tenant = any($2::text[]) and measure not in ('templates', 'agents') group by 1, 2, 3, 4, 5
    on conflict (measure, at, direction, kind, label) do update set n = statistics_all_days.n + excluded.n
    """,
)


async def main(days: int, tenants: int) -> None:
    logs.configure("warning", "console")
    with servers.postgresql() as server:
        url = await server.database()
        told = await figures(url, days, tenants)
    print(
        f"{days} days, {tenants} tenants: {told['rows of hours']:,.0f} hours' rows, {told['rows of days']:,.0f} days'"
    )
    for name in told.keys() - {"indexed", "rows of hours", "rows of days"}:
        print(f"{name}: {told[name]:.0f} ms (must stay below 200)")
    print("by the index" if told["indexed"] else "NOT by the index")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.statistics", description="90 days of statistics.")
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--tenants", type=int, default=2)
    given = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(given.days, given.tenants))
