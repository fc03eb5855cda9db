"""A scripted HTTP server: what an adapter's `post` talks to in a test."""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web
from multidict import CIMultiDict


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that reached a `FarSide`."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a `FarSide` says: after `delay` seconds, or, with `abort`, by resetting the connection."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    abort: bool = False


class FarSide:
    """A scripted HTTP server on a free port: `async with FarSide() as far`.

    Each route gives its answers in turn and then repeats the last one; a request to any other route is answered 404.
    """

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[Seen] = []
        self._answers: defaultdict[tuple[str, str], deque[Answer]] = defaultdict(deque)
        self._changed = asyncio.Condition()
        self._runner: web.ServerRunner | None = None

    def answer(
        self,
        method: str,
        path: str,
        status: int = 200,
        *,
        json: object = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        delay: float = 0.0,
        abort: bool = False,
    ) -> None:
        """Queue one answer. `json` is encoded and labelled so; `body` is sent as it is."""
        content, extra = (body, {}) if body is not None else _encoded(json)
        self._answers[method, path].append(Answer(status, content, {**extra, **(headers or {})}, delay, abort))

    async def received(self, count: int, *, within: float = 5.0) -> Sequence[Seen]:
        """All requests, once there are `count`. Raises `TimeoutError` after `within` seconds."""
        async with asyncio.timeout(within), self._changed:
            await self._changed.wait_for(lambda: len(self.requests) >= count)
        return self.requests

    async def __aenter__(self) -> Self:
        self._runner = web.ServerRunner(web.Server(self._handle, handler_cancellation=True), shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        seen = Seen(request.method, request.path, dict(request.query), CIMultiDict(request.headers), body)
        async with self._changed:
            self.requests.append(seen)
            self._changed.notify_all()
        answers = self._answers.get((request.method, request.path))
        if not answers:
            return web.Response(status=404, text=f"{request.method} {request.path} has no answer in this test")
        return await _say(answers.popleft() if len(answers) > 1 else answers[0], request)


def _encoded(content: object) -> tuple[bytes, dict[str, str]]:
    return (b"", {}) if content is None else (json.dumps(content).encode(), {"Content-Type": "application/json"})


async def _say(answer: Answer, request: web.BaseRequest) -> web.Response:
    await asyncio.sleep(answer.delay)
    if answer.abort and request.transport is not None:
        request.transport.abort()
    return web.Response(status=answer.status, body=answer.body, headers=answer.headers)
