"""When writing goes wrong: no network, a window that closes, a message that is refused, two who write at once."""

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import APIResponse, Browser, Locator, Page, Route, expect

from tests.e2e.widget.ground import ARRIVES, Customer, Ground, Widget, box, widget

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

DAY = "24:00:00"
TWICE = {"type": "choices", "kind": "quick_reply", "body": "Twice?", "options": [{"title": "Yes"}, {"title": "Yes"}]}
SENT = "part => { document.querySelector('xy-shell').app.outbox.send({ parts: [part] }); }"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shown(ground: Ground, browser: Browser) -> AsyncIterator[Widget]:
    async with widget(browser, await ground.customer("Ada Lindqvist")) as opened:
        opened.page.set_default_timeout(10_000)
        await expect(box(opened.page)).to_be_visible()
        yield opened


def said(page: Page, text: str) -> Locator:
    return page.locator(".bubble.out", has_text=text)


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
    for text in ("one", "two", "three"):
        await expect(said(page, text)).to_have_count(1)
    shown.watch.complaints.clear()  # the browser's own, of a network that was away


async def test_an_answer_that_is_lost_does_not_send_twice(shown: Widget) -> None:
    """The server has taken it, and the widget has not heard so: the same key again is the same message."""
    page = shown.page
    lost: list[APIResponse] = []

    async def once(route: Route) -> None:
        if lost or route.request.method != "POST":
            await route.continue_()
        else:
            lost.append(await route.fetch())
            await route.abort("connectionreset")

    await page.route("**/messages", once)
    await write(page, "only once")
    await shown.customer.phone_has("only once")
    await write(page, "afterwards")
    await shown.customer.phone_has("afterwards")
    assert (await arrived(shown.customer))[-2:] == ["only once", "afterwards"]
    for text in ("only once", "afterwards"):
        await expect(said(page, text)).to_have_count(1)
    assert lost
    shown.watch.complaints.clear()


async def test_a_window_that_closes_while_somebody_writes_keeps_the_draft(browser: Browser, ada: Customer) -> None:
    async with widget(browser, ada, person="") as opened:
        page = opened.page
        await page.clock.install()
        await page.route_web_socket("**/live", lambda socket: socket.close())
        await page.reload()
        await opened.sign_in()
        await box(page).fill("Half a sent")
        await page.route("**/widget/api/**", lambda route: route.abort())  # the server would say that no day has passed
        await page.clock.fast_forward(DAY)
        closed = page.locator("xy-closed")
        await expect(closed).to_contain_text("The window is closed", timeout=ARRIVES)
        await expect(box(page)).to_have_count(0)
        await expect(closed.locator("blockquote")).to_have_text("Half a sent")
        await expect(closed.get_by_role("button", name="Copy")).to_be_visible()
        await closed.get_by_role("button", name="Choose a template").click()
        await expect(page.get_by_role("tab", name="Templates")).to_have_attribute("aria-selected", "true")
        opened.watch.complaints.clear()  # of sockets that believe a day has passed


async def test_what_whatsapp_refuses_is_said_and_the_draft_goes_when_the_customer_writes(shown: Widget) -> None:
    """Only WhatsApp knew that the window is closed. The widget believes it, keeps the draft and sends it in time."""
    page, ada = shown.page, shown.customer
    await ada.window(open_=False)
    await write(page, "Too late")
    await box(page).fill("Are you still there?")
    bubble = said(page, "Too late")
    await expect(bubble.locator(".ticks.failed")).to_be_visible(timeout=ARRIVES)
    await expect(bubble).to_contain_text("more than 24 hours")
    await expect(bubble.get_by_role("button", name="Use a template")).to_be_visible(timeout=ARRIVES)
    closed = page.locator("xy-closed")
    await expect(closed.locator("blockquote")).to_have_text("Are you still there?", timeout=ARRIVES)
    await closed.get_by_role("button", name="Send when the customer writes").click()
    await expect(said(page, "Are you still there?").locator(".ticks.waiting")).to_be_visible(timeout=ARRIVES)
    assert "Are you still there?" not in await arrived(ada)
    await ada.write("Yes, I am")
    await ada.phone_has("Are you still there?")
    await expect(said(page, "Are you still there?").locator(".ticks:is(.sent, .delivered, .read)")).to_be_visible()
    await expect(box(page)).to_be_visible()
    await expect(said(page, "Are you still there?")).to_have_count(1)


async def test_what_could_not_be_delivered_can_be_tried_again(shown: Widget) -> None:
    page = shown.page
    await shown.ground.call("POST", "knobs", {"side": "graph", "fail_delivery": [131026]})
    await write(page, "Come in")
    bubble = said(page, "Come in")
    await expect(bubble.locator(".ticks.failed")).to_be_visible(timeout=ARRIVES)
    await bubble.get_by_role("button", name="Try again").click()
    await expect(bubble.locator(".ticks:is(.sent, .delivered, .read)")).to_be_visible(timeout=ARRIVES)
    await expect(bubble).to_have_count(2)


async def test_what_the_server_refuses_goes_back_to_its_sender(shown: Widget) -> None:
    """Nothing was sent, and the bubble that was shown at once says so; taken back, it is gone."""
    page = shown.page
    await page.evaluate(SENT, TWICE)
    before = await arrived(shown.customer)
    bubble = said(page, "Twice?")
    await expect(bubble.locator(".ticks.failed")).to_be_visible(timeout=ARRIVES)
    await expect(bubble).to_contain_text("There are two with this title.")
    await bubble.hover()
    await bubble.locator(".more").click()
    await page.get_by_role("menuitem", name="Discard").click()
    await expect(bubble).to_have_count(0)
    assert await arrived(shown.customer) == before
    shown.watch.complaints.clear()  # the browser's own, of an answer that is a refusal


async def test_a_sign_in_that_is_over_at_the_vendor_is_made_anew_and_nothing_is_lost(shown: Widget) -> None:
    page = shown.page
    told = json.dumps({"title": "Sign in again", "detail": "Genesys no longer knows you here.", "code": "sign_in"})
    await page.route("**/messages", lambda route: route.fulfill(status=409, body=told), times=1)
    await write(page, "Still to be said")
    await shown.sign_in()
    await expect(box(page)).to_have_value("Still to be said", timeout=ARRIVES)
    shown.watch.complaints.clear()  # the browser's own, of an answer that is a refusal


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
