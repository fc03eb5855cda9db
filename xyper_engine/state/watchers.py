"""Who looks at which conversation just now, and how they hear at once of what happens there.

A process with watchers announces what they watch, again and again, through the cache's channel; every engine remembers
that for a while. So a message on its way asks one dictionary, and where nobody watches it pays nothing. What is told
are ids of ours and of the agent side's conversations: whoever hears of something reads it in the database, with their
own rights. News may be lost while the cache is away. Whoever watches is told that their ear is deaf, and asks instead.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Literal, NamedTuple, get_args

import orjson
import structlog

from xyper_engine.cache.port import Cache
from xyper_engine.conversation import Conversation
from xyper_engine.ending import end
from xyper_engine.model import new_id
from xyper_engine.within import within

CHANNEL = "watchers"
AGAIN = 4.0
"""Seconds between two announcements."""
REMEMBERED = 15.0
"""Seconds for which an announcement is believed."""
DEAF = 10.0
"""Seconds without an echo of our own announcements after which the channel is held to be away."""
GROUP = 500
"""Keys, or news, of one message."""

What = Literal["message", "status", "send", "changed", "conversation"]

_KINDS = frozenset(get_args(What))
_log = structlog.get_logger("xyper.watchers")


class News(NamedTuple):
    key: str
    """Our id of a conversation, or the agent side's."""
    what: What
    id: str
    """Ours, of the message or of what is sent; of a conversation "" will do."""


Hear = Callable[[News], None]
"""Called for each; it must not wait."""


class Watchers:
    def __init__(self, cache: Cache, clock: Callable[[], float] = time.monotonic) -> None:
        self._cache = cache
        self._clock = clock
        self._me = new_id()
        self._wanted: dict[str, float] = {}
        self._here: dict[str, set[Hear]] = {}
        self._news: list[News] = []
        self._work = asyncio.Event()
        self._echo = asyncio.Condition()
        self._announced = 0
        self._echoed = 0
        self._echoed_at = -DEAF
        self._next = 0.0
        self._asked = False
        """Whether the others were asked what they watch, and heard it."""

    @classmethod
    @asynccontextmanager
    async def open(cls, cache: Cache) -> AsyncIterator["Watchers"]:
        """Listening, and telling."""
        watchers = cls(cache)
        tasks = [
            asyncio.create_task(watchers._listen(), name="listener of watchers"),
            asyncio.create_task(watchers._tell(), name="teller of watchers"),
        ]
        try:
            yield watchers
        finally:
            await end(*tasks)

    # What happens on a message's way: a look into a dictionary.

    def heard(self, conversation: Conversation | None, id: str) -> None:  # noqa: A002  the model's word
        """A message was stored."""
        if conversation is not None and conversation.id in self._wanted:
            self.tell(News(conversation.id, "message", id))

    def rose(self, thread: str | None, id: str) -> None:  # noqa: A002
        """A message came further, or failed; `thread`: the agent side's conversation in which it was said."""
        if thread in self._wanted:
            self.tell(News(thread, "status", id))

    def sent(self, conversation: str, id: str) -> None:  # noqa: A002
        """What an agent sends from the widget came further, or was refused."""
        if conversation in self._wanted:
            self.tell(News(conversation, "send", id))

    def changed(self, conversation: str) -> None:
        """Something of the conversation itself is no longer as it was."""
        if conversation in self._wanted:
            self.tell(News(conversation, "conversation", ""))

    def tell(self, news: News) -> None:
        self._news.append(news)
        self._work.set()

    # Watching.

    @contextmanager
    def watching(self, keys: Iterable[str], hear: Hear) -> Iterator[None]:
        """`hear` is called with what happens there; `announced` says from when on nothing is missed."""
        keys = tuple(dict.fromkeys(keys))
        for key in keys:
            self._here.setdefault(key, set()).add(hear)
        self._soon()
        try:
            yield
        finally:
            for key in keys:
                self._here[key].discard(hear)
                if not self._here[key]:
                    del self._here[key]

    async def announced(self, seconds: float) -> bool:
        """Waits until all that is watched here was announced and came back; False: nothing does."""
        self._soon()
        wanted = self._announced + 1
        try:
            async with asyncio.timeout(seconds), self._echo:
                await self._echo.wait_for(lambda: self._echoed >= wanted)
        except TimeoutError:
            return False
        return True

    @property
    def deaf(self) -> bool:
        """Whether the channel is away: news do not come."""
        return self._clock() - self._echoed_at > DEAF

    @property
    def watched(self) -> int:
        """Keys that are watched here."""
        return len(self._here)

    def _soon(self) -> None:
        self._next = 0.0
        self._work.set()

    async def _tell(self) -> None:
        while True:
            busy = self._here or self._wanted or not self._asked
            await within(max(0.0, self._next - self._clock()) if busy else None, self._work)
            self._work.clear()
            news, self._news = self._news, []
            for some in _groups([tuple(each) for each in news]):
                await self._say(news=some)
            if self._next <= (at := self._clock()):
                self._next = at + AGAIN
                if not self._asked:
                    await self._say(ask=True)
                self._wanted = {key: until for key, until in self._wanted.items() if until > at}
                await self._announce()

    async def _announce(self) -> None:
        if not self._here:
            return
        self._announced += 1
        for some in _groups(list(self._here)):
            await self._say(watch=some)
        await self._say(echo=self._announced)

    async def _say(self, **what: object) -> None:
        await self._cache.publish(CHANNEL, orjson.dumps({"from": self._me, **what}))

    async def _listen(self) -> None:
        async for said in self._cache.listen(CHANNEL):
            try:
                await self._take(orjson.loads(said))
            except (ValueError, TypeError, KeyError, AttributeError) as error:  # of another version, or of nobody ours
                _log.warning("something unreadable was told to watchers", error=type(error).__name__)

    async def _take(self, told: dict[str, Any]) -> None:
        if told.get("ask"):
            self._asked = self._asked or told["from"] == self._me
            self._soon()
        if watch := told.get("watch"):
            self._wanted.update(dict.fromkeys(map(str, watch), self._clock() + REMEMBERED))
            self._work.set()
        for key, what, id_ in told.get("news", ()):
            if what in _KINDS:
                self._pass_on(News(str(key), what, str(id_)))
        if "echo" in told and told["from"] == self._me:
            async with self._echo:
                self._echoed, self._echoed_at = int(told["echo"]), self._clock()
                self._echo.notify_all()

    def _pass_on(self, news: News) -> None:
        for hear in tuple(self._here.get(news.key, ())):
            hear(news)


def _groups(items: Sequence[object]) -> Iterator[Sequence[object]]:
    for first in range(0, len(items), GROUP):
        yield items[first : first + GROUP]
