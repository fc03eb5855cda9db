"""The WebSocket hub: pages see every change of state as it happens.

A page that connects is told everything once, `{"hello": {topic: snapshot}}`, then each change as
`{"topic": …, "data": …}`. A page that cannot keep up is let go; it reconnects and is told everything again.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web

_BACKLOG = 1000


class Live:
    """Holds the open pages. Publishing costs nothing while none is open."""

    def __init__(self) -> None:
        self._pages: set[asyncio.Queue[str | None]] = set()
        self._snapshots: dict[str, Callable[[], Any]] = {}

    def offer(self, topic: str, snapshot: Callable[[], Any]) -> None:
        """Name a topic and how to tell a new page everything about it (a JSON value)."""
        self._snapshots[topic] = snapshot

    @property
    def watched(self) -> bool:
        """Whether any page is open: spare the making of data that nobody sees."""
        return bool(self._pages)

    def publish(self, topic: str, data: Any) -> None:
        """Tell every page. `data` is a JSON value."""
        if not self._pages:
            return
        line = json.dumps({"topic": topic, "data": data})
        for page in tuple(self._pages):
            self._put(page, line)

    def renew(self, topic: str) -> None:
        """Tell every page everything about a topic anew, as when it had just connected."""
        if self._pages:
            line = json.dumps({"hello": {topic: self._snapshots[topic]()}})
            for page in tuple(self._pages):
                self._put(page, line)

    def close(self) -> None:
        """Let every page go."""
        for page in tuple(self._pages):
            self._put(page, None)

    def _put(self, page: asyncio.Queue[str | None], line: str | None) -> None:
        if page.qsize() >= _BACKLOG:
            self._pages.discard(page)
            line = None
        page.put_nowait(line)

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """`GET /live`."""
        socket = web.WebSocketResponse(heartbeat=20.0)
        await socket.prepare(request)
        page: asyncio.Queue[str | None] = asyncio.Queue()
        page.put_nowait(json.dumps({"hello": {topic: tell() for topic, tell in self._snapshots.items()}}))
        self._pages.add(page)
        listener = asyncio.create_task(self._listen(socket, page), name="sim live listener")
        try:
            while (line := await page.get()) is not None:
                await socket.send_str(line)
        except ConnectionError:
            pass  # the page went away while it was being told something
        finally:
            self._pages.discard(page)
            listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listener
            await socket.close()
        return socket

    async def _listen(self, socket: web.WebSocketResponse, page: asyncio.Queue[str | None]) -> None:
        """Pages never speak here; this only notices that one has gone."""
        async for message in socket:
            if message.type is WSMsgType.ERROR:
                break
        page.put_nowait(None)
