"""Who takes part in a conversation of the agent side."""

from datetime import datetime

from xyper_engine.parts import Frozen


class Participant(Frozen):
    """Somebody in a conversation of the agent side, by ids only: names are the vendor's to tell."""

    id: str
    purpose: str
    """The agent side's word: `customer`, `agent`, `acd`, `workflow`, …"""
    user: str | None = None
    """Whose account at the agent side, where it is a person's."""
    began_at: datetime | None = None
    ended_at: datetime | None = None
