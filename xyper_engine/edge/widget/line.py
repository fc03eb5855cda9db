"""One line to one page: what it missed first, then what happens, each thing read when it is told.

A page that reads more slowly than things happen is told to load all anew, and one that does not read at all is cut off.
Every few seconds the line looks for itself: whether it may still stand, and what nobody told it.
"""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import orjson
from aiohttp import WSCloseCode, WSMsgType, web

from xyper_engine.edge.widget.happenings import Event, Happenings, plain
from xyper_engine.edge.widget.opening import Opened, seen
from xyper_engine.edge.widget.typist import Typist
from xyper_engine.ending import end
from xyper_engine.errors import Forbidden, NotFound, Unauthenticated, Unavailable
from xyper_engine.model import now
from xyper_engine.runtime import Runtime
from xyper_engine.state.watchers import News

ROOM = 200
"""News that wait for a slow page; beyond them it is told to load anew."""
SLOW = 20.0
"""Seconds for a page to take one frame."""
LOOK = 30.0
"""Seconds between two looks of the line's own into the database."""
BREATH = 5.0
"""Seconds between two looks at what costs nothing: whether the session stands, and news still come."""
SOON = 0.5
"""Seconds after a message until its conversation was surely noted: whether the window opened."""
FIRST = 1.0
"""The same after the beginning, for what fell between two engines' hearing of each other."""
ECHO = 3.0
"""Seconds for an announcement to come back."""
TALKATIVE = 120
"""Messages of a page's between two looks."""
KNOWN = 500
"""Messages whose state is remembered as it was told."""
_FINAL = frozenset({"read", "played", "failed", None})


