"""What the dashboard's browser tests stand on: one demo with two tenants, and the page for who has signed in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Error, Page, Response, expect

from tests.e2e.stage import Scheme, Watch
from tests.e2e.widget.ground import ARRIVES
from tests.e2e.widget.ground import Ground as WidgetGround
from xyper_engine.demo import ADMIN
from xyper_engine.testing import FarSide

TENANT, NEWCOMER = "acme", "newco"
"""One that works, and one that has yet to be onboarded."""


@dataclass
class Ground(WidgetGround):
    """A running demo, whose administrator signs in with this password."""

    password: str = field(default="", repr=False)
    folder: Path = field(default=Path())
    """Where its database is, for what nobody can make happen from outside."""
    far: FarSide = field(default_factory=FarSide, repr=False)
    """A server of somebody else's, to which webhooks may go."""


@dataclass
class Dashboard:
    """The dashboard, as somebody who has signed in sees it."""

    ground: Ground
    page: Page
    watch: Watch = field(repr=False)

    async def go(self, path: str) -> None:
        """An address typed into the browser; resolves when the page has its heading."""
        await self.page.goto(f"{self.ground.ours}/admin/{path}")
        await settled(self.page)

    def forgive(self, what: str) -> None:
        """What the browser itself says of an answer that the test wanted to be refused, e.g. `412`."""
        self.watch.complaints[:] = [one for one in self.watch.complaints if what not in one]

    async def api(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """A call of the JSON API in this session, as the page makes it."""
        return await self.page.evaluate(CALL, [method, path, body, headers])


CALL = """async ([method, path, body, headers]) => {
  const { app } = document.querySelector("xy-dashboard");
  const more = body === null ? {} : { body: JSON.stringify(body) };
  const own = { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() };
  const all = { ...own, ...app.session.headers(), ...headers };
  const answer = await fetch(`/api/v1/${path}`, { method, headers: all, credentials: "same-origin", ...more });
  const text = await answer.text();
  return { status: answer.status, etag: answer.headers.get("ETag"), body: text ? JSON.parse(text) : null };
}"""


class Heard:
    """What the API told a page."""

    def __init__(self, page: Page) -> None:
        self._told: list[asyncio.Task[str]] = []
        page.on("response", lambda answer: self._told.append(asyncio.create_task(self._read(answer))))

    async def _read(self, answer: Response) -> str:
        with suppress(Error):  # the page that asked is gone
            return await answer.text() if "/api/" in answer.url else ""
        return ""

    async def all(self) -> str:
        return "\n".join(await asyncio.gather(*self._told))


async def settled(page: Page) -> None:
    await expect(page.locator("main h1")).to_be_attached(timeout=ARRIVES)


@asynccontextmanager
async def context(
    browser: Browser, *, scheme: Scheme = "light", size: tuple[int, int] = (1240, 760), language: str = "en-GB"
) -> AsyncIterator[BrowserContext]:
    made = await browser.new_context(
        color_scheme=scheme, viewport={"width": size[0], "height": size[1]}, locale=language, timezone_id="Europe/Rome",
        reduced_motion="reduce",
    )  # fmt: skip
    await made.grant_permissions(["clipboard-read", "clipboard-write"])
    yield made
    await made.close()


async def sign_in(ground: Ground, made: BrowserContext, as_: str = "") -> None:
    """As Xyper's administrator with a password, or with Genesys Cloud as one of the tenant's people."""
    if as_:
        await sign_on(ground, made, as_)
        return
    own = {"Origin": ground.ours, "Sec-Fetch-Site": "same-origin"}
    who = {"email": ADMIN, "password": ground.password}
    answer = await made.request.post(f"{ground.ours}/api/v1/auth/page", data=who, headers=own)
    assert answer.status == 200, await answer.text()


async def sign_on(ground: Ground, made: BrowserContext, person: str) -> None:
    page = await made.new_page()
    await page.goto(f"{ground.ours}/admin/")
    button = page.get_by_role("button", name="Sign in with Genesys Cloud")
    await button.click()
    await page.get_by_label("Tenant").fill(TENANT)
    await button.click()
    await page.get_by_role("button", name=person).click()
    await settled(page)
    await page.close()


@asynccontextmanager
async def dashboard(
    browser: Browser, ground: Ground, path: str = "", *, as_: str = "", **look: Any
) -> AsyncIterator[Dashboard]:
    """Open there, signed in. At the end it must have kept to itself: no complaint, no violation, no other host."""
    async with context(browser, **look) as made:
        await sign_in(ground, made, as_)
        page, watch = await made.new_page(), Watch(ground.ours)
        await watch.over(page)
        shown = Dashboard(ground, page, watch)
        await shown.go(path)
        yield shown
    assert watch == Watch(ground.ours), watch


async def findings(page: Page) -> list[str]:
    """What axe finds: nothing."""
    found = (await Axe().run(page)).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found]
