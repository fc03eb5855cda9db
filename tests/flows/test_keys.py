"""Keys under traffic: the master key changes online, and a tenant's data key is destroyed for good."""

import asyncio
import base64
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.conftest import Configure
from tests.flows.conftest import Bridge, Build
from tests.flows.opener import opened as all_opened
from tests.flows.traffic import CUSTOMER, Traffic
from tests.world import Tenant, World, far_sides, furnish, simulated, world_of
from xyper_engine.engine import Engine, opened
from xyper_engine.keyring import drop_old_wraps, rewrap, shred
from xyper_engine.model import Endpoint, now
from xyper_engine.routing.locksmith import tend
from xyper_engine.sealing import Sealer
from xyper_engine.state.dead_letters import DeadLetter

OLD, NEW = bytes(range(32)), bytes(reversed(range(32)))
WORD = "confidential-word"


@asynccontextmanager
async def engine(configure: Configure, world: World, traffic: Traffic | None, *keys: bytes) -> AsyncIterator[Engine]:
    """One after the other on the same data, each with other master keys; `traffic` waits until the next one is up."""
    written = [base64.b64encode(key).decode() for key in keys]
    async with opened(configure({"secrets": {"keys": written}, "plugins": far_sides(world.url)})) as started:
        if traffic is None:
            await furnish(started.rt, [Tenant(1)])
        await world.connect([Tenant(1)], f"http://{started.address}")
        yield started


async def test_the_master_key_changes_online(configure: Configure) -> None:
    """Engines are restarted one after another; none of them, old or new, is ever without what it needs."""
    async with world_of(simulated([Tenant(1)], cloud={"rate": 0}, graph={"limits": False})) as world:
        async with engine(configure, world, None, OLD) as old:
            traffic = Traffic(world, Tenant(1))
            await traffic.flow()
            assert await rewrap(old.rt.db, Sealer([NEW, OLD])) == 2, "by another engine, which was restarted first"
            old.rt.directory.expire()
            await traffic.flow()
            await traffic.pause()
        async with engine(configure, world, traffic, NEW, OLD) as both:
            traffic.go_on()
            await traffic.flow()
            await tend(both.rt)
            assert await drop_old_wraps(both.rt.db, Sealer([NEW, OLD])) == 2
            both.rt.directory.expire()
            await traffic.flow()
            await traffic.pause()
        async with engine(configure, world, traffic, NEW) as new:
            traffic.go_on()
            await traffic.flow()
            await traffic.end()
            assert await new.rt.dead_letters.list() == []
            texts = await all_opened(new.rt, Tenant(1).id)
            assert sum('"question 1"' in text for text in texts) == 1, "what the first engine sealed opens"
            await world.hush()


async def test_nothing_of_a_tenant_opens_once_its_key_is_destroyed(build: Build) -> None:
    async with build(tenants=2) as bridge:
        one, two = bridge.tenants
        for tenant in (one, two):
            await _fill(bridge, tenant)
        rt = bridge.engine.rt
        before = await all_opened(rt, one.id)
        assert sum(WORD in text for text in before) == 4, "two messages, one that waits, a dead letter"
        assert {"token-1", "secret-1", one.webhook_secret} < set(before)
        async with _another(bridge, one) as other:
            assert sorted(await _said(other)) == sorted(before)
            heard = rt.directory.changes()
            await anext(heard)
            async with rt.db.transaction() as connection:
                await shred(connection, one.id)
            await anext(heard)
            assert await all_opened(rt, one.id) == []
            assert await _said(other) == []
        assert sum(WORD in text for text in await all_opened(rt, two.id)) == 4


async def _fill(bridge: Bridge, tenant: Tenant) -> None:
    """One of each: what a customer wrote, an agent's answer, one that waits, one that died."""
    rt, world = bridge.engine.rt, bridge.world
    wamid = await world.write(tenant, CUSTOMER, f"{WORD} of {tenant.id}")
    await world.reached(tenant.n)
    conversation = await world.conversation(tenant, CUSTOMER)
    await world.say(conversation["id"], f"{WORD} for {tenant.id}")
    await world.sent(tenant.n)
    number = Endpoint(adapter="whatsapp", account=tenant.number)
    message = await rt.messages.find(number, wamid)
    assert message is not None
    await rt.waiting.hold(message, number, "tel:+1")
    letter = DeadLetter(
        f"dead-{tenant.n}", tenant.id, "route", "q", None, None, None, None, "r", "", WORD.encode(), now()
    )
    await rt.dead_letters.bury(letter)


@asynccontextmanager
async def _another(bridge: Bridge, tenant: Tenant) -> AsyncIterator[asyncio.subprocess.Process]:
    settings = bridge.engine.rt.settings
    overrides: dict[str, Any] = {
        "data_dir": str(settings.data_dir),
        "database": {"url": settings.database.url.get_secret_value()},
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.flows.opener", json.dumps(overrides), tenant.id, stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2], limit=1_000_000,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        await process.communicate()


async def _said(process: asyncio.subprocess.Process) -> list[str]:
    assert process.stdout is not None
    async with asyncio.timeout(30):
        while line := await process.stdout.readline():
            if b" " not in line:  # not a line of its log
                return list(json.loads(base64.b64decode(line)))
    raise AssertionError("the other process ended")