class Closed(Exception):
    """The line ends, for this reason."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code
        self.why = why.encode()


class Line:
    def __init__(
        self,
        rt: Runtime,
        happenings: Happenings,
        socket: web.WebSocketResponse,
        one: Opened,
        token: str,
        language: str | None,
        typist: Typist,
    ) -> None:
        self._rt = rt
        self._happenings = happenings
        self._socket = socket
        self._one = one
        self._token = token
        self._language = language
        self._typist = typist
        self._news: asyncio.Queue[News] = asyncio.Queue(ROOM)
        self._missed = False
        """Whether there was no room."""
        self._cursor: str | None = None
        self._known: dict[str, tuple[Any, ...]] = {}
        """The state of messages, as it was told."""
        self._told: dict[str, Any] = {}
        """Of the conversation: what was told last, by kind."""
        self._look_at = 0.0
        self._heard = 0

    async def run(self, after: str | None, watching: Sequence[str]) -> None:
        """Until either side ends it. Raises `Closed`."""
        threads = await self._rt.threads.of(self._one.tenant, self._one.conversation.id, 50)
        keys = (self._one.conversation.id, self._one.thread, *(each.thread for each in threads))
        with self._rt.watchers.watching(keys, self._hear):
            if not await self._rt.watchers.announced(ECHO):
                raise Closed(WSCloseCode.TRY_AGAIN_LATER, "away")
            async with asyncio.TaskGroup() as both:
                telling = both.create_task(self._tell(after, watching), name="live line")
                await self._listen()
                await end(telling)

    def _hear(self, news: News) -> None:
        try:
            self._news.put_nowait(news)
        except asyncio.QueueFull:
            self._missed = True

    async def _listen(self) -> None:
        """What the page says: a renewed token, or that its reader types, and nothing else that counts."""
        async for message in self._socket:
            self._heard += 1
            if message.type is not WSMsgType.TEXT or self._heard > TALKATIVE:
                await self._socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"unexpected")
                return
            with suppress(orjson.JSONDecodeError):
                self._take(orjson.loads(message.data))

    def _take(self, said: Any) -> None:
        match said:
            case {"type": "token", "token": str(token)}:
                self._token, self._look_at = token, 0.0
                self._hear(News("", "conversation", ""))
            case {"type": "typing"}:
                self._typist.types(self._one)

    async def _tell(self, after: str | None, watching: Sequence[str]) -> None:
        try:
            await self._begin(after, watching)
            while True:
                await self._next()
        except Closed as closed:
            await self._socket.close(code=closed.code, message=closed.why)
        except (Unavailable, NotFound) as error:
            code = 4404 if isinstance(error, NotFound) else WSCloseCode.TRY_AGAIN_LATER
            await self._socket.close(code=code, message=b"away")
        except ConnectionError:
            return  # the page has left

    async def _begin(self, after: str | None, watching: Sequence[str]) -> None:
        self._cursor = await self._happenings.cursor(self._one)
        missed = await self._happenings.since(self._one, after, watching, self._language)
        await self._send({"type": "ready", "now": now(), "cursor": self._cursor})
        if missed.whole:
            await self._say(missed.events)
        else:
            await self._send({"type": "resync"})
        await self._say(await self._happenings.conversation(self._one))
        self._look_at = self._clock() + FIRST

    async def _next(self) -> None:
        news = await self._waited()
        if self._missed:
            self._missed = False
            self._cursor = await self._happenings.cursor(self._one)
            await self._send({"type": "resync"})
        elif news:
            await self._say(await self._happenings.of(self._one, news, self._language))
            soon = any(each.what in ("message", "conversation") for each in news)
            self._look_at = min(self._look_at, self._clock() + SOON) if soon else self._look_at
        await self._check()
        if self._look_at <= self._clock():
            await self._look()

    async def _waited(self) -> list[News]:
        """What there is, once there is something; nothing where it is time to look."""
        found: list[News] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(min(BREATH, max(0.0, self._look_at - self._clock()))):
                found.append(await self._news.get())
        while not self._news.empty():
            found.append(self._news.get_nowait())
        return found

    async def _check(self) -> None:
        """Whether it may go on. Raises `Closed`."""
        if self._rt.watchers.deaf:
            raise Closed(WSCloseCode.TRY_AGAIN_LATER, "away")
        before = self._one.caller
        try:
            caller = await self._rt.access.prove(self._token)
        except Unauthenticated:
            raise Closed(4401, "token") from None
        if (caller.id, caller.session) != (before.id, before.session):
            raise Closed(4401, "token")
        self._one = replace(self._one, caller=caller)

    async def _look(self) -> None:
        """What it was not told. Raises `Closed`."""
        self._look_at, self._heard = self._clock() + LOOK, 0
        try:
            self._one = await seen(self._rt, self._one.tenant, self._one.thread, self._one.caller)
        except Forbidden:
            raise Closed(4403, "not allowed") from None
        cursor = await self._happenings.cursor(self._one)
        unsettled = [id_ for id_, (status, *_) in self._known.items() if status not in _FINAL]
        missed = await self._happenings.since(self._one, self._cursor, unsettled[-ROOM:], self._language)
        if missed.whole:
            await self._say(missed.events)
        else:
            await self._send({"type": "resync"})
        self._cursor = max(filter(None, (cursor, self._cursor)), default=None)
        await self._say(await self._happenings.conversation(self._one))

    async def _say(self, events: Iterable[Event]) -> None:
        for event in events:
            data = plain(event.data)
            if self._is_news(event, data):
                self._cursor = max(filter(None, (event.id, self._cursor)), default=None)
                await self._send({"type": "event", "id": self._cursor, "kind": event.kind, "data": data})

    def _is_news(self, event: Event, data: Any) -> bool:
        """Nothing is told twice that has not changed."""
        if event.kind in ("window", "conversation"):
            before, self._told[event.kind] = self._told.get(event.kind), data
            return bool(before != data)
        if event.kind not in ("message", "changed", "status"):
            return True
        state = (data["status"], data["status_at"], data["failure"])
        before = self._known.pop(data["id"], None)
        self._known[data["id"]] = state
        if len(self._known) > KNOWN:
            del self._known[next(iter(self._known))]
        return event.kind == "changed" or before != state

    async def _send(self, frame: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(SLOW):
                await self._socket.send_str(orjson.dumps(frame, option=orjson.OPT_UTC_Z).decode())
        except TimeoutError:
            raise Closed(WSCloseCode.POLICY_VIOLATION, "too slow") from None

    @staticmethod
    def _clock() -> float:
        return asyncio.get_running_loop().time()
