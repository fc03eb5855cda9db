"""What happened to a message, step by step, by any of its ids."""

from datetime import datetime
from typing import Any

from xyper_engine.access.roles import Action
from xyper_engine.edge.api.tenants import ONE
from xyper_engine.edge.hiding import hidden_facts
from xyper_engine.edge.paging import Page, cursor
from xyper_engine.edge.route import Call, Route, Told
from xyper_engine.errors import NotFound
from xyper_engine.runtime import Runtime
from xyper_engine.state.timeline import Timeline, of_conversation, timelines

_TRACE, _CONVERSATION = f"{ONE}/trace/{{id}}", f"{ONE}/conversations/{{id}}/trace"


class StepTold(Told):
    at: datetime
    event: str
    """Our id of the message, or of the receipt that speaks of it."""
    what: str
    """E.g. `received`, `stored`, `taken`, `transformer`, `called`, `status`, `ended`."""
    facts: dict[str, Any]
    """`ms` is how long it took; a body is told by its shape, never what people wrote. Of a `far_id` that has a
    telephone number within it the end is told."""


class TimelineTold(Told):
    id: str
    """Ours, of the message."""
    conversation: str | None
    outcome: str | None
    """`delivered`, `filtered` or `dead`; null: it is still under way."""
    steps: tuple[StepTold, ...]
    """In the order in which they happened."""


class TracePage(Told):
    messages: tuple[TimelineTold, ...]
    """The newest first."""
    next: str | None


class TracesApi:
    def __init__(self, rt: Runtime) -> None:
        self._db = rt.db

    def routes(self) -> tuple[Route, ...]:
        may = Action.traces_read
        return (
            Route("GET", _TRACE, may, self.trace, "What happened to a message; `id` is ours or either vendor's.",
                  answer=TimelineTold),
            Route("GET", _CONVERSATION, may, self.conversation, "What happened to the messages of a conversation.",
                  query=Page, answer=TracePage),
        )  # fmt: skip

    async def trace(self, call: Call) -> TimelineTold:
        async with self._db.tenant(call.tenant) as connection:
            found = await timelines(connection, call.path("id"), call.tenant)
        if not found:
            raise NotFound(
                f"Tenant {call.tenant} has no trace of {call.path('id')}: it was not taken from its queue yet, or its "
                "`trace_days` are over."
            )
        return _told(found[-1])

    async def conversation(self, call: Call) -> TracePage:
        after = call.query.after(str)
        before = str(after[0]) if after else None
        async with self._db.tenant(call.tenant) as connection:
            found, goes_on = await of_conversation(connection, call.path("id"), call.tenant, before, call.query.limit)
        return TracePage(messages=tuple(map(_told, found)), next=cursor(goes_on) if goes_on else None)


def _told(line: Timeline) -> TimelineTold:
    steps = tuple(
        StepTold(at=one.at, event=one.event, what=one.what, facts=hidden_facts(one.facts)) for one in line.steps
    )
    return TimelineTold(id=line.id, conversation=line.conversation, outcome=line.outcome, steps=steps)
