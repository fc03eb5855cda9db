"""What the widget's browser tests stand on: one demo, its customers, and the widget open beside a conversation."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlencode

import aiohttp
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from tests.e2e.stage import Scheme, Watch
from xyper_engine.demo import AGENT, NUMBER

TENANT = "acme"
INES, SOFIA = "Ines Duarte", "Sofia Lindt"
"""An agent who takes part in every conversation, and a supervisor."""
ARRIVES = 20_000
"""Milliseconds for what is sent on one side to be seen on the other, on a busy machine."""

CALL = """async ([file, name, given]) => {
  const found = await import(new URL(file, document.querySelector("script[type=module]").src));
  return name.split(".").reduce((one, key) => one[key], found)(...given);
}"""
_turn = count(1)


@dataclass
class Ground:
    """A running demo."""

    sim: str
    """The simulator's pages, on 127.0.0.1."""
    ours: str
    """Xyper's own address, on localhost."""
    http: aiohttp.ClientSession

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """The simulator's control API."""
        async with self.http.request(method, f"{self.sim}/api/{path}", json=body) as answer:
            told = await answer.json()
            assert answer.status == 200, told
            return told

    async def sample(self, name: str) -> tuple[bytes, str]:
        """A file with its MIME type."""
        async with self.http.get(f"{self.sim}/api/samples/{name}") as answer:
            return await answer.read(), answer.headers["Content-Type"]

    async def customer(self, name: str, *, words: str = "Hello", **about: Any) -> "Customer":
        """Somebody new, who has just written; the agents' conversation with them."""
        wa_id = f"1650555{next(_turn):04}9"
        await self.call("PUT", f"graph/customers/{wa_id}", {"name": name, **about})
        found = Customer(self, wa_id, name)
        await found.write(words)
        found.conversation = (await found.heard(1))[-1]["conversation"]
        return found

    def address(self, conversation: str, **more: str) -> str:
        """The widget's page beside a conversation, as no host holds it."""
        return f"{self.ours}/widget/{TENANT}/?{urlencode({'gcConversationId': conversation, **more})}"


@dataclass
class Customer:
    ground: Ground
    wa_id: str
    name: str
    conversation: str = ""
    """Genesys' id."""

    async def write(self, text: str = "", **body: Any) -> str:
        """A message from their phone, as the control API takes it: its wamid."""
        given: dict[str, Any] = {"phone_number_id": NUMBER, **({"text": text} if text else {}), **body}
        return str((await self.ground.call("POST", f"graph/customers/{self.wa_id}/messages", given))["id"])

    async def file(self, kind: str, name: str, **more: Any) -> str:
        """One of the simulator's samples."""
        content, mime = await self.ground.sample(name)
        url = f"{self.ground.sim}/api/graph/numbers/{NUMBER}/media?filename={name}"
        async with self.ground.http.post(url, data=content, headers={"Content-Type": mime}) as stored:
            media = (await stored.json())["id"]
        body: dict[str, Any] = {"type": kind, kind: {"id": media, **more}}
        return await self.write(**body)

    async def heard(self, number: int, patience: int = 10) -> list[dict[str, Any]]:
        """Their messages as the contact centre got them, once there are so many; `patience`: seconds without news."""
        known = 0
        while True:
            taken = await self.ground.call("GET", f"cloud/received?kind=message&count={known + 1}&timeout={patience}")
            mine = [one for one in taken if one["address"].endswith(self.wa_id)]
            if len(mine) >= number:
                return mine
            assert len(taken) > known, f"{number} messages were expected, {len(mine)} came"
            known = len(taken)

    async def answer(self, text: str, **more: Any) -> dict[str, Any]:
        """An agent's message, from Genesys' own desk."""
        where = f"cloud/conversations/{self.conversation}/messages"
        said: dict[str, Any] = await self.ground.call("POST", where, {"text": text, **more})
        return said

    async def desk_file(self, name: str) -> dict[str, Any]:
        """One of the simulator's samples, uploaded at Genesys' own desk: an attachment."""
        content, mime = await self.ground.sample(name)
        url = f"{self.ground.sim}/api/cloud/files?filename={name}"
        async with self.ground.http.post(url, data=content, headers={"Content-Type": mime}) as stored:
            attachment: dict[str, Any] = await stored.json()
        return attachment

    async def sent(self) -> list[dict[str, Any]]:
        """What the business has sent to their phone."""
        told = await self.ground.call("GET", f"graph/sent?customer={self.wa_id}")
        rows: list[dict[str, Any]] = told["sent"]
        return rows

    async def phone_has(self, text: str) -> str:
        """The wamid of a message of the business that says this, once it is on the phone."""
        async with asyncio.timeout(ARRIVES / 1000):
            while True:
                for one in await self.sent():
                    if text in json.dumps(one["body"], ensure_ascii=False):
                        return str(one["wamid"])
                await asyncio.sleep(0.05)

    async def window(self, *, open_: bool) -> None:
        """The 24 hours, at will; only WhatsApp knows."""
        about = {"phone_number_id": NUMBER, "open": open_}
        await self.ground.call("POST", f"graph/customers/{self.wa_id}/window", about)


