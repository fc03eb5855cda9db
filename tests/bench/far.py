"""The far side: as little of Genesys Cloud as can take a message. It counts, and remembers when each arrived.

Any POST is an inbound message, save `/oauth/token`; whatever else is asked is answered with a conversation that goes
on, and not counted. With `hang` as argument it takes everything and answers nothing.
"""

import asyncio
import re
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any

from tests.bench.helper import obey, run

_ID = re.compile(rb'"messageId":"([^"]+)"')
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_TOKEN = b'{"access_token":"bench","token_type":"bearer","expires_in":86400}'
_GOES_ON = b'{"participants":[]}'
_LIMITS = b"inin-ratelimit-count: 1\r\ninin-ratelimit-allowed: %d\r\ninin-ratelimit-reset: 60\r\n"


class Far:
    """What arrived since the last `begin`."""

    def __init__(self, allowed: int) -> None:
        self._limits = _LIMITS % allowed
        self._ids = count(1)
        self._grew = asyncio.Event()
        self.begin()

    def begin(self) -> None:
        self.at: list[tuple[bytes, float]] = []

    def answer(self, head: bytes, body: bytes) -> bytes:
        if b"/oauth/token" in head[:64]:
            return _response(_TOKEN)
        if not head.startswith(b"POST "):
            return _response(_GOES_ON, self._limits)
        found = _ID.search(body)
        self.at.append((found[1] if found else b"", time.monotonic()))
        self._grew.set()
        said = b'{"id":"%032x","conversationId":"9f3b2c1d-0000-4000-8000-000000000001","type":"Text"}' % next(self._ids)
        return _response(said, self._limits)

    async def until(self, there: Callable[[], bool], timeout: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while not there():
                    self._grew.clear()
                    await self._grew.wait()

    async def handle(self, command: dict[str, Any]) -> dict[str, Any]:
        """`begin` anew; or tell when each of `names` arrived; or what arrived, once it is `wanted` messages.

        `most` is when nine of ten had arrived.
        """
        if command.get("begin"):
            self.begin()
            return {}
        if names := command.get("names"):
            await self.until(lambda: len(self.at) >= len(names) and self._missing(names) == 0, command["timeout"])
            return {"at": {name.decode(): at for name, at in self.at}}
        await self.until(lambda: len(self.at) >= command["wanted"], command["timeout"])
        moments = [at for _, at in self.at] or [0.0]
        different = len({name for name, _ in self.at})
        most = moments[len(moments) * 9 // 10]
        return {"count": len(self.at), "different": different, "first": moments[0], "most": most, "last": moments[-1]}

    def _missing(self, names: list[str]) -> int:
        return len({name.encode() for name in names} - {name for name, _ in self.at})


def _response(body: bytes, more: bytes = b"") -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n"
    return head % (more, len(body)) + body


class Protocol(asyncio.Protocol):
    def __init__(self, far: Far, *, hangs: bool) -> None:
        self._far = far
        self._hangs = hangs
        self._rest = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._rest += data
        while not self._hangs and (end := self._rest.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self._rest, 0, end + 2)
            stop = end + 4 + (int(length[1]) if length else 0)
            if len(self._rest) < stop:
                return
            head, body, self._rest = self._rest[:end], self._rest[end + 4 : stop], self._rest[stop:]
            self._transport.write(self._far.answer(head, body))


async def main(hangs: bool, allowed: int) -> None:
    loop = asyncio.get_running_loop()
    far = Far(allowed)
    server = await loop.create_server(lambda: Protocol(far, hangs=hangs), "127.0.0.1", 0, backlog=1024)
    try:
        await obey(far.handle, port=server.sockets[0].getsockname()[1])
    finally:
        server.close()


if __name__ == "__main__":
    run(main("hang" in sys.argv, int(next((word for word in sys.argv[1:] if word.isdecimal()), "100000000"))))
