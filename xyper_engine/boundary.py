"""The boundaries between the phases of a message, where a process may die: `crossed("posted")` stands at each.

Nothing happens there, save in tests that end the process at one for certain, instead of by luck. They start it with
`XYPER_DIE_AT=posted`, which is read here and nowhere else: at the first crossing the process kills itself, as if by
SIGKILL. `posted:5` does so at the fifth crossing, `posted:5:stop` freezes it instead, until somebody continues it.
"""

import asyncio
import os
import signal
from collections.abc import Callable
from functools import partial
from typing import Final, Literal

Boundary = Literal[
    "verified",  # a webhook is genuine; nothing of it is stored
    "stored",  # … it is durable, and not answered
    "answered",  # … it is answered
    "taken",  # an event is the head of its lane
    "found",  # … it is known what was done with it before, and where it goes
    "prepared",  # … files are here, transformers have been through
    "claimed",  # … a payload is noted as being sent
    "posted",  # … the far side took it
    "unclear",  # … or nobody knows whether it did
    "noted",  # … and that is written down
    "buried",  # … or it is a dead letter
    "settled",  # … the broker may forget it
    "applied",  # what a receipt says is written down
    "fed",  # what waited in the spool is in RabbitMQ, and still in the spool
]


def _ends(at: str) -> Callable[[Boundary], None]:
    name, number, how = (*at.split(":"), "", "")[:3]
    left = int(number or 1)

    def crossed(boundary: Boundary) -> None:
        nonlocal left
        if boundary == name:
            left -= 1
            if left == 0:
                end = partial(os.kill, os.getpid(), signal.SIGSTOP if how == "stop" else signal.SIGKILL)
                # What is written to a connection leaves the process at the end of the loop's turn.
                asyncio.get_running_loop().call_later(0.001, end) if boundary == "answered" else end()

    return crossed


def _goes_on(_boundary: Boundary) -> None:
    """As always."""


crossed: Final[Callable[[Boundary], None]] = _ends(at) if (at := os.environ.get("XYPER_DIE_AT", "")) else _goes_on
