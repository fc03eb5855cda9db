"""Rolling restarts: two engines share a port, one leaves after the other has come, and no webhook is refused."""

import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.faults import processes
from tests.faults.conftest import Setting, Stage
from tests.flows import wire
from tests.server import free_port
from tests.servers import PostgreSQL
from tests.world import OPERATOR, Tenant, eventually

pytestmark = [pytest.mark.faults, pytest.mark.real]

TURNS = 1
SENDERS = 6


@pytest.fixture(params=["rabbitmq"])
async def broker(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Two engines need one broker and one database between them."""
    server = request.getfixturevalue("rabbitmq_server")
    return {"broker": {"url": server.url, "prefix": f"{time.time_ns()}.", "publish_timeout": 2.0}}


@dataclass
class Vendor:
    """Sends webhooks without a pause, and forgives nothing: what is not answered 200 was refused."""

    url: str
    tenant: Tenant
    sent: int = 0
    became: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    over: bool = False

    async def run(self, *, keeps: bool) -> None:
        """`keeps`: one connection for many, as a proxy does; else one for each."""
        connector = aiohttp.TCPConnector(force_close=not keeps, limit=1)
        async with aiohttp.ClientSession(connector=connector) as http:
            while not self.over:
                self.sent += 1
                await self._send(http, f"wamid.{self.sent}", f"3933300{self.sent:05d}")
                await asyncio.sleep(0.01)

    async def _send(self, http: aiohttp.ClientSession, wamid: str, sender: str) -> None:
        message = wire.text(wamid, wamid, sender=sender)
        body, began = wire.body(wire.entry(self.tenant, wire.change(self.tenant.number, [message]))), time.monotonic()
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": wire.signature(body)}
        try:
            async with http.post(f"{self.url}/hooks/whatsapp/{OPERATOR}", data=body, headers=headers) as answer:
                self.became[str(answer.status)] += 1
        except aiohttp.ClientError as error:
            self.became[f"{type(error).__name__} {error}"] += 1
        self.slowest = max(self.slowest, time.monotonic() - began)


def shared(it: Stage, name: str) -> tuple[Path, dict[str, Any], str]:
    """An engine of this installation on the same port: its folder, settings and address."""
    folder, address = it.folder / name, it.engine.url.removeprefix("http://")
    folder.mkdir(exist_ok=True)
    own = {
        "data_dir": str(folder / "var"),
        "secrets": {"key_file": str(it.folder / "var/secret.key")},
        "server": {"listen": address, "internal": f"127.0.0.1:{free_port()}", "reuse_port": True},
    }
    return folder, {**it.values, **own}, address


async def ready(inside: str) -> bool:
    """Of this very engine: at the shared port any of them answers."""
    with suppress(aiohttp.ClientError):
        async with aiohttp.ClientSession() as http, http.get(f"http://{inside}/ready") as answer:
            return answer.status == 200
    return False


@pytest.mark.timeout(400)
async def test_one_engine_after_another_and_no_webhook_is_refused(
    stage: Setting, postgresql_server: PostgreSQL
) -> None:
    async with stage(tenants=1, database={"url": await postgresql_server.database()}) as it, AsyncExitStack() as stack:
        await it.engine.stop()
        engines = [shared(it, name) for name in ("first", "second")]
        running = [await stack.enter_async_context(processes.engine(*one)) for one in engines]
        inside = [one[1]["server"]["internal"] for one in engines]
        for at in inside:
            assert await eventually(partial(ready, at), 60)
        vendor = Vendor(it.engine.url, it.tenants[0])
        senders = [asyncio.create_task(vendor.run(keeps=n % 2 == 0)) for n in range(SENDERS)]
        for _ in range(TURNS):
            for one, at in zip(running, inside, strict=True):
                await asyncio.sleep(0.5)
                await one.stop()
                assert "stopped late" not in one.tail()
                await one.spawn()
                assert await eventually(partial(ready, at), 60), one.tail()
        vendor.over = True
        await asyncio.gather(*senders)
        print(f"{vendor.sent} webhooks, {2 * TURNS} restarts: {dict(vendor.became)}, slowest {vendor.slowest:.2f} s")
        assert vendor.became == {"200": vendor.sent}
        assert vendor.sent > 100
        rows = await it.world.reached(vendor.sent, timeout=120.0)
        assert Counter(row["body"]["text"] for row in rows) == Counter(f"wamid.{n + 1}" for n in range(vendor.sent))
