"""An agent at the widget: signed in with the simulated Genesys, beside a conversation, speaking the widget's API."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp
from yarl import URL

from tests.directory import put_tenant
from tests.flows.conftest import Bridge, Build
from tests.signing_in import APP, ORG, Window
from tests.world import Tenant, World, eventually
from xyper_engine.runtime import Runtime
from xyper_engine.sealing import Sealer
from xyper_engine.tenants.spec import AccountSpec

ONE = Tenant(1)
MARIA = "393331234567"
INES: dict[str, Any] = {"id": "ines", "name": "Ines, an agent", "email": "ines@example.com"}
LEO: dict[str, Any] = {"id": "leo", "name": "Leo, another", "email": "leo@example.com"}
SOFIA: dict[str, Any] = {"id": "sofia", "name": "Sofia, a supervisor", "roles": ["Supervisor"]}
CLOUD: dict[str, Any] = {"orgs": [{"id": ORG}], "people": [INES, LEO, SOFIA], "agent": "ines"}


@dataclass
class Said:
    """An answer of the API."""

    status: int
    body: Any

    @property
    def code(self) -> str:
        return str(self.body["code"])


@dataclass
class Desk:
    """Ines beside her conversation with Maria."""

    bridge: Bridge
    http: aiohttp.ClientSession
    thread: str
    token: str
    engine: str = ""
    """The address that is asked; "" is the bridge's."""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def base(self) -> str:
        return f"{self.engine or self.bridge.url}/widget/api/v1/tenants/{ONE.id}/conversations/{self.thread}"

    async def ask(self, method: str, path: str, body: Any = None, key: str = "", **more: Any) -> Said:
        headers = {"Authorization": f"Bearer {self.token}", **({"Idempotency-Key": key} if key else {})}
        given = {"json": body} if body is not None else {}
        async with self.http.request(method, self.base + path, headers=headers, **given, **more) as answer:
            return Said(answer.status, await answer.json(content_type=None) if answer.content_length else None)

    async def send(self, *parts: Mapping[str, Any], key: str = "", **more: Any) -> Said:
        return await self.ask("POST", "/messages", {"parts": list(parts), **more}, key or str(uuid4()))

    async def say(self, text: str, **more: Any) -> Said:
        return await self.send({"type": "text", "text": text}, **more)

    async def state(self, id_: str) -> str:
        """How far a send came."""
        return (await self.bridge.engine.rt.sends.get(ONE.id, id_)).state

    async def came_to(self, id_: str, state: str, timeout: float = 20.0) -> bool:
        async def there() -> bool:
            return await self.state(id_) == state

        return await eventually(there, timeout)

    async def transcript(self) -> list[str]:
        """What stands in the Genesys conversation as said by its agent."""
        found = await self.bridge.world.conversation(ONE, MARIA)
        return [one["text"] for one in found["messages"] if one["direction"] == "outbound"]

    async def at_customer(self, count: int) -> list[dict[str, Any]]:
        """What Maria was sent, once it is `count`: bodies as Meta was given them."""
        return [row["body"] for row in await self.bridge.world.sent(count)]


@asynccontextmanager
async def at_desk(build: Build, **more: Any) -> AsyncIterator[Desk]:
    """A running bridge, in which Maria has written and Ines has signed in."""
    cloud = {**CLOUD, **more.pop("cloud", {})}
    async with build(cloud=cloud, **more) as bridge, aiohttp.ClientSession() as http:
        await allow_sign_in(bridge.engine.rt, bridge.world, bridge.engine.rt.settings.public_url)
        await bridge.world.write(ONE, MARIA, "Hello, my parcel…")
        await bridge.world.reached(1)
        desk = Desk(bridge, http, (await bridge.world.conversation(ONE, MARIA))["id"], "")

        async def threaded() -> bool:
            return await bridge.engine.rt.mapping.of_thread(ONE.id, desk.thread) is not None

        assert await eventually(threaded)
        desk.token = await signed_in(bridge.url, "ines", desk.thread)
        yield desk


async def allow_sign_in(rt: Runtime, world: World, url: str) -> None:
    """The tenant is set up for it, and the simulated login knows the way back."""
    spec = ONE.spec()
    given = spec.accounts[1]
    config = {**given.config, "login_client_id": APP, "organization_id": ORG}
    account = AccountSpec.model_validate({**given.model_dump(), "config": config, "secrets": given.secrets})
    await put_tenant(rt.db, Sealer.from_settings(rt.settings), spec.model_copy(update={"accounts": (account,)}))
    back = f"{url}/widget/{ONE.id}/auth/callback"
    await world.call("PUT", f"/api/cloud/login_clients/{APP}", {"redirect_uris": [back]})


async def signed_in(url: str, person: str, conversation: str | None) -> str:
    """Through the login and back, in a browser of its own: an access token."""
    base = f"{url}/widget/{ONE.id}/auth"
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        window = Window(http)
        asked = {} if conversation is None else {"conversation": conversation}
        _, begun = await window.post(f"{base}/new", asked)
        _, login = await window.go(f"{base}/start?sid={begun['sid']}")
        assert login, window.last
        status, where = await window.go(await window.choose(login, person))
        assert (status, where) == (303, URL(f"{base}/done?sid={begun['sid']}")), window.last
        _, proof = await window.post(f"{base}/proof", {"sid": begun["sid"]})
        status, granted = await window.post(f"{base}/finish", {**begun, **proof})
        assert status == 200, granted
    return str(granted["access_token"])
