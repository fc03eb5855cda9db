"""Waiting for an event, and for no longer than one is willing to."""

import asyncio


async def within(seconds: float | None, event: asyncio.Event) -> bool:
    """Whether it was set before so many seconds had passed. None: as long as it takes."""
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
