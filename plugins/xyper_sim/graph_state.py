"""The simulated WhatsApp: numbers, customers, chats, and how a message travels between them.

It does not de-duplicate and promises no order, as the real one: `sent` is the record of every send that was accepted,
in order of arrival, and what a test audits.
"""

import time
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from xyper_sim import graph_hooks
from xyper_sim.graph_customer import Pen, moved, opens_window
from xyper_sim.graph_errors import GraphError
from xyper_sim.graph_limits import Limits
from xyper_sim.graph_links import fetch
from xyper_sim.graph_media import MediaShelf, references
from xyper_sim.graph_model import RANK, Chat, Message, bsuid_of, summary, wamid, words
from xyper_sim.graph_templates import Template, Templates
from xyper_sim.kit import Kit
from xyper_sim.settings import App, Customer, GraphConfig, Number
from xyper_sim.webhooks import Delivery

_TYPING = 25.0  # seconds until Meta takes a typing indicator away


class GraphState:
    """All of it, in memory. Methods are synchronous; what takes time happens through `kit.tasks`."""

    def __init__(self, kit: Kit, config: GraphConfig) -> None:
        self.kit, self.config = kit, config
        self.hooks = graph_hooks.Hooks(kit, config)
        self.limits = Limits(config, kit.settings.time_scale)
        self.media = MediaShelf(kit.files)
        self.templates = Templates()
        self.numbers: dict[str, Number] = {}
        self.customers: dict[str, Customer] = {}
        self.chats: dict[tuple[str, str], Chat] = {}
        self.messages: dict[str, Message] = {}
        self.sent: list[Message] = []
        """Every accepted send, in order of arrival, doubles included."""
        self._by_bsuid: dict[str, Customer] = {}
        for app in config.apps:
            self.put_app(app.model_copy())
        for number in config.numbers:
            self.put_number(number.model_copy())
        for customer in config.customers:
            self.put_customer(customer.model_copy())
        kit.live.offer("phone", self.view)

    # Who there is

    def put_app(self, app: App) -> None:
        self.hooks.apps[app.id] = app

    def put_number(self, number: Number) -> None:
        """A new or changed number. Raises `ValueError` where its app is not known."""
        if number.app not in self.hooks.apps:
            raise ValueError(f"number {number.phone_number_id} names the app {number.app!r}, which is not configured")
        self.numbers[number.phone_number_id] = number
        self.hooks.subscribed.setdefault(number.waba_id, {number.app: ""} if number.subscribed else {})

    def put_customer(self, customer: Customer) -> Customer:
        """A new or changed customer. What waited for an open phone or chat now moves on."""
        customer.bsuid = customer.bsuid or bsuid_of(customer.wa_id)
        self.customers[customer.wa_id] = self._by_bsuid[customer.bsuid] = customer
        for message in [m for (_, wa), chat in self.chats.items() if wa == customer.wa_id for m in chat.messages]:
            if message.by == "business":
                self._onward(message)
        self._publish({"customer": customer.model_dump(mode="json")})
        return customer

    def forget_bsuid(self, bsuid: str) -> None:
        """It is nobody's any more."""
        self._by_bsuid.pop(bsuid, None)

    def chat(self, number: str, customer: str) -> Chat:
        found = self.chats.get((number, customer))
        if found is None:
            found = self.chats[number, customer] = Chat(number, customer)
        return found

    # The business writes

    def accept(
        self, number: Number, body: Mapping[str, Any], template: Template | None = None
    ) -> tuple[Message, dict[str, str]]:
        """Take a valid send. The message, and `contacts[0]` of the answer. Raises `GraphError` where a limit is hit."""
        customer, contact, lost = self._address(number, body)
        key = customer.wa_id if customer else ""
        self.limits.check(number.phone_number_id, key or str(body.get("recipient", "")))
        party = key or "".join(filter(str.isdigit, contact["input"]))[:15] or "0"
        kind = str(body.get("type", "text"))
        message = Message(
            wamid(party, inbound=False), number.phone_number_id, key, "business", summary(body), time.time(), body=body,
            reply_to=(body.get("context") or {}).get("message_id"),
            kind=kind, content=deepcopy(body.get(kind)), template=template,
        )  # fmt: skip
        self._keep(message)
        self.sent.append(message)
        if not lost:
            self._travel(message)
        return message, contact

    def mark_read(self, number: Number, message_id: str, *, typing: bool) -> None:
        """Blue ticks for this message and those before it; with `typing`, the customer sees the business type."""
        message = self.messages.get(message_id)
        if message is None or message.number != number.phone_number_id or message.by != "customer":
            raise GraphError(100, f"Message {message_id} is not a message that this number received.")
        chat = self.chat(message.number, message.customer)
        for earlier in chat.messages:
            if earlier.by == "customer" and earlier.at <= message.at and earlier.status != "read":
                self._set(earlier, "read")
        if typing:
            self._typing(chat, time.time() + _TYPING)

    # The customer writes

    def write(self, number_id: str, customer: Customer, body: Mapping[str, Any]) -> Message:
        """A customer sends something (`graph_customer`); the webhook starts at once. Raises `ValueError`."""
        number = self.numbers[number_id]
        kind, content, more = Pen(self, number_id, customer).message(body)
        party = customer.bsuid.rpartition(".")[2] if customer.hidden else customer.wa_id
        message = Message(
            wamid(party, inbound=True), number_id, customer.wa_id, "customer", words(kind, content), time.time(),
            "sent", more.get("context", {}).get("id"), kind, content, more,
        )  # fmt: skip
        self._keep(message)
        if opens_window(kind):
            self.open_window(self.chat(number_id, customer.wa_id), is_open=True)
        value = graph_hooks.inbound(number, customer, message)
        lane = f"in/{number_id}/{customer.wa_id}"
        for delivery in self.hooks.tell(number.waba_id, value, lane=lane, label="message"):
            self.kit.tasks.spawn(self._await_taken(delivery, message), f"sim ticks of webhook {delivery.id}")
        if kind == "system" and str(content.get("type", "")).startswith("user_changed"):
            moved(self, customer, str(body["system"]["wa_id"]))
        return message

    def play(self, message: Message) -> None:
        """The customer listens to a voice message of the business for the first time."""
        if message.by == "business" and message.kind == "audio" and message.status in ("delivered", "read"):
            self._reach(message, "played")

    def view(self) -> dict[str, Any]:
        """Everything, for a phone page that has just connected."""
        numbers = [{"id": n.phone_number_id, "name": n.name, "display": n.display} for n in self.numbers.values()]
        newest = [m.view() for chat in self.chats.values() for m in chat.messages[-100:]]
        people = [person.model_dump(mode="json") for person in self.customers.values()]
        typing = [_typing_view(chat) for chat in self.chats.values() if chat.typing_until > time.time()]
        windows = [chat.window_view() for chat in self.chats.values()]
        lists = {"messages": newest, "typing": typing, "windows": windows}
        return {"numbers": numbers, "customers": people, **lists}

    # On the way

    def _address(self, number: Number, body: Mapping[str, Any]) -> tuple[Customer | None, dict[str, str], bool]:
        """Who is meant, `contacts[0]` of the answer, and whether it is silently lost."""
        if "to" not in body:  # `to` wins where both are there
            recipient = str(body["recipient"])
            return self._by_bsuid.get(recipient), {"input": recipient, "user_id": recipient}, False
        given = str(body["to"])
        phone = given.translate({ord(c): None for c in "+-() "})
        if not phone.isdigit():
            return None, {"input": given, "wa_id": phone}, True  # a BSUID in `to`: 200, and never delivered
        if phone == number.display:
            raise GraphError(131021)
        customer = self.customers.get(phone)
        if customer is None and self.config.unknown_customers:
            customer = self.put_customer(Customer(wa_id=phone, name=""))
            self.chat(number.phone_number_id, phone).open_window(is_open=True)
        return customer, {"input": given, "wa_id": phone}, False

    def _travel(self, message: Message) -> None:
        """What becomes of an accepted message, in the background."""
        linked = [media for _, media in references({message.kind: message.content}) if "link" in media]
        if linked:
            self.kit.tasks.spawn(self._fetch(message, linked), "sim fetch of linked media")
        else:
            self._depart(message)

    async def _fetch(self, message: Message, linked: list[dict[str, Any]]) -> None:
        for media in linked:
            try:
                blob = await fetch(self.media, message.number, str(media["link"]))
            except OSError as error:
                message.error, message.details = 131053, str(error)
            else:
                media["id"] = blob.id
        self._depart(message)

    def _depart(self, message: Message) -> None:
        failing = self.kit.gates["graph"].knobs.fail_delivery
        message.error = failing.pop(0) if failing else message.error or self._undeliverable(message) or None
        if message.error is None and (fault := self._unfit(message)):
            message.error, message.details = 131053, fault
        self._after(self.config.sent_after, message, "failed" if message.error else "sent")

    def _unfit(self, message: Message) -> str:
        """What is wrong with its files, as Meta finds out when it prepares them."""
        files = (
            (kind, self.media.get(str(media["id"])))
            for kind, media in references({message.kind: message.content})
            if "id" in media
        )
        return next((fault for kind, blob in files if blob and (fault := blob.fault(kind))), "")

    def _undeliverable(self, message: Message) -> int:
        if not message.customer:
            return 131026
        closed = self.config.window and not self.chat(message.number, message.customer).in_window
        return 131047 if closed and message.body.get("type") != "template" else 0

    def _after(self, seconds: float, message: Message, status: str) -> None:
        self.kit.tasks.later(self.kit.scaled(seconds), self._reach, message, status)

    def _reach(self, message: Message, status: str) -> None:
        """A message of the business has come to this point: tell the business, go on from here."""
        if RANK[message.status] >= RANK[status] or not self._reachable(message, status):
            return
        at = time.time()
        message.history.append((status, at))
        if status == "delivered":
            self._typing(self.chat(message.number, message.customer), 0.0)
        self._set(message, status)
        if status not in self.kit.gates["graph"].knobs.no_status:
            number = self.numbers[message.number]
            value = graph_hooks.status(number, self.customers.get(message.customer), message, at)
            self.hooks.tell(number.waba_id, value, lane=f"status/{message.id}", label=f"status {status}")
        self._onward(message)

    def _onward(self, message: Message) -> None:
        if message.kind == "reaction":
            return  # Meta tells no more of it than `sent`
        if message.status == "sent" and self._reachable(message, "delivered"):
            self._after(self.config.delivered_after, message, "delivered")
        elif message.status == "delivered" and self._reachable(message, "read"):
            self._after(self.config.read_after, message, "read")

    def _reachable(self, message: Message, status: str) -> bool:
        """Whether the customer's phone lets a message come so far; what it holds up moves on in `put_customer`."""
        if status not in ("delivered", "read"):
            return True
        person = self.customers.get(message.customer)
        return person is not None and person.online and (status == "delivered" or person.phone_open)

    async def _await_taken(self, delivery: Delivery, message: Message) -> None:
        await delivery.done.wait()
        if delivery.state == "delivered" and message.status == "sent":
            self._set(message, "delivered")

    # Telling the business and the pages

    def open_window(self, chat: Chat, *, is_open: bool) -> None:
        """The 24 hours begin, or are over."""
        before = chat.in_window
        chat.open_window(is_open=is_open)
        if before is not is_open:
            self._publish({"window": chat.window_view()})

    def tell_template(self, template: Template, event: str, reason: str = "NONE") -> None:
        """News of a template, to every app that is subscribed to its WABA."""
        value = graph_hooks.template_status(template, event, reason)
        self.tell_update(template.waba, "message_template_status_update", value)

    def tell_update(self, waba: str, field: str, value: Mapping[str, Any]) -> None:
        self.hooks.tell(waba, value, lane=f"{field}/{waba}", label=field, field=field)

    def tell(self, message: Message) -> None:
        """A message has changed: the pages draw it anew."""
        self._publish({"message": message.view()} if self.kit.live.watched else {})

    def refresh(self) -> None:
        """Everything may have changed."""
        self.kit.live.renew("phone")

    def _keep(self, message: Message) -> None:
        self.messages[message.id] = message
        if message.customer:
            self.chat(message.number, message.customer).messages.append(message)
        self.tell(message)

    def _set(self, message: Message, status: str) -> None:
        message.status = status
        self.tell(message)

    def _typing(self, chat: Chat, until: float) -> None:
        if until or chat.typing_until > time.time():
            chat.typing_until = until
            self._publish({"typing": _typing_view(chat)})

    def _publish(self, change: dict[str, Any]) -> None:
        self.kit.live.publish("phone", change)


def _typing_view(chat: Chat) -> dict[str, Any]:
    return {"number": chat.number, "customer": chat.customer, "until": chat.typing_until}
