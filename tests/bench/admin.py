"""`python -m tests.bench.admin [--messages N] [--tenants N] [--letters N]`: how quick the dashboard's pages are.

A database with a thousand tenants, ten thousand dead letters and a year's messages; what each page reads is timed over
HTTP (a table's page shall take 200 ms at most), and each page in Chromium from an empty cache: when something is seen
(a second at most), and when no grey shape is left.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import NamedTuple

import aiohttp
import asyncpg
import uvloop
from aiohttp import web
from playwright.async_api import Browser, Page

from tests import servers
from tests.bench.filling import fill
from tests.bench.statistics import filled
from tests.e2e.stage import chromium
from tests.server import free_port
from xyper_engine import logs, plugins
from xyper_engine.access.caller import Caller
from xyper_engine.access.roles import Role, actions_of
from xyper_engine.cli.parts import NoBroker
from xyper_engine.edge.server import public_app
from xyper_engine.model import now
from xyper_engine.runtime import Runtime, open_runtime
from xyper_engine.settings import Settings
from xyper_engine.state.objectives import Objectives
from xyper_engine.state.pulses import Pulses, PulseView, QueueView

TABLE, FIRST = 0.2, 1.0
"""Seconds: what a table's page, and the first thing to see, may take."""
BUSY = "load0"
"""The tenant with the most of everything."""
EMAIL, PASSWORD = "admin@example.com", "a bench's own password"

READS = (
    "tenants?figures=true&limit=50", "tenants?figures=true&search=e1", f"tenants/{BUSY}", "attention",
    f"tenants/{BUSY}/attention", "health", f"tenants/{BUSY}/health/traffic", "objectives", f"tenants/{BUSY}/objective",
    "alerts", "alerts/channels", "dead?limit=50", "dead/groups", f"tenants/{BUSY}/dead?limit=50",
    f"tenants/{BUSY}/dead/groups", f"tenants/{BUSY}/messages", "audit", f"tenants/{BUSY}/audit", "users",
    f"tenants/{BUSY}/users", f"tenants/{BUSY}/secrets", f"tenants/{BUSY}/templates",
    f"tenants/{BUSY}/statistics/funnel?first={{first}}", f"tenants/{BUSY}/statistics/latency?first={{first}}&by=total",
)  # fmt: skip
PAGES = (
    "", "tenants", "users", "secrets", "templates", "trace", "dead", "statistics", "health", "health?tab=level",
    "alerts", "privacy", "audit",
)  # fmt: skip


class Size(NamedTuple):
    """Of what lies in the database."""

    messages: int
    tenants: int
    letters: int
    days: int = 90
    """Of statistics of the busy tenant."""


@dataclass(frozen=True)
class Seen:
    """Seconds from the navigation."""

    first: float
    filled: float


@dataclass(frozen=True)
class Told:
    reads: Mapping[str, float]
    """Seconds, by what was read; what the API has not is left out."""
    pages: Mapping[str, Seen]

    def lines(self) -> Iterator[str]:
        for name, took in self.reads.items():
            yield f"{_mark(took <= TABLE)} {1000 * took:6.0f} ms  {name}"
        for name, seen in self.pages.items():
            seen_at = f"{1000 * seen.first:5.0f} ms seen, {1000 * seen.filled:6.0f} ms filled"
            yield f"{_mark(seen.first <= FIRST)} {seen_at}  /admin/{name}"


def _mark(good: bool) -> str:
    return "✓" if good else "✗"