@dataclass
class Widget:
    """The widget in a page of its own, beside a conversation."""

    ground: Ground
    customer: Customer
    page: Page
    watch: Watch = field(repr=False)

    async def chosen(self, person: str) -> Page:
        """The window that the sign-in opens, where somebody has chosen who they are."""
        async with self.page.expect_popup() as opened:
            await self.page.locator(".sign-in button").first.click()
        window = await opened.value
        await window.get_by_role("button", name=person).click()
        return window

    async def sign_in(self, person: str = INES) -> None:
        """With two clicks."""
        await self.chosen(person)
        await expect(self.page.locator("xy-thread")).to_be_visible(timeout=ARRIVES)


@asynccontextmanager
async def context(
    browser: Browser, *, scheme: Scheme = "light", size: tuple[int, int] = (420, 800), language: str = "en-GB"
) -> AsyncIterator[BrowserContext]:
    made = await browser.new_context(
        color_scheme=scheme, viewport={"width": size[0], "height": size[1]}, locale=language, timezone_id="UTC",
        reduced_motion="reduce",
    )  # fmt: skip
    yield made
    await made.close()


@asynccontextmanager
async def widget(
    browser: Browser, customer: Customer, *, person: str = INES, search: Mapping[str, str] | None = None, **look: Any
) -> AsyncIterator[Widget]:
    """Open and signed in. At the end it must have kept to itself: no complaint, no violation, no request elsewhere."""
    ground = customer.ground
    async with context(browser, **look) as made:
        page, watch = await made.new_page(), Watch(ground.ours)
        await watch.over(page)
        await page.goto(ground.address(customer.conversation, **(search or {})))
        shown = Widget(ground, customer, page, watch)
        if person:
            await shown.sign_in(person)
        yield shown
    assert watch == Watch(ground.ours), watch


async def assign(customer: Customer, person: str = AGENT) -> None:
    """This user is the agent in the conversation; "" for nobody."""
    await customer.ground.call("PUT", f"cloud/conversations/{customer.conversation}/person", {"id": person})


def box(page: Page) -> Locator:
    """Where an agent writes."""
    return page.locator("xy-composer textarea")


async def said(shown: Widget, text: str) -> dict[str, Any]:
    """What was sent to the phone with these words."""
    wamid = await shown.customer.phone_has(text)
    return dict(next(one["body"] for one in await shown.customer.sent() if one["wamid"] == wamid))


async def call(page: Page, file: str, name: str, *given: object) -> Any:
    """What a function of one of the widget's modules gives, by its name there."""
    return await page.evaluate(CALL, [file, name, given])
