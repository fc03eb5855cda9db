"""Consents on the way: heard in what customers write and in what their channel refuses, kept before anything is sent.

`refuse_unwanted` is the one place that keeps them, behind every transformer, so that none adds to what it lets through.
"""

from asyncio import Future

from xyper_engine.broker.port import Outgoing
from xyper_engine.broker.topology import queue_of
from xyper_engine.consent import Kind, Only, Said
from xyper_engine.contract import Target
from xyper_engine.errors import OptedOut
from xyper_engine.keywords import LONGEST, START, STOP, known, listed, plain
from xyper_engine.model import Contact, Direction, Message, Utterance, dump
from xyper_engine.parts import Choice, Notice, Text
from xyper_engine.phrases import phrases
from xyper_engine.policy import Policy
from xyper_engine.routing.courtesy import courtesy
from xyper_engine.routing.way import Way
from xyper_engine.runtime import Runtime
from xyper_engine.template import Template

MOST = 3
"""Confirmations to one customer within an hour: two machines that answer each other would never stop."""
_STOP, _START = listed(STOP), listed(START)


def decided(message: Message, policy: Policy) -> Said | None:
    """What a customer decides with this message; None for nearly all there are."""
    words = message.parts[0] if len(message.parts) == 1 else None
    if not isinstance(words, Text | Choice) or len(words.text) > LONGEST or message.contact.group:
        return None
    said, only = plain(words.text), Only.always
    if said in known(_STOP if policy.stop_words is None else policy.stop_words):
        kind, given = policy.stop_means, False
    elif said in known(_START if policy.start_words is None else policy.start_words):
        # Whoever comes back wants all again. The usual words are no consent from somebody who never went.
        kind, given, only = Kind.everything, True, Only.undoing if policy.start_words is None else Only.always
    else:
        return None
    return Said(kind, given, "keyword", message.occurred_at, message.id, wording=words.text.strip(), only=only)


class Consenting:
    def __init__(self, rt: Runtime) -> None:
        self._rt = rt

    async def hear(self, message: Message, way: Way, heard: Future[None]) -> None:
        """Note what the customer decides with this message, if anything, and confirm it once if it changes anything."""
        said = decided(message, way.to.policy)
        if said is None:
            return
        await heard  # the confirmation needs the window that this message opens
        channel = way.link.customer.adapter
        async with self._rt.consents.noting(message.tenant, channel, message.contact, said) as noted:
            if noted and noted.changed and noted.lately <= MOST:
                told = courtesy(message, way.to, _confirmation(said, way.to.policy))
                await self._rt.broker.publish([Outgoing(queue_of(told), told.id, dump(told))])


async def refuse_unwanted(event: Utterance, to: Target, rt: Runtime, *, known: bool) -> None:
    """Raises `OptedOut` for a template that the customer does not want.

    `known`: `to.standing` was read for this event; else, where it only now became a template, it is read here.
    """
    if not isinstance(event, Message) or event.direction is Direction.inbound:
        return
    templates = [part for part in event.parts if isinstance(part, Template)]
    if not templates:
        return
    standing = to.standing if known else (await rt.contacts.named(*_customer(event, to), anew=True)).standing
    number = to.account.endpoint.account
    if not standing.withdrawn(number):
        return
    for template in templates:
        kind = await _kind(template, to, rt)
        if standing.given(kind, number) is False:
            raise OptedOut(_WHY[kind].format(name=template.name))


def _confirmation(said: Said, policy: Policy) -> Notice:
    """In the tenant's words, with the one that takes it back."""
    code = "opted_in" if said.given else "opted_out" if said.kind is Kind.marketing else "opted_out_of_all"
    usual = STOP if said.given else START
    own = policy.stop_words if said.given else policy.start_words
    language = policy.language if policy.language in usual else "en"
    word = next(iter(usual[language] if own is None else own), "")
    how = phrases(policy.language)("opt_again", word=word.upper()) if word else ""
    return Notice(code=code, values={"how": how})


def _customer(event: Message, to: Target) -> tuple[str, str, Contact]:
    return event.tenant, to.account.endpoint.adapter, event.contact


async def _kind(template: Template, to: Target, rt: Runtime) -> Kind:
    """One whose category nobody knows may be marketing."""
    adapter, account = to.account.endpoint.adapter, to.account.parent or ""
    found = await rt.templates.find(adapter, account, template.name, template.language)
    return Kind.everything if found and found.category in _ANSWERS else Kind.marketing


_ANSWERS = frozenset({"UTILITY", "AUTHENTICATION"})
"""The categories of templates that advertise nothing."""

_WHY = {
    Kind.marketing: "The customer has opted out of marketing, and the template {name!r} is marketing or of a category "
    "that is not known here: send one that answers something they asked for, or wait until they opt in again.",
    Kind.everything: "The customer has opted out of all messages that they do not ask for: answer when they write, or "
    "wait until they opt in again.",
}
