"""When writing goes wrong: no network, a window that closes, a message that is refused, two who write at once."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.e2e.widget.ground import ARRIVES, Customer, Widget, widget

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

DAY = "24:00:00"


@pytest_asyncio.fixture(loop_scope="session")
async def shown(browser: Browser, ada: Customer) -> AsyncIterator[Widget]:
    async with widget(browser, ada) as opened:
        opened.page.set_default_timeout(10_000)
        await expect(box(opened.page)).to_be_visible()
        yield opened


def box(page: Page) -> Locator:
    return page.locator("xy-composer textarea")


async def write(page: Page, *texts: str) -> None:
    for text in texts:
        await box(page).fill(text)
        await box(page).press("Enter")


async def arrived(customer: Customer) -> list[str]:
    """The words that the phone has got, in order."""
    return [one["body"]["text"]["body"] for one in await customer.sent() if "text" in one["body"]]


async def test_three_messages_wait_for_the_network_and_go_once_each_in_order(shown: Widget) -> None:
    page = shown.page
    await page.context.set_offline(True)
    await write(page, "one", "two", "three")
    await expect(page.locator(".bubble.out .ticks.pending")).to_have_count(3)
    await expect(page.locator(".strip.connection")).to_contain_text("3 messages wait", timeout=ARRIVES)
    await page.context.set_offline(False)
    await shown.customer.phone_has("three")
    assert await arrived(shown.customer) == ["one", "two", "three"]
    await expect(page.locator(".strip.connection")).to_have_count(0, timeout=ARRIVES)
    await expect(page.locator(".bubble.out")).to_have_count(3)
    shown.watch.complaints.clear()  # the browser's own, of a network that was away


async def test_an_answer_that_is_lost_does_not_send_twice(shown: Widget) -> None:
    """The server has taken it, and the widget has not heard so: the same key again is the same message."""
    page, lost = shown.page, []

    async def once(route: object) -> None:
        if lost or route.request.method != "POST":  # type: ignore[attr-defined]
            return await route.continue_()  # type: ignore[attr-defined,no-any-return]
        lost.append(await route.fetch())  # type: ignore[attr-defined]
        await route.abort("connectionreset")  # type: ignore[attr-defined]

    await page.route("**/messages", once)
    await write(page, "only once")
    await shown.customer.phone_has("only once")
    await write(page, "afterwards")
    await shown.customer.phone_has("afterwards")
    assert await arrived(shown.customer) == ["only once", "afterwards"]
    await expect(page.locator(".bubble.out")).to_have_count(2)
    assert lost
    shown.watch.complaints.clear()


async def test_a_window_that_closes_while_somebody_writes_keeps_the_draft(browser: Browser, ada: Customer) -> None:
    async with widget(browser, ada, person="") as opened:
        page = opened.page
        await page.clock.install()
        await page.reload()
        await opened.sign_in()
        await box(page).fill("Half a sent")
        await page.clock.fast_forward(DAY)
        closed = page.locator("xy-closed")
        await expect(closed).to_contain_text("The window is closed", timeout=ARRIVES)
        await expect(box(page)).to_have_count(0)
        await expect(closed.locator("blockquote")).to_have_text("Half a sent")
        await expect(closed.get_by_role("button", name="Copy")).to_be_visible()
        await closed.get_by_role("button", name="Choose a template").click()
        await expect(page.get_by_role("tab", name="Templates")).to_have_attribute("aria-selected", "true")
        opened.watch.complaints.clear()  # of sockets that believe a day has passed


async def test_what_whatsapp_refuses_is_said_with_the_next_step(shown: Widget) -> None:
    page = shown.page
    await shown.customer.window(open_=False)
    await write(page, "Too late")
    bubble = page.locator(".bubble.out", has_text="Too late")
    await expect(bubble.locator(".ticks.failed")).to_be_visible(timeout=ARRIVES)
    await bubble.get_by_role("button", name="Use a template").click()
    await expect(page.get_by_role("tab", name="Templates")).to_have_attribute("aria-selected", "true")


async def test_two_agents_see_what_the_other_writes_at_once(browser: Browser, ada: Customer) -> None:
    async with widget(browser, ada) as one, widget(browser, ada) as other:
        await expect(box(one.page)).to_be_visible()
        await expect(box(other.page)).to_be_visible()
        await write(one.page, "from the first")
        await expect(other.page.locator(".bubble.out")).to_contain_text("from the first", timeout=ARRIVES)
        await write(other.page, "from the second")
        for page in (one.page, other.page):
            await expect(page.locator(".bubble.out")).to_have_count(2, timeout=ARRIVES)
        assert await ada.phone_has("from the second")
        assert await arrived(ada) == ["from the first", "from the second"]
