"""Ending tasks, for certain."""

import asyncio
from typing import Any

AGAIN = 3.0
"""Seconds until a task that goes on is cancelled again: longer than any of ours takes to put its things away."""


async def end(*tasks: asyncio.Task[Any]) -> None:
    """Returns once all have ended, however they did.

    One cancel may not do: `asyncio.wait_for` of Python 3.11, by which aiormq and redis-py wait, forgets a cancel that
    comes in the moment of the answer, and the task goes on for ever.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN)
