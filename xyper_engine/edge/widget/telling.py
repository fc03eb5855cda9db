"""Bubbles as the widget is told them: one shape for what is read, searched, sent and heard live."""

from datetime import datetime
from typing import Any, Literal

from xyper_engine.edge.route import Told

Status = Literal[
    "waiting", "pending", "sent", "delivered", "read", "played", "failed", "unknown",
]  # fmt: skip


class AuthorTold(Told):
    kind: Literal["customer", "agent", "bot"]
    id: str | None
    """Ours, of somebody who wrote it here; of those who write in the agent side's own window no name is told to us."""
    name: str | None


class QuoteTold(Told):
    """What a message answers."""

    id: str
    direction: Literal["in", "out"]
    author: AuthorTold
    kind: str
    """`text`, `image`, `voice`, `location`, …"""
    text: str
    """The beginning of its words."""
    image: str | None
    """Where a small picture of it can be fetched for a while."""


class ReactionTold(Told):
    emoji: str
    direction: Literal["in", "out"]
    author: AuthorTold
    at: datetime


class FailureTold(Told):
    code: str
    words: str
    next: Literal["template", "retry"] | None
    """What may help: a template, since the window is closed, or the same once more."""


class BubbleTold(Told):
    id: str
    direction: Literal["in", "out"]
    """`in`: from the customer."""
    at: datetime
    author: AuthorTold
    thread: str | None
    """The agent side's conversation that it was said in."""
    parts: tuple[dict[str, Any], ...]
    """As in the messages of the administration's API. A file has `url`, good for a while, and `state`: `stored`,
    `coming`, `gone`, `infected`; as far as they are known `width`, `height`, `duration`, `peaks` and `pages`. A notice
    has `words`, a template `shown`. Of what was deleted there are none."""
    quote: QuoteTold | None
    reactions: tuple[ReactionTold, ...]
    status: Status | None
    """Of what was said to the customer."""
    status_at: dict[str, datetime]
    failure: FailureTold | None
    forwarded: Literal["once", "often"] | None
    edited: bool
    deleted: bool
    key: str | None
    """The `Idempotency-Key` that it was sent with, where it was sent from here."""


class StretchTold(Told):
    messages: tuple[BubbleTold, ...]
    """Oldest first."""
    older: str | None
    """`before` of the messages before these; null: there are none."""
    newer: str | None
    """`after` of the messages after these; null: there were none."""
