"""Every kind of message, each way, drawn as it was when somebody looked at it.

Times are covered, for they are never the same. `PICTURES=new` takes the pictures anew.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from tests.e2e.widget import likeness
from tests.e2e.widget.ground import ARRIVES, SOFIA, Ground, Widget, widget
from tests.e2e.widget.kinds import FROM_AGENTS, FROM_CUSTOMERS, Send

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

LENGTH = r"text=/(^|\D)0:0[1-9]/"
"""Of a recording; not the end of 20:05, when a message came."""
TOLD_LATER = {
    "reaction": ".reactions", "edited": ".meta i", "deleted": ".gone", "quote": ".quote",
    "voice": LENGTH, "audio": LENGTH, "video": LENGTH, "document": "text=1 page",
}  # fmt: skip
"""What is told of a message after it, and must be there before the picture is taken."""
DRAWN = "bubble => Promise.all([...bubble.querySelectorAll('img')].map((image) => image.decode()))"
TIMES = "time, .ticks, .day"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def heard(ground: Ground, browser: Browser) -> AsyncIterator[Widget]:
    """Beside what a customer sends, as a supervisor sees it."""
    ada = await ground.customer("Ada Lindqvist", words="First words")
    async with widget(browser, ada, person=SOFIA, size=(400, 640)) as shown:
        await expect(shown.page.locator("xy-thread li.row")).to_have_count(1, timeout=ARRIVES)
        yield shown


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def told(ground: Ground, browser: Browser) -> AsyncIterator[Widget]:
    """Beside what agents and bots send from Genesys' own desk."""
    ada = await ground.customer("Ada Lindqvist", words="First words")
    async with widget(browser, ada, person=SOFIA, size=(400, 640)) as shown:
        await expect(shown.page.locator("xy-thread li.row")).to_have_count(1, timeout=ARRIVES)
        yield shown


@asynccontextmanager
async def coming(shown: Widget) -> AsyncIterator[Locator]:
    """Whatever is done inside brings a new bubble: the last one, as it is drawn in the end."""
    rows = shown.page.locator("xy-thread li.row")
    before = await rows.count()
    yield rows.last
    await expect(rows.nth(before)).to_be_attached(timeout=ARRIVES)
    await expect(rows.last.locator(".coming, [aria-busy=true]")).to_have_count(0, timeout=ARRIVES)
    await rows.last.evaluate(DRAWN)


async def settled(row: Locator, name: str) -> None:
    if mark := TOLD_LATER.get(name):
        await expect(row.locator(mark).first).to_be_visible(timeout=ARRIVES)


async def picture(shown: Widget, row: Locator) -> bytes:
    await shown.page.mouse.move(0, 0)
    await shown.page.evaluate("() => document.fonts.ready.then(() => null)")
    covered = shown.page.locator(TIMES)
    return await row.screenshot(mask=[covered], mask_color="#888888", animations="disabled")


@pytest.mark.parametrize(("name", "send"), FROM_CUSTOMERS.items(), ids=FROM_CUSTOMERS)
async def test_what_a_customer_sends(name: str, send: Send, heard: Widget, tmp_path: Path) -> None:
    async with coming(heard) as row:
        await send(heard.customer)
    await settled(row, name)
    likeness.compare(await picture(heard, row), f"in-{name}", tmp_path)


@pytest.mark.parametrize(("name", "send"), FROM_AGENTS.items(), ids=FROM_AGENTS)
async def test_what_an_agent_sends(name: str, send: Send, told: Widget, tmp_path: Path) -> None:
    async with coming(told) as row:
        await send(told.customer)
    await settled(row, name)
    end = "failed" if name == "failed" else "read"
    await expect(row.locator(f".ticks.{end}")).to_be_visible(timeout=ARRIVES)
    likeness.compare(await picture(told, row), f"out-{name}", tmp_path)
