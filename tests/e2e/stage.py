"""What the browser tests stand on: `xyper demo` as a process of its own, and a Chromium that watches every page."""

import asyncio
import os
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from playwright.async_api import Browser, FrameLocator, Page, async_playwright, expect

START = 120.0
"""Seconds for the demo to make its database and say that it is ready."""

XYPER = str(Path(sys.executable).with_name("xyper"))
LOCAL = ("127.0.0.1", "localhost")

TELL = """addEventListener("securitypolicyviolation",
    (event) => refusedByPolicy(`${event.violatedDirective} ${event.blockedURI}`))"""

Scheme = Literal["light", "dark"]


@asynccontextmanager
async def demo(folder: Path, *options: str, **variables: str) -> AsyncIterator[str]:
    """`xyper demo` on a free port; the address of its pages, without the last `/`. `variables`: `XYPER_…`."""
    process = await asyncio.create_subprocess_exec(
        XYPER, "demo", "--quiet", "--port", "0", "--data", str(folder), *options, env={**os.environ, **variables},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield await asyncio.wait_for(_address(process), START)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), START)
    assert process.returncode == 0


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stdout
    said: list[str] = []
    async for line in process.stdout:
        said.append(line.decode())
        if found := re.search(r"(http://127\.0\.0\.1:\d+/x/sim)/ ", said[-1]):
            return found[1]
    raise AssertionError("".join(said))


@dataclass
class Watch:
    """What a page did that none of ours may do."""

    home: str
    """Where the demo is: requests may go nowhere else, under either of this machine's names."""
    complaints: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    """Of the Content-Security-Policy."""
    strayed: list[str] = field(default_factory=list)

    async def over(self, page: Page) -> None:
        page.on("console", lambda message: self.complaints.append(f"{message.text} ({message.location['url']})"))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self._went(request.url))
        page.on("websocket", lambda socket: self._went(socket.url.replace("ws:", "http:", 1)))
        await page.expose_function("refusedByPolicy", lambda what: self.violations.append(what))
        await page.add_init_script(TELL)

    def _went(self, url: str) -> None:
        here, there = urlsplit(self.home), urlsplit(url)
        inside = there.scheme in ("blob", "data") or (there.port == here.port and there.hostname in LOCAL)
        if not inside:
            self.strayed.append(url)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Nothing but this machine can be reached: every other name and address does not resolve."""
    args = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"]
    args.append("--use-fake-device-for-media-stream")  # a microphone that beeps, for whoever was permitted to hear
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=args)
        yield browser
        await browser.close()


@asynccontextmanager
async def looking(
    browser: Browser, home: str, path: str = "/", scheme: Scheme = "light", size: tuple[int, int] = (1280, 720)
) -> AsyncIterator[Page]:
    """A page of the demo. At the end it must have kept to itself: no complaint, no violation, no request elsewhere."""
    watch = Watch(home)
    context = await browser.new_context(
        color_scheme=scheme, viewport={"width": size[0], "height": size[1]}, locale="en-GB", timezone_id="UTC"
    )
    page = await context.new_page()
    await watch.over(page)
    await page.goto(home + path)
    yield page
    await context.close()
    assert watch == Watch(home), watch


@dataclass(frozen=True)
class Stage:
    """The phone and the desk, side by side on one page."""

    page: Page

    @property
    def phone(self) -> FrameLocator:
        return self.page.frame_locator("iframe[src=phone]")

    @property
    def desk(self) -> FrameLocator:
        return self.page.frame_locator("iframe[src=desk]")

    async def write(self, customer: str, text: str) -> None:
        """A customer writes on the phone."""
        await self.phone.get_by_role("tab", name=customer).click()
        await self.phone.get_by_label("Message").fill(text)
        await self.phone.get_by_role("button", name="Send").click()

    async def attach(self, side: FrameLocator, entry: str) -> None:
        """Send something of the attach menu, from the phone or from the desk."""
        await side.locator("#attach > summary").click()
        await side.locator("#attach").get_by_role("button", name=entry, exact=True).click()

    async def open(self, customer: str) -> None:
        """Look at this customer's chat, on the phone and at the desk."""
        await self.phone.get_by_role("tab", name=customer).click()
        await self.desk.get_by_role("navigation").get_by_role("button", name=customer).click()
        await expect(self.desk.locator("#name")).to_have_text(customer)

    async def answer(self, customer: str, text: str) -> None:
        """The agent answers at the desk."""
        await self.desk.get_by_role("navigation").get_by_role("button", name=customer).click()
        await expect(self.desk.locator("#name")).to_have_text(customer)
        await self.desk.get_by_label("Answer").fill(text)
        await self.desk.get_by_role("button", name="Send").click()
