"""Pauses between tries to reach what is away."""

import asyncio
import random

FIRST, MOST = 0.1, 5.0
"""Seconds between tries: the first pause and the longest; doubling, with jitter."""


class Backoff:
    """Pauses that double, each between half and all of its length."""

    def __init__(self) -> None:
        self._next = FIRST

    def reset(self) -> None:
        self._next = FIRST

    async def pause(self) -> None:
        length, self._next = self._next, min(MOST, self._next * 2)
        await asyncio.sleep(length * random.uniform(0.5, 1.0))
