"""The way of an event: over which link, between which accounts, and who the customer is under every name."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from xyper_engine.contract import Target
from xyper_engine.errors import NotFound
from xyper_engine.model import Account, Direction, Endpoint, Link, Message, Receipt, Utterance
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime
from xyper_engine.state.contacts import Known
from xyper_engine.template import Template
from xyper_engine.tracing import Trace


@dataclass(frozen=True, slots=True)
class Way:
    link: Link
    to: Target
    known: Known
    """The customer; `known.contact` is what the event's own contact becomes."""

    def by(self, message: Message) -> Message:
        """The message with all that is known of its customer: for most there is no more than it says itself."""
        contact = self.known.contact
        return message if contact == message.contact else message.model_copy(update={"contact": contact})


def has_template(event: Utterance) -> bool:
    return isinstance(event, Message) and any(isinstance(part, Template) for part in event.parts)


class Ways:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._rt = rt
        self._registry = registry

    async def of(self, event: Utterance, trace: Trace) -> Way:
        """Raises `NotFound` where the account is linked to none, or is gone."""
        directory = self._rt.directory
        links = [link for link in await directory.links(event.origin) if event.to in (None, link.other(event.origin))]
        if not links:
            raise NotFound(f"{event.origin} is linked to no account: add a link with `xyper tenants add`.")
        link = links[0] if len(links) == 1 else await self._picked(event, links)
        known = await self._known(event, link)
        target = Target(
            account=await self.account(link.other(event.origin)),
            peer=await self.account(event.origin),
            conversation=await self._rt.conversations.find(link, known.address),
            policy=await directory.policy(link.tenant),
            standing=known.standing,
            trace=trace,
        )
        if target.conversation:
            trace.within(target.conversation.id)
        return Way(link, target, known)

    async def found(self, way: Way) -> Way:
        """The same, with the conversation as it is stored by now."""
        conversation = await self._rt.conversations.find(way.link, way.known.address)
        if conversation:
            way.to.trace.within(conversation.id)
        return replace(way, to=replace(way.to, conversation=conversation))

    async def account(self, endpoint: Endpoint) -> Account:
        """Raises `NotFound`."""
        account = await self._rt.directory.account(endpoint)
        if account is None:
            raise NotFound(f"There is no account {endpoint} any more.")
        return account

    async def _known(self, event: Utterance, link: Link) -> Known:
        if isinstance(event, Receipt):  # it names the customer as the side knows them that hears it
            return Known(event.contact, event.contact.address)
        contacts, channel = self._rt.contacts, link.customer.adapter
        if event.direction is Direction.inbound:
            return await contacts.met(link.tenant, channel, event.contact)
        return await contacts.named(link.tenant, channel, event.contact, anew=has_template(event))

    async def _picked(self, event: Utterance, links: Sequence[Link]) -> Link:
        """One of several: a plugin's choice, else the way the conversation came, else the oldest."""
        chosen = self._registry.pick_link(event, links)
        if chosen is None and event.origin == links[0].agent:
            came = await self._rt.conversations.newest(event.origin, event.contact, event.thread)
            chosen = next((link for link in links if link.customer == came), None)
        return chosen or links[0]
