"""Who the customer is, as far as we know, and what the agents noted of them: kept in the conversation's context."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from xyper_engine.access import audit
from xyper_engine.access.roles import Action
from xyper_engine.consent import Kind
from xyper_engine.consent_office import ConsentOffice, Decision
from xyper_engine.edge.hiding import hidden
from xyper_engine.edge.route import Call, Given, Route, Told
from xyper_engine.edge.widget.opening import BASE, Opened, opened
from xyper_engine.edge.widget.reading import ThreadTold
from xyper_engine.runtime import Runtime

Label = Annotated[str, StringConstraints(min_length=1, max_length=40, strip_whitespace=True)]
LABELS, NOTES = 20, 2000
LATEST = 20
"""Consents that are listed."""


class ConsentTold(Told):
    topic: Kind
    decision: Literal["in", "out"]
    at: datetime
    source: str


class ProfileTold(Told):
    name: str | None
    contact: str
    """Of a telephone number its beginning and its end."""
    username: str | None
    language: str | None
    labels: tuple[str, ...]
    notes: str
    consents: tuple[ConsentTold, ...]
    """The newest first."""
    do_not_contact: bool
    """Whether they want to be sent nothing that the business begins."""
    first_seen: datetime | None
    last_seen: datetime | None
    external_contact: str | None
    """The vendor's id of the person, where it is known."""
    threads: tuple[ThreadTold, ...]


class Noted(Given):
    """What is left out stays as it is."""

    notes: str | None = Field(None, max_length=NOTES)
    labels: tuple[Label, ...] | None = Field(None, max_length=LABELS)
    language: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})*$")] | None = None
    """Null: nobody knows."""


class Decided(Given):
    decision: Literal["in", "out"]


class Revealed(Told):
    contact: str


class ProfileApi:
    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self._consents = ConsentOffice(rt.db, rt.contacts, rt.consents)

    def routes(self) -> tuple[Route, ...]:
        where, read, act = f"{BASE}/profile", Action.widget_read, Action.widget_act
        return (
            Route("GET", where, read, self.read, "Who the customer is.", answer=ProfileTold),
            Route("PATCH", where, act, self.note, "Note something of the customer.", body=Noted, answer=ProfileTold),
            Route("POST", f"{where}/revelation", read, self.reveal, "Tell the customer's address in full.",
                  answer=Revealed),
            Route("POST", f"{where}/consent", act, self.decide,
                  "Note that the customer wants no more templates, or wants them again.", body=Decided,
                  answer=ProfileTold),
        )  # fmt: skip

    async def read(self, call: Call) -> ProfileTold:
        return await self._told(await opened(self._rt, call))

    async def note(self, call: Call) -> ProfileTold:
        """Of two at once the later one holds, field by field. The audit notes which fields, not what they say."""
        one = await opened(self._rt, call)
        given: Noted = call.body
        changes = {name: _plain(getattr(given, name)) for name in given.model_fields_set}
        await self._rt.contexts.patch(one.conversation, changes, by=call.caller)
        return await self._told(one)

    async def reveal(self, call: Call) -> Revealed:
        """The audit notes who asked."""
        one = await opened(self._rt, call)
        async with self._rt.db.tenant(call.tenant) as connection:
            subject = f"conversation/{one.conversation.id}"
            await audit.write(connection, call.caller, "contact.reveal", subject, call.tenant)
        return Revealed(contact=one.conversation.contact.address)

    async def decide(self, call: Call) -> ProfileTold:
        """It is about every template, and holds until the customer or somebody here says otherwise."""
        one = await opened(self._rt, call)
        contact, given = one.conversation.contact.address, call.body.decision == "in"
        decision = Decision(contact=contact, kind=Kind.everything, given=given)
        await self._consents.note(call.caller, call.tenant, decision)
        return await self._told(one)

    async def _told(self, one: Opened) -> ProfileTold:
        rt, conversation = self._rt, one.conversation
        contact = conversation.contact
        known = await rt.contacts.of(one.tenant, conversation.customer.adapter, contact)
        consents = await rt.consents.page(one.tenant, known.id, None, LATEST)
        threads = await rt.threads.of(one.tenant, conversation.id)
        context = (await rt.contexts.of(conversation)).values
        return ProfileTold(
            name=contact.name,
            contact=hidden(contact.address),
            username=contact.username,
            language=_text(context, "language") or None,
            labels=_labels(context.get("labels")),
            notes=_text(context, "notes"),
            consents=tuple(
                ConsentTold(topic=each.kind, decision="in" if each.given else "out", at=each.at, source=each.source)
                for each in consents
            ),
            do_not_contact=known.standing.given(Kind.everything, conversation.customer.account) is False,
            first_seen=conversation.began_at,
            last_seen=conversation.last_inbound_at,
            external_contact=_text(context, "external_contact") or None,
            threads=tuple(
                ThreadTold(thread=each.thread, began_at=each.began_at, ended_at=each.ended_at) for each in threads
            ),
        )


def _plain(value: Any) -> Any:
    """A merge patch takes null for "remove"; so do those who have nothing to say."""
    return list(value) if isinstance(value, tuple) else value or None


def _text(context: Mapping[str, Any], name: str) -> str:
    """A plugin may have noted something else under this name."""
    found = context.get(name)
    return found if isinstance(found, str) else ""


def _labels(held: Any) -> tuple[str, ...]:
    return tuple(one for one in held if isinstance(one, str)) if isinstance(held, list) else ()
