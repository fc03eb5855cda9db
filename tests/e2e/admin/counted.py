"""What the demo counted in weeks that nobody waits for: written as the engine writes it."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from xyper_engine.model import new_id, now
from xyper_engine.settings import Settings
from xyper_engine.state.statistics import Series, Statistics
from xyper_engine.store.db import Database, open_database

NUMBERS = ("whatsapp/111", "whatsapp/222")
DAYS = 20
ONCE = 12
"""Messages of each way in each hour."""


@asynccontextmanager
async def database(folder: Path) -> AsyncIterator[Database]:
    """The demo's own."""
    async with open_database(Settings.model_validate({"data_dir": folder})) as db:
        yield db


def came(at: datetime) -> str:
    """The id of an event that came then."""
    return str(UUID(int=(int(at.timestamp() * 1000) << 80) | (7 << 76) | (2 << 62) | random.getrandbits(62)))


def count(statistics: Statistics, tenant: str, at: datetime, n: int = ONCE, number: str = NUMBERS[0]) -> None:
    """So many of each way, all that is counted of them; every fourth of the agents' was a template."""
    event = came(at)

    def of(direction: str, measure: str, kind: str, label: str, many: int) -> None:
        statistics.count(event, Series(tenant, number, direction, measure, kind, label), n=many)

    of("inbound", "messages", "text", "delivered", n)
    of("inbound", "receipts", "text", "sent", n)
    for step in ("sent", "delivered"):
        of("outbound", "receipts", "text", step, n)
    of("outbound", "messages", "text", "delivered", n)
    of("outbound", "receipts", "text", "failed", 1)
    of("outbound", "failures", "", "131047", 1)
    for measure, bucket in (("latency", "0.5"), ("queue", "0.1"), ("answers", "120")):
        of("outbound", measure, "" if measure == "answers" else "text", bucket, n)
    of("outbound", "window", "", "open", n)
    of("outbound", "prices", "regular", "service", n)
    for step in ("accepted", "delivered"):
        of("outbound", "templates", "hello/en", step, n // 4)
    of("outbound", "agents", "", "who", n // 2)


async def fill(folder: Path, tenant: str) -> None:
    """Twenty days of it, each hour the same, of one number and the other by turns; done once."""
    async with database(folder) as db:
        if await db.fetchval("select true from statistics_days where tenant = $1 and number = $2", tenant, NUMBERS[1]):
            return
        statistics, moment = Statistics(db), now()
        for hours in range(24 * DAYS):
            count(statistics, tenant, moment - timedelta(hours=hours), number=NUMBERS[hours % 2])
        await statistics.flush()


async def bury(folder: Path, tenant: str, reason: str, code: str, letters: int) -> None:
    async with database(folder) as db:
        await db.execute(
            "insert into dead_letters (id, tenant, source, queue, reason, code, body, direction, died_at) "
            "select $1 || n, $2, 'route', 'out', $3, $4, 'b', 'outbound', now() - interval '2 hours' "
            "from generate_series(1, $5) n",
            new_id(), tenant, reason, code, letters,
        )  # fmt: skip


async def exhume(folder: Path, reason: str) -> None:
    """As if nobody had died."""
    async with database(folder) as db:
        await db.execute("delete from dead_letters where reason = $1", reason)
