"""The canary: it flies both ways by the public door, its loss is noticed, and nothing else is touched by it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.conftest import Configure
from tests.directory import add_tenant
from tests.engine.tenants.world import acme
from tests.world import eventually
from xyper_engine.engine import Engine, opened
from xyper_engine.errors import SettingsError
from xyper_engine.model import CANARY
from xyper_engine.sealing import Sealer
from xyper_engine.tenants.registry import Directory

SETTINGS: dict[str, Any] = {
    "canary": {"enabled": True, "interval": 0.2, "patience": 5.0}, "plugins": {"sim": {"canary": True}},
}  # fmt: skip


@pytest.fixture
async def engine(configure: Configure) -> AsyncIterator[Engine]:
    async with opened(configure(SETTINGS)) as one:
        yield one


async def seen(engine: Engine) -> dict[str, Any]:
    async with aiohttp.ClientSession() as http, http.get(f"http://{engine.internal}/health") as answer:
        found: dict[str, Any] = (await answer.json())["canary"]
        return found


async def flown(engine: Engine, times: int) -> dict[str, Any]:
    async def there() -> bool:
        return int((await seen(engine))["sent"]) >= times

    assert await eventually(there)
    return await seen(engine)


async def test_its_first_flight_waits_for_no_notice(configure: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
    hear = Directory._hear

    def late(directory: Directory, notice: str) -> None:
        asyncio.get_running_loop().call_later(0.5, hear, directory, notice)

    monkeypatch.setattr(Directory, "_hear", late)
    async with opened(configure(SETTINGS)) as engine:
        assert (await flown(engine, 1))["lost"] == 0


async def test_it_flies_there_and_back_and_touches_nothing_else(engine: Engine) -> None:
    rt = engine.rt
    await add_tenant(rt.db, Sealer.from_settings(rt.settings), acme())
    told = await flown(engine, 3)
    assert (told["lost"], told["failing"]) == (0, False)
    assert 0 < told["inbound"] < 5
    assert 0 < told["outbound"] < 5
    text = rt.metrics.text().decode()
    for direction in ("inbound", "outbound"):
        assert f'xyper_canary_total{{became="arrived",direction="{direction}"}}' in text
    for table in ("messages", "ledger", "contacts", "conversations", "posts"):
        rows = await rt.db.fetch(f"select distinct tenant from {table}")
        assert [row["tenant"] for row in rows] == [CANARY], table
    await rt.statistics.flush()
    counted = await rt.db.fetch("select tablename from pg_tables where tablename like 'stat%'")
    assert counted
    for row in counted:
        assert await rt.db.fetchval(f"select count(*) from {row['tablename']}") == 0, row


async def test_its_loss_is_told_and_so_is_that_it_flies_again(configure: Configure) -> None:
    hasty = {**SETTINGS, "canary": {"enabled": True, "interval": 0.2, "patience": 1.0}}
    async with opened(configure(hasty)) as engine:
        await flown(engine, 1)
        await engine.rt.db.execute("update tenants set state = 'suspended' where id = $1", CANARY)

        async def lost() -> bool:
            return bool((await seen(engine))["failing"])

        async def flies() -> bool:
            return not (await seen(engine))["failing"]

        assert await eventually(lost)
        assert 'became="lost"' in engine.rt.metrics.text().decode()
        await engine.rt.db.execute("update tenants set state = 'active' where id = $1", CANARY)
        assert await eventually(flies)


async def test_without_the_loop_it_says_what_to_set(configure: Configure) -> None:
    with pytest.raises(SettingsError, match=r"\[plugins.sim\] canary = true"):
        async with opened(configure({"canary": {"enabled": True}})):
            pass
