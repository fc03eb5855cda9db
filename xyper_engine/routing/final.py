"""The last word on a message, for whoever sent it."""

from xyper_engine.model import Receipt, Status
from xyper_engine.state.receipts import Progress


def final(event: Receipt, progress: Progress, ended: Status) -> Receipt:
    """The one receipt that tells the agent's side how its message ended; the ledger sees to the "one"."""
    return event.model_copy(
        update={
            "about": progress.external_id,
            "contact": progress.contact,
            "external_id": f"final:{progress.external_id}",
            "final": True,
            "reason": progress.reason if ended is Status.failed else None,
            "status": ended,
            "thread": progress.thread,
            "to": progress.origin,
        }
    )