@asynccontextmanager
async def served(url: str, folder: Path, size: Size) -> AsyncIterator[tuple[str, str]]:
    """The public side before a full database: its address, and a key that opens everything."""
    port = free_port()
    address = f"http://localhost:{port}"
    settings = Settings.model_validate({
        "data_dir": folder, "database": {"url": url}, "server": {"public_url": address}, "log": {"level": "warning"},
        "access": {"require_totp": False}, "limits": dict.fromkeys(("address", "person", "key", "sign_in"), ""),
    })  # fmt: skip
    async with AsyncExitStack() as stack:
        rt = await stack.enter_async_context(open_runtime(settings, given=NoBroker()))
        if size.messages:
            await fill(settings, url, size.messages, 10)
        await filled(url, size.days, [BUSY])
        await _furnish(rt, url, size.tenants, size.letters)
        runner = web.AppRunner(public_app(rt, plugins.load(settings)), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", port).start()
        _, key = await rt.keys.add(Caller.host(), "bench", list(actions_of(Role.xyper_admin)))
        await rt.access.invitations.add(Caller.host(), "Bench", EMAIL, PASSWORD)
        yield address, key


async def _furnish(rt: Runtime, url: str, tenants: int, letters: int) -> None:
    """All that a dashboard lists, for tenants beside those with messages."""
    connection = await asyncpg.connect(url)
    try:
        for sql, *values in ((_TENANTS, tenants), (_ACCOUNTS,), (_HEALTH,), (_LETTERS, letters), (_ALERTS,), (_AUDIT,)):
            await connection.execute(sql, *values)
        await connection.execute("vacuum analyze")
    finally:
        await connection.close()
    while await Objectives(rt.db).look():
        pass
    queues = tuple(QueueView(tenant=f"e{n}", queue="inbound", age=n, waiting=1, consumers=1) for n in range(500))
    await Pulses(rt.db).write(PulseView(engine="bench", version="1", started_at=now(), at=now(), queues=queues))


async def reads(address: str, key: str, rounds: int) -> Mapping[str, float]:
    first = (now() - timedelta(days=89)).date()
    found: dict[str, float] = {}
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as http:
        for path in READS:
            took = [await _read(http, f"{address}/api/v1/{path.format(first=first)}") for _ in range(rounds + 1)]
            if None not in took:
                found[path] = median(one for one in took[1:] if one is not None)
    return found


async def _read(http: aiohttp.ClientSession, url: str) -> float | None:
    began = time.perf_counter()
    async with http.get(url) as answer:
        body = await answer.text()
    assert answer.status in (200, 403, 404), f"{url}: {answer.status} {body[:300]}"
    return time.perf_counter() - began if answer.status == 200 else None


async def pages(address: str, wanted: Sequence[str]) -> Mapping[str, Seen]:
    async with chromium() as browser:
        return {path: await _seen(browser, address, path) for path in wanted}


async def _seen(browser: Browser, address: str, path: str) -> Seen:
    """In a browser that was never here."""
    context = await browser.new_context(viewport={"width": 1240, "height": 760})
    own = {"Origin": address, "Sec-Fetch-Site": "same-origin"}
    who = {"email": EMAIL, "password": PASSWORD}
    answer = await context.request.post(f"{address}/api/v1/auth/page", data=who, headers=own)
    assert answer.status == 200, await answer.text()
    page = await context.new_page()
    await page.goto(f"{address}/admin/{path}")
    try:
        return await _timed(page)
    finally:
        await context.close()


async def _timed(page: Page) -> Seen:
    first, whole = await page.evaluate(_WATCH)
    return Seen(first / 1000, whole / 1000)


async def told(url: str, folder: Path, size: Size, rounds: int = 10, wanted: Sequence[str] = PAGES) -> Told:
    async with served(url, folder, size) as (address, key):
        return Told(await reads(address, key, rounds), await pages(address, wanted))


async def main(size: Size) -> None:
    logs.configure("error", "json")
    with servers.postgresql() as postgres, tempfile.TemporaryDirectory(prefix="xyper-bench-") as folder:
        print(f"{size.tenants:,} tenants, {size.letters:,} dead letters, {size.messages:,} messages")
        for line in (await told(await postgres.database(), Path(folder), size)).lines():
            print(line)


_WATCH = """async () => {
  const there = () => document.querySelector("xy-dashboard main h1");
  const grey = () => document.querySelector("main .shapes, main .ghost, main .shape");
  const until = async (met) => { while (!met()) await new Promise(requestAnimationFrame); return performance.now(); };
  const first = await until(there);
  return [first, await until(() => !grey())];
}"""

_TENANTS = """
insert into tenants (id, name, created_at)
select 'e' || n, 'Example ' || n, now() - n * interval '1 hour' from generate_series(0, $1::int - 1) n
union all select 'load' || n, 'Load ' || n, now() from generate_series(0, 9) n
on conflict do nothing
"""

_ACCOUNTS = """
insert into accounts (tenant, adapter, account, parent, name)
select id, 'whatsapp', 'w-' || id, null, 'Number' from tenants
"""

_HEALTH = """
insert into health (tenant, adapter, account, step, place, state, detail, expires_at)
select id, 'whatsapp', 'w-' || id, 'token', 0, case when hashtext(id) % 20 = 0 then 'wrong' else 'ok' end, 'Looked at.',
  now() + (abs(hashtext(id)) % 100) * interval '1 day'
from tenants
"""

_LETTERS = """
insert into dead_letters (id, tenant, source, queue, adapter, account, reason, detail, code, direction, body, died_at)
select '01900000-0000-7000-8000-' || lpad(n::text, 12, '0'),
  case when n % 3 = 0 then 'load0' else 'e' || n % (select count(*) - 10 from tenants) end, 'route', 'out', 'whatsapp',
  'w', 'Rejected', 'No.', (array['131047', '131026', '131053', '100', '470'])[1 + n % 5], 'outbound', '\\x7b7d',
  now() - n * interval '1 minute'
from generate_series(1, $1::int) n
"""

_ALERTS = """
insert into alerts (id, tenant, topic, subject, words, began_at, ended_at)
select 'a' || n, 'e' || n % 20, 'dead', 's' || n, 'Dead letters wait.', now() - n * interval '1 minute', now()
from generate_series(1, 5000) n
"""

_AUDIT = """
insert into audit (chain, seq, tenant, at, who, action, subject, body, hash)
select 'load0', n, 'load0', now() - (20000 - n) * interval '1 minute', 'p', 'tenant.policy', 'tenant/load0',
  '{"at": "2026-11-26T00:00:00Z", "action": "tenant.policy", "subject": "tenant/load0", "tenant": "load0",
    "kind": "person", "who": "p", "name": "P", "role": "xyper_admin", "address": "", "request_id": "",
    "before": {}, "after": {}}', sha256(n::text::bytea)
from generate_series(1, 20000) n
"""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.admin", description="How quick the dashboard is.")
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--tenants", type=int, default=1000)
    parser.add_argument("--letters", type=int, default=10_000)
    given = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(Size(given.messages, given.tenants, given.letters)))
