"""What the simulated Genesys Cloud knows, and what each call, agent and clock does to it.

Everything here happens at once, without awaiting: a message is in the conversation before its caller has an answer.
A message that comes twice is there twice; Genesys is not known to tell, so neither does this.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import orjson

from xyper_sim import cloud_errors, cloud_wire
from xyper_sim.cloud_access import Access
from xyper_sim.cloud_content import BOTS, payloads
from xyper_sim.cloud_files import CloudFiles
from xyper_sim.cloud_journal import Journal
from xyper_sim.cloud_login import Login
from xyper_sim.cloud_model import PANEL, App, Conversation, Message, final
from xyper_sim.cloud_profiles import Profiles
from xyper_sim.cloud_settings import Client, CloudConfig, Integration, Org, Panel, Person
from xyper_sim.kit import Kit
from xyper_sim.webhooks import GENESYS, sign_base64

Json = dict[str, Any]


class CloudState:
    """Every organisation, integration, conversation and message of the simulated Genesys Cloud."""

    def __init__(self, kit: Kit, config: CloudConfig) -> None:
        self.kit = kit
        self.config = config
        self.gate = kit.gates["cloud"]
        self.access = Access(config, self.gate)
        self.login = Login(self.access, isolated=config.login_isolated)
        self.integrations = {one.id: one for one in config.integrations}
        self.conversations: dict[str, Conversation] = {}
        self.messages: dict[str, Message] = {}
        self.profiles = Profiles()
        self.apps = {one.id: _installed(one, self.org(one)) for one in config.panels}
        self.journal = Journal()
        self.files = CloudFiles(kit.files)
        self._newest: dict[tuple[str, str], Conversation] = {}
        kit.live.offer("cloud", self.views)
        kit.live.offer("panels", self.panels)

    def org(self, of: Client | Person | Panel) -> Org:
        return next((org for org in self.config.orgs if org.id == of.org), self.config.orgs[0])

    def put_integration(self, integration: Integration) -> None:
        """A new or changed one."""
        self.integrations[integration.id] = integration

    def integration(self, name: str, client: Client | None = None) -> Integration:
        """Raises `CloudError`: 404 for an unknown one, 403 where it is not the client's."""
        found = self.integrations.get(name)
        if found is None:
            raise cloud_errors.not_found(f"The integration {name} was not found.")
        if client is not None and found.clients and client.client_id not in found.clients:
            raise cloud_errors.not_yours()
        return found

    def conversation(self, name: str) -> Conversation:
        """Raises `CloudError` (404)."""
        if (found := self.conversations.get(name)) is None:
            raise cloud_errors.not_found(f"The conversation {name} was not found.")
        return found

    def message(self, name: str) -> Message:
        """Raises `CloudError` (404)."""
        if (found := self.messages.get(name)) is None:
            raise cloud_errors.not_found(f"The message {name} was not found.")
        return found

    def views(self) -> list[Json]:
        """Every conversation with its messages, oldest first."""
        return [
            {**one.view(), "messages": [message.view() for message in one.messages]}
            for one in self.conversations.values()
        ]

    def panels(self) -> list[Json]:
        """What agents see beside a chat."""
        return [app.panel() for app in self.apps.values() if app.beside_chats]

    def join(self, integration: Integration, sender: Json) -> Conversation:
        """The customer's conversation: the one that goes on, the one that the timeline still holds, or a new one."""
        key = (integration.id, sender["id"])
        found = self._newest.get(key)
        if found is None or not self._holds(found):
            found = Conversation(integration.id, sender["id"], sender["idType"], person=self.config.agent)
            self._newest[key] = self.conversations[found.id] = found
        found.ended = None
        found.name = _name(sender) or found.name
        return found

    # --- the middleware speaks -------------------------------------------------------------------------------------

    def hear(self, integration: Integration, body: Json) -> Message:
        """A customer's message."""
        posted = body["channel"]
        conversation = self.join(integration, posted["from"])
        custom = (posted.get("metadata") or {}).get("customAttributes")
        if custom:
            conversation.attributes.update(custom)
        message = Message(
            id=uuid4().hex,
            conversation=conversation,
            inbound=True,
            provider_id=posted.get("messageId") or "",
            text=body.get("text") or "",
            status="received",
            content=[
                {"contentType": "Attachment", **item}
                for item in body.get("content") or ()
                if self.profiles.allows(integration, "inbound", item["attachment"]["mime"])
            ],
            metadata=body.get("metadata") or {},
        )
        self._take(message, "message", body)
        if self.config.fetch and any("attachment" in item for item in message.content):
            self.kit.tasks.spawn(self._fetch(message), f"sim fetch for message {message.id}")
        return message

    def answer(self, integration: Integration, body: Json) -> Message:
        """A customer's choice. Raises `CloudError` (400) where nothing of the kind was offered."""
        choice, about = body["buttonResponse"], self.messages.get(body["originatingMessageId"])
        conversation = self._newest.get((integration.id, body["channel"]["from"]["id"]))
        if conversation is None or about is None or about.conversation is not conversation or about.inbound:
            raise cloud_errors.invalid(["originatingMessageId: no such structured message in this conversation"])
        if str(choice["payload"]) not in set(payloads(about.content)):
            raise cloud_errors.invalid(["buttonResponse.payload: the message does not offer it"])
        message = Message(
            id=uuid4().hex, conversation=conversation, inbound=True, status="received", text=choice["text"],
            provider_id=body["channel"].get("messageId") or "", about=about.id,
            content=[{"contentType": "ButtonResponse", "buttonResponse": choice}],
        )  # fmt: skip
        self._take(message, "response", body)
        return message

    def notice(self, integration: Integration, body: Json) -> Conversation:
        """A customer's typing event; it opens a conversation where there is none, as a message does."""
        conversation = self.join(integration, body["channel"]["from"])
        self.journal.take("event", integration.id, conversation.address, body, conversation=conversation.id)
        return conversation

    def settle(self, integration: Integration, body: Json) -> list[Json]:
        """A receipt for an agent's message: why it is of no use, as Genesys' `reasons`; empty where it was taken."""
        message = self.messages.get(body["id"])
        about = message.conversation.id if message else ""
        address = body["channel"]["to"]["id"]
        self.journal.take("receipt", integration.id, address, body, id=body["id"], conversation=about)
        if message is None or message.inbound or message.conversation.integration != integration.id:
            self.journal.blame("unknown_message", body["id"], "a receipt for a message that no agent wrote here")
            return [{"code": "UnknownMessage", "message": f"Message {body['id']} was not found"}]
        self._judge(message, body, address)
        if not message.finished:
            message.status = "delivery-failed" if body["status"].lower() == "failed" else "delivery-success"
        message.receipts.append(body)
        message.finished = message.finished or final(body)
        self._tell(message.conversation, message)
        return []

    def _judge(self, message: Message, body: Json, address: str) -> None:
        if address != message.conversation.address:
            self.journal.blame("wrong_recipient", message.id, "channel.to is not the customer of this conversation")
        if message.finished:
            before = message.receipts[-1]["status"]
            self.journal.blame("after_final", message.id, f"{body['status']} after a final {before}")

    # --- an agent speaks -------------------------------------------------------------------------------------------

    def say(self, conversation: Conversation, text: str, content: Sequence[Json] = (), by: str = "") -> Message:
        """An agent's or a bot's message, on its way to the webhook. Raises `ValueError`, e.g. where all has ended."""
        if not conversation.connected:
            raise ValueError("the conversation has ended")
        integration = self.integrations[conversation.integration]
        if not all(self._passes(integration, item) for item in content):
            raise ValueError("the integration's supported content profile does not let this file out")
        name, items = uuid4().hex, list(content)
        message = Message(
            name, conversation, inbound=False, provider_id=name, text=text, status="sent", content=items,
            by=by, entity="Bot" if any(item.get("contentType") in BOTS for item in items) else "Human",
        )  # fmt: skip
        conversation.messages.append(message)
        self.messages[name] = message
        self.send(integration, cloud_wire.said(message, integration), lane=conversation.id)
        self._tell(conversation, message)
        return message

    def types(self, conversation: Conversation, duration_ms: int = 5000) -> None:
        """An agent types; told only where the integration's messaging setting says so."""
        integration = self.integrations[conversation.integration]
        if self.profiles.shows_typing(integration, "outbound"):
            self.send(integration, cloud_wire.typing(conversation, integration, duration_ms))

    def look(self, conversation: Conversation) -> None:
        """An agent has seen everything in it."""
        conversation.unread = 0
        self._tell(conversation)

    def disconnect(self, conversation: Conversation) -> None:
        """Its end, by whichever side; no webhook tells."""
        conversation.ended = conversation.ended or time.time()
        self._tell(conversation)

    def send(self, integration: Integration, body: Json, lane: str | None = None) -> None:
        """A signed webhook: compact JSON, other scripts as raw UTF-8."""
        if not integration.webhook_url:
            return
        raw = orjson.dumps(body)
        signature = sign_base64(integration.webhook_secret.get_secret_value(), raw)
        plain = {"Content-Type": "application/json", "X-Hub-Signature-256": signature}
        headers = {**integration.webhook_headers, **plain}
        label = str(body.get("status") or body.get("type") or "")
        pause = self.config.retry_pause
        policy = replace(GENESYS, first=pause, longest=pause)
        self.kit.webhooks.send("cloud", integration.webhook_url, raw, headers, policy, lane=lane, label=label)

    def reply(self, message: Message, status: str, reasons: list[Json]) -> None:
        """Genesys' own receipt for a customer's message: it is `Published`, or it has `Failed`."""
        integration = self.integrations[message.conversation.integration]
        message.status = "published" if status == "Published" else "delivery-failed"
        self.send(integration, cloud_wire.receipt(message, integration, status, reasons))
        self._tell(message.conversation, message)

    # --- inside ----------------------------------------------------------------------------------------------------

    def _passes(self, integration: Integration, item: Json) -> bool:
        mime = str((item.get("attachment") or {}).get("mime", ""))
        return not mime or self.profiles.allows(integration, "outbound", mime)

    def _holds(self, conversation: Conversation) -> bool:
        ended = conversation.ended
        return ended is None or time.time() - ended < self.config.threading_minutes * 60

    def _take(self, message: Message, kind: str, body: Json) -> None:
        message.conversation.unread += 1
        self._keep(message, kind, body)
        integration = self.integrations[message.conversation.integration]
        if self.config.published and integration.webhook_url:
            self.kit.tasks.later(self.kit.scaled(self.config.published_after), self.reply, message, "Published", [])

    async def _fetch(self, message: Message) -> None:
        for number, item in enumerate(message.content):
            if "attachment" in item:
                message.fetched[number] = await self.files.fetch(item["attachment"])
        self._tell(message.conversation, message)

    def _keep(self, message: Message, kind: str, body: Json) -> None:
        conversation = message.conversation
        conversation.messages.append(message)
        self.messages[message.id] = message
        ids = {"id": message.id, "conversation": conversation.id, "messageId": message.provider_id}
        self.journal.take(kind, conversation.integration, conversation.address, body, **ids)
        self._tell(conversation, message)

    def _tell(self, conversation: Conversation, message: Message | None = None) -> None:
        if self.kit.live.watched:
            shown = {"message": message.view()} if message else {}
            self.kit.live.publish("cloud", {"conversation": conversation.view(), **shown})


def _name(sender: Json) -> str:
    full = " ".join(filter(None, (sender.get("firstName"), sender.get("lastName"))))
    return str(sender.get("nickname") or full)


def _installed(panel: Panel, org: Org) -> App:
    properties = {**panel.model_dump(include={"url", "sandbox", "permissions"}), "communicationTypeFilter": "open"}
    return App(panel.id, PANEL, panel.name, org.id, "ENABLED", {"properties": properties})
