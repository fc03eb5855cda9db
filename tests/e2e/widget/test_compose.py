"""Writing in the widget: every kind that the composer offers, as the customer's phone gets it."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.e2e.widget.ground import ARRIVES, Customer, Widget, widget

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def shown(browser: Browser, ada: Customer) -> AsyncIterator[Widget]:
    async with widget(browser, ada) as opened:
        await expect(box(opened.page)).to_be_visible()
        yield opened


def box(page: Page) -> Locator:
    return page.locator("xy-composer textarea")


async def add(page: Page, item: str) -> None:
    await page.get_by_role("button", name="Attach", exact=True).click()
    await page.get_by_role("menuitem", name=item).click()


def field(page: Page, label: str) -> Locator:
    """By the beginning of its label: a counter may follow."""
    return page.get_by_role("textbox", name=re.compile(f"^{label}"))


async def said(shown: Widget, text: str) -> dict[str, Any]:
    """What was sent to the phone with these words."""
    wamid = await shown.customer.phone_has(text)
    body = next(one["body"] for one in await shown.customer.sent() if one["wamid"] == wamid)
    return dict(body)


async def test_words(shown: Widget) -> None:
    await box(shown.page).fill("It is on its way.\nTomorrow.")
    await box(shown.page).press("Enter")
    await expect(box(shown.page)).to_have_value("")
    bubble = shown.page.locator(".bubble.out").last
    await expect(bubble).to_contain_text("It is on its way.")
    assert (await said(shown, "on its way"))["text"]["body"] == "It is on its way.\nTomorrow."
    await expect(bubble.locator(".ticks.read, .ticks.delivered, .ticks.sent")).to_be_visible(timeout=ARRIVES)
    assert await shown.page.locator(".bubble.out").count() == 1


async def test_a_reply_quotes_what_it_answers(shown: Widget) -> None:
    page = shown.page
    await page.locator(".bubble.in").first.hover()
    await page.locator(".bubble.in .more").first.click()
    await page.get_by_role("menuitem", name="Reply").click()
    await expect(page.locator(".composer-quote")).to_contain_text("Hello")
    await expect(box(page)).to_be_focused()
    await page.keyboard.type("Hello to you")
    await page.keyboard.press("Enter")
    await expect(page.locator(".composer-quote")).to_have_count(0)
    await expect(page.locator(".bubble.out .quote")).to_contain_text("Hello")
    assert (await said(shown, "Hello to you"))["context"]["message_id"]


async def test_a_reaction(shown: Widget) -> None:
    page = shown.page
    await page.locator(".bubble.in").first.hover()
    await page.locator(".bubble.in .more").first.click()
    await page.get_by_role("button", name="👍").click()
    await expect(page.locator(".bubble.in .reactions")).to_contain_text("👍")
    assert (await said(shown, "👍"))["reaction"]["emoji"] == "👍"


async def test_reply_buttons(shown: Widget) -> None:
    page = shown.page
    await add(page, "Buttons or list")
    await field(page, "Text").fill("Leave it outside?")
    await field(page, "Title 1").fill("Yes")
    await page.get_by_role("button", name="Add one").click()
    await page.keyboard.type("No")
    await page.locator("xy-interactive").get_by_role("button", name="Send").click()
    await expect(page.locator("dialog")).to_have_count(0, timeout=ARRIVES)
    action = (await said(shown, "Leave it outside?"))["interactive"]["action"]
    assert [one["reply"]["title"] for one in action["buttons"]] == ["Yes", "No"]


async def test_a_list(shown: Widget) -> None:
    page = shown.page
    await add(page, "Buttons or list")
    await page.get_by_role("radio", name="List").click()
    await field(page, "Text").fill("When?")
    await field(page, "Button that opens").fill("Times")
    await field(page, "Title 1").fill("Morning")
    await field(page, "Description 1").fill("8 to 12")
    await field(page, "Title 2").fill("Evening")
    await page.locator("xy-interactive").get_by_role("button", name="Send").click()
    await expect(page.locator("dialog")).to_have_count(0, timeout=ARRIVES)
    action = (await said(shown, "When?"))["interactive"]["action"]
    assert action["button"] == "Times"
    assert [row["title"] for row in action["sections"][0]["rows"]] == ["Morning", "Evening"]


async def test_a_link(shown: Widget) -> None:
    page = shown.page
    await add(page, "Buttons or list")
    await page.get_by_role("radio", name="Link button").click()
    await field(page, "Text").fill("Follow it here")
    await field(page, "Button").fill("Track")
    await field(page, "Web address").fill("https://acme.example/track")
    await page.locator("xy-interactive").get_by_role("button", name="Send").click()
    await expect(page.locator("dialog")).to_have_count(0, timeout=ARRIVES)
    parameters = (await said(shown, "Follow it here"))["interactive"]["action"]["parameters"]
    assert parameters == {"display_text": "Track", "url": "https://acme.example/track"}


async def test_asking_for_a_place(shown: Widget) -> None:
    page = shown.page
    await add(page, "Buttons or list")
    await page.get_by_role("radio", name="Location request").click()
    await field(page, "Text").fill("Where are you?")
    await page.locator("xy-interactive").get_by_role("button", name="Send").click()
    await expect(page.locator("dialog")).to_have_count(0, timeout=ARRIVES)
    assert (await said(shown, "Where are you?"))["interactive"]["type"] == "location_request_message"


async def test_a_place(shown: Widget) -> None:
    page = shown.page
    await add(page, "Location")
    await field(page, "Coordinates").fill("48.8693, 2.3312")
    await field(page, "Name").fill("Our shop")
    await page.locator("xy-location").get_by_role("button", name="Send").click()
    await expect(page.locator("dialog")).to_have_count(0, timeout=ARRIVES)
    place = (await said(shown, "Our shop"))["location"]
    assert (float(place["latitude"]), float(place["longitude"])) == (48.8693, 2.3312)


async def test_a_contact_card(shown: Widget) -> None:
    page = shown.page
    await add(page, "Contact card")
    await field(page, "First name").fill("Grace")
    await field(page, "Phone number").fill("+1 212 555 0100")
    await page.locator("xy-contact").get_by_role("button", name="Send").click()
    await expect(page.locator("dialog")).to_have_count(0, timeout=ARRIVES)
    assert "+1 212 555 0100" in json.dumps((await said(shown, "Grace"))["contacts"])
