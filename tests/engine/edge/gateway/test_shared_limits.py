"""A limit holds within 5 % under 200 clients at once, whichever of two engines they ask."""

import asyncio
import random
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack

import aiohttp
import pytest

from tests import servers
from tests.bench.stage import Engine
from tests.world import Tenant
from xyper_engine.access.caller import Caller
from xyper_engine.access.keys import ApiKeys
from xyper_engine.access.roles import Action
from xyper_engine.store.db import open_database

pytestmark = pytest.mark.real

LIMIT, WINDOW = 400, 4
CLIENTS = 200
SECONDS = 16.0
"""Four windows: what the last moments of 200 clients add or miss is a small part of it."""
TENANT = Tenant(1)
PATH = f"/api/v1/tenants/{TENANT.id}/audit?limit=1"


async def client(urls: Sequence[str], n: int, key: str, until: float, passed: list[float]) -> None:
    """Asks without a pause; when refused, soon again, whatever the answer says: all of them thrice the limit.

    Each by its own clock: a sliding window that is asked in gusts gives away what it has free between two of them.
    """
    dice = random.Random(n)
    headers = {"Authorization": f"Bearer {key}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        while time.monotonic() < until:
            async with http.get(urls[n % len(urls)] + PATH) as answer:
                assert answer.status in (200, 429), await answer.text()
                if answer.status == 200:
                    passed.append(time.monotonic())
                else:
                    await asyncio.sleep(dice.uniform(0, 2))


async def test_two_engines_200_clients(redis_server: servers.Redis, postgresql_server: servers.PostgreSQL) -> None:
    limits = {"address": "", "tenant": "", "key": f"{LIMIT}/{WINDOW} second"}
    values = {
        "database": {"url": await postgresql_server.database()},
        "cache": {"url": redis_server.url},
        "limits": limits,
    }
    engines = [Engine(values) for _ in range(2)]
    await engines[0].furnish([TENANT])
    async with open_database(engines[0].settings) as db:
        _, key = await ApiKeys(db).add(Caller.host(), "tests", [Action.audit_read], TENANT.id)
    async with AsyncExitStack() as stack:
        for engine in engines:
            await stack.enter_async_context(engine)
        passed: list[float] = []
        until = time.monotonic() + SECONDS
        urls = [engine.url for engine in engines]
        await asyncio.gather(*(client(urls, n, key, until, passed) for n in range(CLIENTS)))
    # The first window's worth at once, then as many as leave the window behind, which begins with the first call.
    expected = LIMIT + LIMIT * (until - min(passed) - WINDOW) / WINDOW
    assert 0.95 <= len(passed) / expected <= 1.05, len(passed)
    assert all(within(passed, start) <= LIMIT * 1.05 for start in passed[::20])


def within(passed: Sequence[float], start: float) -> int:
    """How many passed in the window that begins there."""
    return sum(start <= moment < start + WINDOW for moment in passed)
