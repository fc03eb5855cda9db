"""Order on channels that do not keep it: a lane waits for `sent` of the message before, for a short time.

WhatsApp is such a channel: two sends in a row may reach the customer in either order (Meta, "Send messages").
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from xyper_engine.within import within

LOOK = 0.1
"""Seconds until the first look at what came to other engines; each later one comes after twice the time."""

Heard = Callable[[str, int], Awaitable[bool]]
"""Whether a receipt of this post came, to any engine."""


class SentGate:
    """Remembers the newest post of each lane until a receipt of it comes or its time is over."""

    def __init__(self) -> None:
        self._newest: dict[str, tuple[str, int]] = {}
        self._open: dict[tuple[str, int], tuple[asyncio.Event, float]] = {}

    def posted(self, lane: str, event_id: str, n: int, wait: float) -> None:
        """Called before the call is made, because a receipt may overtake the answer to it."""
        self._forget_late()
        self._newest[lane] = (event_id, n)
        self._open[(event_id, n)] = (asyncio.Event(), time.monotonic() + wait)

    def seen(self, event_id: str, n: int) -> None:
        """A receipt came to this engine: whoever waits may go on."""
        if found := self._open.get((event_id, n)):
            found[0].set()

    def withdrawn(self, lane: str) -> None:
        """The call certainly came to nothing: nobody has to wait for a receipt of it."""
        self._open.pop(self._newest.pop(lane, ("", 0)), None)

    async def wait(self, lane: str, heard: Heard) -> None:
        """Until the lane's newest post is known to be sent, or its time is over.

        Of two engines one may have a tenant's messages and the other its receipts.
        """
        key = self._newest.pop(lane, ("", 0))
        event, until = self._open.get(key, (None, 0.0))
        if event is None:
            return
        pause = LOOK
        while (left := until - time.monotonic()) > 0:
            if await within(min(pause, left), event) or await heard(*key):
                break
            pause *= 2
        self._open.pop(key, None)

    def _forget_late(self) -> None:
        """Drop what is over; posts are noted in time order, so the old ones stand in front."""
        moment = time.monotonic()
        while self._open:
            key = next(iter(self._open))
            if self._open[key][1] > moment:
                break
            del self._open[key]
        if len(self._newest) > 2 * len(self._open) + 1000:
            self._newest = {lane: key for lane, key in self._newest.items() if key in self._open}
