"""A simulated Genesys Cloud with one integration, a middleware that takes its webhooks, and a client that calls it."""

import asyncio
import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from xyper_sim import cloud_check
from xyper_sim.server import Simulator
from xyper_sim.settings import SimSettings

INTEGRATION = "11111111-2222-3333-4444-555555555555"
SECRET = "a-secret-of-more-than-15"
CLIENT, CLIENT_SECRET = "client-1", "client-secret"
CUSTOMER = "393331234567"
MESSAGE = f"conversations/messages/{INTEGRATION}/inbound/open/message"
EVENT = f"conversations/messages/{INTEGRATION}/inbound/open/event"
RECEIPT = f"conversations/messages/{INTEGRATION}/inbound/open/receipt"
TIME = "2026-11-22T10:00:00.000Z"

Json = dict[str, Any]


def inbound(text: str = "ciao", message_id: str = "wamid.1", **more: Any) -> Json:
    """A message as section 2.2 of Genesys' documentation has it."""
    sender = {"id": CUSTOMER, "idType": "Phone", "nickname": "Mario R."}
    return {"channel": {"messageId": message_id, "time": TIME, "from": sender}, "text": text, **more}


def receipt(message: str, status: str = "Delivered", **more: Any) -> Json:
    channel = {"to": {"id": CUSTOMER, "idType": "Phone"}, "time": TIME}
    return {"id": message, "channel": channel, "status": status, "isFinalReceipt": True, **more}


def told(model: str, body: Any) -> Any:
    """The body, proved to be of the official SDK's model."""
    assert list(cloud_check.faults(model, body)) == []
    return body


@dataclass
class Middleware:
    """Takes webhooks. `answers` are the statuses to give, one each; then 200."""

    answers: list[int] = field(default_factory=list)
    got: list[tuple[Mapping[str, str], bytes, Json]] = field(default_factory=list)
    url: str = ""
    more: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        raw = await request.read()
        self.got.append((request.headers.copy(), raw, await request.json()))
        self.more.set()
        return web.Response(status=self.answers.pop(0) if self.answers else 200)

    def bodies(self, kind: str) -> list[Json]:
        return [body for _, _, body in self.got if body["type"] == kind]

    async def first(self, kind: str) -> Json:
        """Wait for a webhook of this type."""
        async with asyncio.timeout(5):
            while not self.bodies(kind):
                self.more.clear()
                await self.more.wait()
        return self.bodies(kind)[0]


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass
class World:
    sim: Simulator
    middleware: Middleware
    http: aiohttp.ClientSession
    token: str = ""

    async def call(self, method: str, path: str, body: Any = None, token: str | None = None) -> Answer:
        """A call of Genesys' API, as the client."""
        headers = {"Authorization": f"Bearer {token if token is not None else self.token}"}
        return await self._ask(method, f"{self.sim.url}/cloud/api/v2/{path}", body, headers)

    async def post(self, path: str, body: Any) -> Answer:
        return await self.call("POST", path, body)

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        """A call of the control API."""
        answer = await self._ask(method, f"{self.sim.url}/api/{path}", body, {})
        assert answer.status == 200, answer.body
        return answer.body

    async def knobs(self, **values: Any) -> None:
        await self.control("POST", "knobs", {"side": "cloud", **values})

    async def oauth(self, basic: str | None, grant: str = "client_credentials") -> Answer:
        headers = {} if basic is None else {"Authorization": basic}
        url = f"{self.sim.url}/login/oauth/token"
        async with self.http.post(url, data={"grant_type": grant}, headers=headers) as answer:
            return Answer(answer.status, answer.headers, await answer.json())

    async def log_in(self) -> None:
        self.token = (await self.oauth(basic())).body["access_token"]

    async def conversation(self, text: str = "ciao") -> str:
        """A customer writes: the conversation's id."""
        answer = await self.post(f"{MESSAGE}?prefetchConversationId=true", inbound(text))
        return str(answer.body["conversationId"])

    async def say(self, conversation: str, text: str) -> Json:
        """The agent writes."""
        said: Json = await self.control("POST", f"cloud/conversations/{conversation}/messages", {"text": text})
        return said

    async def settled(self) -> None:
        await self.control("POST", "webhooks/settled")

    async def _ask(self, method: str, url: str, body: Any, headers: Mapping[str, str]) -> Answer:
        async with self.http.request(method, url, json=body, headers=headers) as answer:
            text = await answer.text()
            return Answer(answer.status, answer.headers, await answer.json() if text else None)


def basic(client: str = CLIENT, secret: str = CLIENT_SECRET) -> str:
    return "Basic " + base64.b64encode(f"{client}:{secret}".encode()).decode()


@asynccontextmanager
async def world(**cloud: Any) -> AsyncIterator[World]:
    """`cloud`: settings of `[plugins.sim.cloud]`. Vendor delays take a hundredth of their time."""
    middleware = Middleware()
    async with _serving(middleware), aiohttp.ClientSession() as http:
        integration = {"id": INTEGRATION, "name": "WA", "webhook_url": middleware.url, "webhook_secret": SECRET}
        client = {"client_id": CLIENT, "client_secret": CLIENT_SECRET}
        config = {"clients": [client], "integrations": [integration], "published": False, **cloud}
        async with Simulator(SimSettings.model_validate({"time_scale": 0.01, "cloud": config})) as sim:
            here = World(sim, middleware, http)
            await here.log_in()
            yield here


@asynccontextmanager
async def _serving(middleware: Middleware) -> AsyncIterator[None]:
    app = web.Application()
    app.router.add_post("/hook", middleware.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    middleware.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield
    finally:
        await runner.cleanup()
