"""A page of the widget that hears live news."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientWebSocketResponse, WSMsgType, web
from aiohttp.test_utils import TestClient

from tests.engine.edge.front import Front
from tests.engine.edge.widget.stage import THREAD

LIVE = "/widget/api/v1/tenants/acme/live"
Http = TestClient[web.Request, web.Application]


class Page:
    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket

    async def hello(self, token: str, after: str | None = None, *watching: str, thread: str = THREAD) -> None:
        await self.say(type="hello", token=token, thread=thread, after=after, watching=watching)

    async def say(self, **what: object) -> None:
        await self.socket.send_json(what)

    async def frame(self, seconds: float = 10.0) -> dict[str, Any]:
        async with asyncio.timeout(seconds):
            message = await self.socket.receive()
        assert message.type is WSMsgType.TEXT, (message, self.socket.close_code)
        found: dict[str, Any] = message.json()
        return found

    async def next(self, kind: str) -> Any:
        """What the next event of this kind says; others are passed over."""
        while True:
            frame = await self.frame()
            if frame.get("kind", frame["type"]) == kind:
                return frame.get("data", frame)

    async def closed(self, seconds: float = 20.0) -> int | None:
        async with asyncio.timeout(seconds):
            while not self.socket.closed:
                await self.socket.receive()
        return self.socket.close_code


@asynccontextmanager
async def connected(front: Front, origin: str | None = None, path: str = LIVE) -> AsyncIterator[Page]:
    headers = {"Origin": front.rt.settings.public_url if origin is None else origin}
    async with front.http.ws_connect(path, headers=headers, autoclose=True) as socket:
        yield Page(socket)


@asynccontextmanager
async def watching(
    front: Front, token: str, after: str | None = None, *unsettled: str
) -> AsyncIterator[Page]:  # fmt: skip
    """A page that is ready."""
    async with connected(front) as page:
        await page.hello(token, after, *unsettled)
        ready = await page.frame()
        assert ready["type"] == "ready"
        yield page
