"""Which queues there are, in one place.

Every tenant has three, so that an outage, a flood or a rate limit of one can be paused, measured and drained without
touching another, and so that receipts never delay messages. Two more serve all tenants: what could not be read, and
what the broker gave up on.
"""

from typing import Literal

from xyper_engine.model import AnyEvent, Direction, Message

UNPARSED = "unparsed"
"""Items of webhooks that no adapter could read, or whose account no tenant owns; raw."""

DEAD = "dead"
"""Where the broker itself puts a message that was delivered too often: most likely it kills the process."""

SHARED = (UNPARSED, DEAD)

DELIVERY_LIMIT = 50
"""Deliveries of one message before the broker moves it to `dead`."""


def inbound(tenant: str) -> str:
    return f"in.{tenant}"


def outbound(tenant: str) -> str:
    return f"out.{tenant}"


def messages(tenant: str, direction: Direction) -> str:
    return inbound(tenant) if direction is Direction.inbound else outbound(tenant)


def signals(tenant: str) -> str:
    """Receipts and typing, both ways."""
    return f"signals.{tenant}"


def of_tenant(tenant: str) -> tuple[str, str, str]:
    return inbound(tenant), outbound(tenant), signals(tenant)


def direction_of(queue: str) -> Direction | Literal[""]:
    """Of the messages in a queue; "" where there are both, or none."""
    kind = queue.partition(".")[0]
    return {"in": Direction.inbound, "out": Direction.outbound}.get(kind, "")


def queue_of(event: AnyEvent, tenant: str = "") -> str:
    """`tenant` where the event does not name it yet."""
    owner = tenant or event.tenant
    if not isinstance(event, Message):
        return signals(owner)
    return messages(owner, event.direction)
