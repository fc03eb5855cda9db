"""A tenant, a Genesys integration and a customer, and the Genesys Cloud that they talk to in these tests."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import aiohttp
from pydantic import SecretStr

from xyper_engine.contract import Posted, Target
from xyper_engine.conversation import Conversation
from xyper_engine.model import (
    Account,
    Contact,
    Direction,
    Endpoint,
    Message,
    Receipt,
    Status,
    Typing,
    Utterance,
)
from xyper_engine.parts import Text
from xyper_engine.runtime import Runtime
from xyper_engine.testing import FarSide, bare_runtime
from xyper_genesys.adapter import Genesys
from xyper_genesys.settings import GenesysSettings, Hosts

INTEGRATION = "7f3c9f0e-3b1a-4d0e-9d1c-5f3f0e6a1b2c"
THREAD = "3d8b7a52-7c0f-4b0e-8a53-2a1f6b2f9c11"
MESSAGES = f"/api/v2/conversations/messages/{INTEGRATION}/inbound/open/message"
RECEIPTS = f"/api/v2/conversations/messages/{INTEGRATION}/inbound/open/receipt"
OPEN = f"/api/v2/conversations/messaging/integrations/open/{INTEGRATION}"
TOKEN = "/oauth/token"
AT = datetime(2026, 11, 22, 10, 0, 0, 7_000, tzinfo=UTC)

GENESYS = Endpoint(adapter="genesys", account=INTEGRATION)
WHATSAPP = Endpoint(adapter="whatsapp", account="106540352242922")
MARIO = Contact(address="tel:+393331234567", name="Mario R.")


def account(**changes: Any) -> Account:
    config: Mapping[str, Any] = {"region": "lab", "client_id": "client-1"} | changes.pop("config", {})
    secrets = {"client_secret": SecretStr("s3cret")} | changes.pop("secrets", {})
    return Account(tenant="acme", endpoint=GENESYS, config=config, secrets=secrets)


def target(thread: str | None = THREAD, **changes: Any) -> Target:
    """Towards Genesys, from WhatsApp; `thread=None` is a conversation that Genesys has not named yet."""
    known = Conversation(
        id="c1", tenant="acme", customer=WHATSAPP, agent=GENESYS, contact=MARIO, thread=thread, last_inbound_at=AT
    )
    return Target(account(**changes), Account(tenant="acme", endpoint=WHATSAPP), known)


def message(**changes: Any) -> Message:
    return Message(**_common("wamid.A") | {"parts": (Text(text="ciao"),)} | changes)


def receipt(status: Status = Status.delivered, **changes: Any) -> Receipt:
    return Receipt(**_common("wamid.B:read") | {"about": "d7d5", "status": status, "final": True} | changes)


def typing(**changes: Any) -> Typing:
    return Typing(**_common("typing-1") | changes)


def _common(external_id: str) -> dict[str, Any]:
    return {
        "direction": Direction.inbound,
        "origin": WHATSAPP,
        "tenant": "acme",
        "contact": MARIO,
        "external_id": external_id,
        "occurred_at": AT,
    }


@dataclass(frozen=True)
class World:
    """An adapter with its own region "lab", whose API and login are two scripted servers."""

    api: FarSide
    login: FarSide
    rt: Runtime
    adapter: Genesys
    to: Target = field(default_factory=target)

    @property
    def tokens_used(self) -> list[str]:
        return [seen.headers["Authorization"].removeprefix("Bearer ") for seen in self.api.requests]

    async def say(self, event: Utterance) -> Posted:
        (payload,) = self.adapter.render(event, self.to)
        return await self.adapter.post(payload, self.to, self.rt)


@asynccontextmanager
async def world(*tokens: str, timeout: float = 5.0) -> AsyncIterator[World]:
    """The login hands out `tokens` in turn, and the last one for ever."""
    async with FarSide() as api, FarSide() as login, aiohttp.ClientSession() as http:
        for token in tokens or ("token-1",):
            login.answer("POST", TOKEN, json={"access_token": token, "token_type": "bearer", "expires_in": 86400})
        settings = GenesysSettings(timeout=timeout, regions={"lab": Hosts(api=api.url, login=login.url)})
        rt = bare_runtime(http=http, settings=SimpleNamespace(public_url="https://xyper.example"))
        yield World(api, login, rt, Genesys(settings))
