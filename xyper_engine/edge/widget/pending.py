"""What was sent from the widget and is no message yet, or never became one, as bubbles like all others."""

from typing import Any

from xyper_engine.edge.widget import telling
from xyper_engine.edge.widget.telling import AuthorTold, BubbleTold, FailureTold
from xyper_engine.ids import made_at
from xyper_engine.state.send import Send, State

_STATUS: dict[State, telling.Status] = {
    "waiting": "waiting", "new": "pending", "posting": "pending", "posted": "pending", "paired": "pending",
    "refused": "failed", "unknown": "unknown", "withdrawn": "failed",
}  # fmt: skip


def pending(send: Send, author: AuthorTold, parts: tuple[dict[str, Any], ...]) -> BubbleTold:
    status = _STATUS[send.state]
    failure = FailureTold(code=send.code, words=send.words, next="retry") if status in ("failed", "unknown") else None
    return BubbleTold(
        id=send.id,
        direction="out",
        at=made_at(send.id),
        author=author,
        thread=send.thread,
        parts=parts,
        quote=None,
        reactions=(),
        status=status,
        status_at={},
        failure=failure,
        forwarded=None,
        edited=False,
        deleted=False,
        key=send.key,
    )
