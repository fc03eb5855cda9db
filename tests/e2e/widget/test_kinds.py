"""Every kind of message, each way, drawn as it was when somebody looked at it.

Times are covered, for they are never the same. `PICTURES=new` takes the pictures anew.
"""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.e2e.widget import pictures
from tests.e2e.widget.ground import ARRIVES, SOFIA, Ground, Widget, widget
from tests.e2e.widget.kinds import FROM_CUSTOMERS, Send

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

DRAWN = "bubble => Promise.all([...bubble.querySelectorAll('img')].map((image) => image.decode()))"


async def newest(shown: Widget, number: int) -> Locator:
    """The last bubble, once there are so many, with everything in it drawn."""
    rows = shown.page.locator("xy-thread xy-bubble")
    await expect(rows).to_have_count(number, timeout=ARRIVES)
    await expect(shown.page.get_by_text("being fetched")).to_have_count(0)
    await rows.last.evaluate(DRAWN)
    return rows.last


async def picture(shown: Widget, row: Locator) -> bytes:
    times = shown.page.locator("time, .ticks, .older, .day")
    return await row.screenshot(mask=[times], mask_color="#888888", animations="disabled")


@pytest.mark.parametrize(("name", "send"), FROM_CUSTOMERS.items(), ids=FROM_CUSTOMERS)
async def test_what_a_customer_sends(name: str, send: Send, ground: Ground, browser: Browser, tmp_path: Path) -> None:
    ada = await ground.customer("Ada Lindqvist", words="First words")
    await send(ada)
    await ada.heard(2)
    async with widget(browser, ada, person=SOFIA, size=(400, 640)) as shown:
        row = await newest(shown, 2)
        pictures.compare(await picture(shown, row), f"in-{name}", tmp_path)
