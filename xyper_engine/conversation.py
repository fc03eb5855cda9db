"""A conversation, as last known: what the agent side, its window and its threads are asked about."""

from datetime import datetime

from xyper_engine.model import Contact, Endpoint
from xyper_engine.parts import Frozen


class Conversation(Frozen):
    """A customer ↔ a number ↔ the agent side's conversation, as last known."""

    id: str
    tenant: str
    customer: Endpoint
    agent: Endpoint
    contact: Contact
    began_at: datetime | None = None
    """When we first heard of it."""
    thread: str | None = None
    """The agent side's id of the conversation."""
    ended_at: datetime | None = None
    """When the agent side's conversation ended; None while it goes on, or where there is none."""
    context_version: int = 0
    """Of what is known of the conversation beside its messages; 0: nothing."""
    last_inbound_id: str | None = None
    """The customer channel's id of the customer's newest message."""
    last_inbound_at: datetime | None = None
    window_until: datetime | None = None
    """When the channel's service window closes; None: it never was open."""
    waiting: bool = False
    """True where agents' messages wait until the customer writes."""
    asked_at: datetime | None = None
    """When the customer wrote the first message that no agent has answered yet."""
