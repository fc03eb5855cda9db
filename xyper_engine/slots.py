"""Slots: at most so many at once, the others in the order they came.

What `asyncio.Semaphore` does too; but each message passes here, and where one is free it costs a subtraction.
"""

import asyncio
from collections import deque


class Slots:
    def __init__(self, most: int) -> None:
        self._free = most
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def __aenter__(self) -> None:
        if self._free:
            self._free -= 1
            return
        turn = self._loop.create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # it was given the slot, and will not use it
                self._give()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._give()

    def _give(self) -> None:
        """To who has waited longest. A slot is only free while nobody waits, so nobody overtakes."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
