"""A customer and her agent: what they say lies in the store as the engine leaves it there, and both can look at it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import ClientResponse

from tests.directory import put_tenant
from tests.engine.edge.front import Front
from tests.engine.tenants.world import DESK, NUMBER
from xyper_engine.access.people import Method
from xyper_engine.access.roles import Role
from xyper_engine.model import Contact, Direction, Link, Message, Part, Reason, Receipt, Status, new_id, now
from xyper_engine.parts import MediaKind, Text
from xyper_engine.price import Price
from xyper_engine.sealing import Sealer
from xyper_engine.state.files import Owner
from xyper_engine.tenants.spec import TenantSpec

LINK = Link(id="l", tenant="acme", customer=NUMBER, agent=DESK)
MARIA = Contact(address="tel:+393331234567", name="Maria Rossi")
THREAD = "t-1"
BASE = f"/widget/api/v1/tenants/acme/conversations/{THREAD}"


@dataclass
class Stage:
    front: Front
    tokens: dict[str, str] = field(default_factory=dict)
    said: int = 0

    async def set(self) -> None:
        """Maria wrote, and Genesys has a conversation for it; Ines takes part in it."""
        await self.front.rt.conversations.heard(LINK, self.message((Text(text="x"),), inbound=True, opens=24.0))
        await self.front.rt.conversations.threaded(LINK, MARIA, THREAD)
        self.tokens["agent"] = await self.session(Role.agent, THREAD)

    async def session(self, role: Role, conversation: str | None = None, tenant: str = "acme") -> str:
        """An access token of somebody who just signed in beside it."""
        method: Method = "genesys"
        person = await self.front.rt.access.people.arrived(
            method, f"{role}-{conversation}@{tenant}", tenant=tenant, role=role, name=f"The {role}"
        )
        begun = await self.front.rt.access.sessions.begin(person, address="192.0.2.1", conversation=conversation)
        return begun.access_token

    async def foreign(self) -> None:
        """Another tenant, globex."""
        rt = self.front.rt
        await put_tenant(
            rt.db, Sealer.from_settings(rt.settings), TenantSpec.model_validate({"id": "globex", "name": "Globex"})
        )

    def message(self, parts: tuple[Part, ...], *, inbound: bool, **more: Any) -> Message:
        self.said += 1
        told: Mapping[str, Any] = {
            "id": new_id(), "tenant": "acme", "contact": MARIA, "occurred_at": now(), "parts": parts,
            "external_id": f"{'wamid' if inbound else 'g'}.{self.said}", "origin": NUMBER if inbound else DESK,
            "direction": Direction.inbound if inbound else Direction.outbound, "thread": None if inbound else THREAD,
            **more,
        }  # fmt: skip
        return Message(**told)

    async def hear(self, *parts: Part | str, **more: Any) -> Message:
        """The customer says it, and Genesys takes it."""
        message = self.message(_parts(parts), inbound=True, **more)
        await self.front.rt.messages.remember(message, DESK)
        await self._heard(message)
        await self.post(message, f"gen-{message.external_id}")
        return message

    async def say(self, *parts: Part | str, status: Status | None = Status.sent, **more: Any) -> Message:
        """The agent says it, and WhatsApp takes it; `status` None: it is under way."""
        message = self.message(_parts(parts), inbound=False, **more)
        await self.front.rt.messages.remember(message, NUMBER)
        await self._heard(message)
        if status is not None:
            await self.post(message, f"out-{message.external_id}")
            await self.receipt(message, status)
        return message

    async def post(self, message: Message, far_id: str) -> None:
        to = DESK if message.origin == NUMBER else NUMBER
        await self.front.rt.ledger.sending(message, 0, to, last=True, before=None)
        await self.front.rt.ledger.sent(message, 0, far_id, "delivered")

    async def receipt(
        self, about: Message, status: Status, reason: Reason | None = None, price: Price | None = None
    ) -> None:
        far_id = f"out-{about.external_id}"
        progress = await self.front.rt.receipts.apply(
            Receipt(
                direction=Direction.inbound, origin=NUMBER, tenant="acme", contact=MARIA, occurred_at=now(),
                external_id=f"{far_id}:{status}", about=far_id, status=status, reason=reason, price=price,
            )
        )  # fmt: skip
        assert progress
        self.front.rt.watchers.rose(progress.thread, progress.event_id)

    async def _heard(self, message: Message) -> None:
        """Whoever watches is told, as of every message on its way."""
        rt = self.front.rt
        rt.watchers.heard(await rt.conversations.find(LINK, message.contact.address), message.id)

    async def file(self, message: Message, n: int, kind: MediaKind, body: bytes, mime: str, name: str) -> str:
        """As claiming it leaves it."""
        owner = Owner.of(message, n, kind)
        return (await self.front.rt.files.keep_bytes(owner, body, mime=mime, name=name)).id

    async def ask(self, path: str = "", who: str = "agent", method: str = "GET", **more: Any) -> ClientResponse:
        where = path if path.startswith("/widget/") else BASE + path
        return await self.front.ask(method, where, key=self.tokens[who], **more)

    async def read(self, path: str = "", who: str = "agent") -> Any:
        answer = await self.ask(path, who)
        assert answer.status == 200, await answer.text()
        return await answer.json()

    async def bubbles(self, query: str = "") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.read(f"/messages{query}"))["messages"]
        return found


def _parts(parts: tuple[Part | str, ...]) -> tuple[Part, ...]:
    return tuple(Text(text=part) if isinstance(part, str) else part for part in parts)


def ago(**back: float) -> datetime:
    return datetime.now(UTC) - timedelta(**back)
