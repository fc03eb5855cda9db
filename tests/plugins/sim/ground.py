"""What the simulator's tests stand on: a receiver of webhooks, and a simulator with one number and one customer."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from xyper_sim.server import Simulator
from xyper_sim.settings import SimSettings

NUMBER, WABA, APP, TOKEN, SECRET = "106540352242922", "419561257915477", "operator", "EAAG-token", "app-secret"
ADA = "16505551234"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@dataclass(frozen=True, slots=True)
class Seen:
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def values(self) -> list[Any]:
        return [change["value"] for entry in self.json["entry"] for change in entry["changes"]]


@dataclass(slots=True)
class Receiver:
    """A webhook endpoint. It answers with `answers` first, one each, then 200."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def handle(self, request: web.Request) -> web.Response:
        if request.method == "GET":
            return web.Response(text=request.query["hub.challenge"])
        status = self.answers.pop(0) if self.answers else 200
        async with self.changed:
            self.seen.append(Seen(await request.read(), dict(request.headers)))
            self.changed.notify_all()
        return web.Response(status=status)

    async def until(self, enough: Callable[[], bool], timeout: float = 10.0) -> None:
        """Wait until what was seen is enough. Raises `TimeoutError`."""
        async with asyncio.timeout(timeout), self.changed:
            await self.changed.wait_for(enough)

    @property
    def statuses(self) -> list[Any]:
        return [status for seen in self.seen for value in seen.values for status in value.get("statuses", ())]

    @property
    def messages(self) -> list[Any]:
        return [message for seen in self.seen for value in seen.values for message in value.get("messages", ())]


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    made, app = Receiver(), web.Application()
    app.router.add_route("*", "/hook", made.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield made
    finally:
        await runner.cleanup()


@dataclass(frozen=True, slots=True)
class World:
    sim: Simulator
    http: aiohttp.ClientSession
    hook: Receiver

    async def send(self, body: dict[str, Any], **headers: str) -> tuple[int, Any]:
        """`POST /{number}/messages`: the HTTP status and the answer's JSON."""
        url = f"{self.sim.url}/graph/v25.0/{NUMBER}/messages"
        async with self.http.post(url, json=body, headers={**BEARER, **headers}) as answer:
            return answer.status, await answer.json()

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        async with self.http.request(method, self.sim.url + path, json=body, headers={**BEARER, **headers}) as answer:
            return answer.status, await answer.json()

    async def write(self, text: str, who: str = ADA) -> str:
        """The customer writes; the wamid."""
        body = {"phone_number_id": NUMBER, "text": text}
        _, answer = await self.call("POST", f"/api/graph/customers/{who}/messages", body)
        return str(answer["id"])


def text(body: str = "hello", to: str = f"+{ADA}", **more: Any) -> dict[str, Any]:
    """A text as a business sends it."""
    return {"messaging_product": "whatsapp", "to": to, "type": "text", "text": {"body": body}, **more}


@asynccontextmanager
async def world(graph: dict[str, Any] | None = None, **more: Any) -> AsyncIterator[World]:
    """A simulator at a hundredth of real time, its webhook's receiver, and a client."""
    async with receiver() as hook, aiohttp.ClientSession() as http:
        app = {"id": APP, "secret": SECRET, "webhook_url": hook.url, "verify_token": "let-me-in"}
        number = {
            "phone_number_id": NUMBER,
            "waba_id": WABA,
            "display": "15550783881",
            "access_token": TOKEN,
            "app": APP,
        }
        config = {
            "apps": [app],
            "numbers": [number],
            "customers": [{"wa_id": ADA, "name": "Ada Ńowak"}],
            **(graph or {}),
        }
        async with Simulator(
            SimSettings.model_validate({"time_scale": 0.01, "seed": 7, "graph": config, **more})
        ) as sim:
            yield World(sim, http, hook)
