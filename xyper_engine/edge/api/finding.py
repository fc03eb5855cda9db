"""Looking for messages by anything that names them; what is looked for stands in bodies, never in addresses.

WhatsApp's ids hold the customer's telephone number, and addresses are kept by the logs of proxies.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

from pydantic import Field

from xyper_engine.access import audit
from xyper_engine.access.roles import Action
from xyper_engine.dead_office import readable
from xyper_engine.edge.api.messages import Messages, MessageTold, message_told
from xyper_engine.edge.paging import cursor
from xyper_engine.edge.route import Call, Given, Route, Told
from xyper_engine.errors import NotFound
from xyper_engine.model import Message, dump
from xyper_engine.runtime import Runtime
from xyper_engine.state.finding import Finding
from xyper_engine.state.persons import Persons
from xyper_engine.state.tracking import Tracked, Tracking, Wanted

_EVERY, _OWN = "/api/v1/messages/search", "/api/v1/tenants/{tenant}/messages/search"
_PAYLOAD = "/api/v1/tenants/{tenant}/messages/{id}/payload"

Meaning = Literal["message", "conversation", "person"]


class Name(Given):
    name: str = Field(min_length=1, max_length=300)
    """An id of a message or a conversation, ours or either vendor's."""


class Search(Messages):
    name: str | None = Field(None, min_length=1, max_length=300)
    """Whatever one has: an id of a message or a conversation, ours or either vendor's, a phone number with its country
    code, a user id, a user name."""


class ThingTold(Told):
    what: Literal["message", "conversation"]
    tenant: str
    id: str
    """Ours."""


class ThingsTold(Told):
    found: tuple[ThingTold, ...]
    """Messages first; 20 at most."""


class FoundTold(Told):
    by: Meaning | None
    """What the name was taken for; null: there was none, or it names nothing."""
    key: str | None
    """Our own id of that, which may stand in an address; null where there is none, or several."""
    messages: tuple[MessageTold, ...]
    """Newest first, without what they say."""
    next: str | None


class PayloadHeld(Told):
    event: dict[str, Any] | None
    """The message as Xyper holds it; null: what it said was deleted."""


class FindingApi:
    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self._finding, self._persons = Finding(rt.db), Persons(rt.db)
        self._tracking = Tracking(rt.db, rt.keyring)

    def routes(self) -> tuple[Route, ...]:
        read = Action.messages_read
        return (
            Route("POST", _EVERY, read, self.things, "Find whose a message or a conversation is.", body=Name,
                  answer=ThingsTold, asks=True),
            Route("POST", _OWN, read, self.search, "Find a tenant's messages by anything that names them.",
                  body=Search, answer=FoundTold, asks=True),
            Route("GET", _PAYLOAD, read, self.payload, "Read a message without what people wrote and who they are.",
                  answer=PayloadHeld),
            Route("POST", f"{_PAYLOAD}/revelation", Action.bodies_read, self.reveal, "Tell all that a message says.",
                  answer=PayloadHeld),
        )  # fmt: skip

    async def things(self, call: Call) -> ThingsTold:
        found = await self._finding.things(call.scope, call.body.name)
        return ThingsTold(found=tuple(ThingTold(what=one.what, tenant=one.tenant, id=one.id) for one in found))

    async def search(self, call: Call) -> FoundTold:
        """An id of a message finds it whatever else is asked for; everything else is narrowed by the filters."""
        body: Search = call.body
        after = body.after(str)
        meant = await self._meant(call.tenant, body)
        found = await meant.page(str(after[0]) if after else None, body.limit + 1)
        page = found[: body.limit]
        following = cursor(page[-1].id) if len(found) > body.limit else None
        told = tuple(message_told(one, None) for one in page)
        return FoundTold(by=meant.by, key=meant.key, messages=told, next=following)

    async def payload(self, call: Call) -> PayloadHeld:
        message = await self._held(await self._tracking.one(call.tenant, call.path("id")))
        return PayloadHeld(event=readable(dump(message), whole=False) if message else None)

    async def reveal(self, call: Call) -> PayloadHeld:
        """The audit notes who asked."""
        found = await self._tracking.one(call.tenant, call.path("id"))
        message = await self._held(found)
        async with self._rt.db.tenant(call.tenant) as connection:
            await audit.write(connection, call.caller, "message.read", f"message/{found.id}", call.tenant)
        return PayloadHeld(event=readable(dump(message), whole=True) if message else None)

    async def _held(self, found: Tracked) -> Message | None:
        try:
            return await self._tracking.body(found)
        except NotFound:  # its key was destroyed
            return None

    async def _meant(self, tenant: str, body: Search) -> "_Meant":
        wanted, page = body.wanted, partial(self._tracking.page, tenant)
        if body.name is None:
            return _Meant(None, None, partial(page, wanted))
        things = await self._finding.things(tenant, body.name)
        if ids := [one.id for one in things if one.what == "message"]:
            return _Meant("message", _only(ids), partial(page, Wanted(ids=ids)))
        if things and (found := await self._rt.conversations.get(tenant, things[0].id)):
            return _Meant("conversation", things[0].id, partial(page, replace(wanted, conversation=found)))
        people = await self._persons.find(tenant, body.name)
        names = sorted({name for person in people for name in person.names})
        contacts = [contact for person in people for contact in person.contacts]
        return _Meant("person" if names else None, _only(contacts), partial(self._tracking.of, tenant, wanted, names))


@dataclass(frozen=True, slots=True)
class _Meant:
    """What a name was taken for, and how to read its messages."""

    by: Meaning | None
    key: str | None
    page: Callable[[str | None, int], Awaitable[Sequence[Tracked]]]


def _only(ids: Sequence[str]) -> str | None:
    return ids[0] if len(ids) == 1 else None
