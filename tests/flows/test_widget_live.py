"""Live news of a running bridge: what both vendors' webhooks bring is on the page at once, in its order and once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from tests.flows.conftest import Build
from tests.flows.widget import MARIA, ONE, Desk, at_desk

embedded = pytest.mark.parametrize("parts", ["embedded"], indirect=True)


class Page:
    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def until(self, kind: str, **expected: Any) -> dict[str, Any]:
        """The first event of this kind that says this; others are passed over."""
        async with asyncio.timeout(30):
            while True:
                frame = await self._socket.receive_json()
                data = frame.get("data") or {}
                if frame.get("kind") == kind and all(data.get(name) == value for name, value in expected.items()):
                    return dict(data)


@asynccontextmanager
async def page_of(desk: Desk) -> AsyncIterator[Page]:
    where, origin = f"{desk.bridge.url}/widget/api/v1/tenants/{ONE.id}/live", desk.bridge.engine.rt.settings.public_url
    async with desk.http.ws_connect(where, headers={"Origin": origin}) as socket:
        await socket.send_json({"type": "hello", "token": desk.token, "thread": desk.thread})
        assert (await socket.receive_json())["type"] == "ready"
        yield Page(socket)


@embedded
async def test_what_both_sides_say_and_what_becomes_of_it(build: Build) -> None:
    async with at_desk(build) as desk, page_of(desk) as page:
        await desk.bridge.world.write(ONE, MARIA, "Are you there?")
        heard = await page.until("message", direction="in")
        assert heard["parts"] == [{"type": "text", "text": "Are you there?"}]
        sent = (await desk.say("I am.")).body
        assert (await page.until("message", id=sent["id"]))["status"] == "pending"
        said = await page.until("message", key=sent["key"])
        while said["id"] == sent["id"]:
            said = await page.until("message", key=sent["key"])
        assert said["author"]["name"] == "Ines, an agent"
        read = await page.until("status", id=said["id"], status="read")
        assert list(read["status_at"]) == ["delivered", "read", "sent"]
        await desk.bridge.engine.rt.traces.flush()
        told = await desk.ask("GET", f"/messages/{said['id']}/info")
        assert {"received", "called", "ended"} <= {step["step"] for step in told.body["steps"]}
        assert told.body["far_id"].startswith("wamid.…")
        assert MARIA not in str(told.body)
