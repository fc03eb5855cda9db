"""Writing in the widget: every kind that the composer offers, as the customer's phone gets it."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FilePayload, Locator, Page, expect

import xyper_sim
from tests.e2e.widget.ground import ARRIVES, Ground, Widget, box, said, widget

SAMPLES = Path(xyper_sim.__file__).parent / "data" / "samples"
PHOTO = FilePayload(name="depot.jpg", mimeType="image/jpeg", buffer=(SAMPLES / "photo.jpg").read_bytes())

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shown(ground: Ground, browser: Browser) -> AsyncIterator[Widget]:
    """One conversation for all of them: they differ by their words."""
    async with widget(browser, await ground.customer("Ada Lindqvist")) as opened:
        opened.page.set_default_timeout(10_000)
        await expect(box(opened.page)).to_be_visible()
        yield opened


def field(page: Page, label: str) -> Locator:
    """By the beginning of its label: a counter may follow."""
    return page.get_by_role("textbox", name=re.compile(f"^{label}"))


async def add(page: Page, item: str) -> None:
    await page.get_by_role("button", name="Attach", exact=True).click()
    await page.get_by_role("menuitem", name=item).click()


async def choose(page: Page, kind: str, body: str) -> None:
    """A message with something to press, of this kind."""
    await add(page, "Buttons or list")
    await page.get_by_role("radio", name=kind).click()
    await field(page, "Text").fill(body)


async def send(page: Page) -> None:
    """From a dialog: it closes once the server has taken the message."""
    await page.get_by_role("dialog").get_by_role("button", name="Send").click()
    await expect(page.get_by_role("dialog")).to_have_count(0, timeout=ARRIVES)


async def menu(page: Page, words: str) -> None:
    """What can be done with the customer's message that says this."""
    bubble = page.locator(".bubble.in", has_text=words)
    await bubble.hover()
    await bubble.locator(".more").click()


async def test_words(shown: Widget) -> None:
    await box(shown.page).fill("It is on its way.\nTomorrow.")
    await box(shown.page).press("Enter")
    await expect(box(shown.page)).to_have_value("")
    bubble = shown.page.locator(".bubble.out", has_text="It is on its way.")
    assert (await said(shown, "on its way"))["text"]["body"] == "It is on its way.\nTomorrow."
    await expect(bubble.locator(".ticks.read, .ticks.delivered, .ticks.sent")).to_be_visible(timeout=ARRIVES)
    await expect(bubble).to_have_count(1)


async def test_a_reply_quotes_what_it_answers(shown: Widget) -> None:
    page = shown.page
    await menu(page, "Hello")
    await page.get_by_role("menuitem", name="Reply").click()
    await expect(page.locator(".composer-quote")).to_contain_text("Hello")
    await expect(box(page)).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator(".composer-quote")).to_have_count(0)
    await menu(page, "Hello")
    await page.get_by_role("menuitem", name="Reply").click()
    await page.keyboard.type("And to you")
    await page.keyboard.press("Enter")
    await expect(page.locator(".composer-quote")).to_have_count(0)
    await expect(page.locator(".bubble.out", has_text="And to you").locator(".quote")).to_contain_text("Hello")
    assert (await said(shown, "And to you"))["context"]["message_id"]


async def test_a_reaction(shown: Widget) -> None:
    await menu(shown.page, "Hello")
    await shown.page.get_by_role("button", name="👍").click()
    await expect(shown.page.locator(".bubble.in .reactions")).to_contain_text("👍")
    assert (await said(shown, "👍"))["reaction"]["emoji"] == "👍"


async def test_reply_buttons(shown: Widget) -> None:
    page = shown.page
    await choose(page, "Reply buttons", "Leave it outside?")
    await field(page, "Title 1").fill("Yes")
    await page.get_by_role("button", name="Add one").click()
    await page.keyboard.type("No")
    await page.get_by_role("button", name="Move 2 up").click()
    await send(page)
    action = (await said(shown, "Leave it outside?"))["interactive"]["action"]
    assert [one["reply"]["title"] for one in action["buttons"]] == ["No", "Yes"]


async def test_a_list(shown: Widget) -> None:
    page = shown.page
    await choose(page, "List", "When?")
    await field(page, "Button that opens").fill("Times")
    await field(page, "Title 1").fill("Morning")
    await field(page, "Description 1").fill("8 to 12")
    await field(page, "Title 2").fill("Evening")
    await send(page)
    action = (await said(shown, "When?"))["interactive"]["action"]
    assert action["button"] == "Times"
    assert [row["title"] for row in action["sections"][0]["rows"]] == ["Morning", "Evening"]


async def test_a_link(shown: Widget) -> None:
    page = shown.page
    await choose(page, "Link button", "Follow it here")
    await field(page, "Button").fill("Track")
    await field(page, "Web address").fill("http")
    await expect(page.locator(".field.wrong")).to_have_count(0)  # not while it is being written
    await field(page, "Web address").fill("https://acme.example/track")
    await send(page)
    parameters = (await said(shown, "Follow it here"))["interactive"]["action"]["parameters"]
    assert parameters == {"display_text": "Track", "url": "https://acme.example/track"}


async def test_asking_for_a_place(shown: Widget) -> None:
    await choose(shown.page, "Location request", "Where are you?")
    await send(shown.page)
    assert (await said(shown, "Where are you?"))["interactive"]["type"] == "location_request_message"


async def test_a_place(shown: Widget) -> None:
    page = shown.page
    await add(page, "Location")
    await field(page, "Coordinates").fill("https://www.google.com/maps/place/Our+shop/@48.8693,2.3312,17z")
    await expect(field(page, "Name")).to_have_value("Our shop")
    await send(page)
    place = (await said(shown, "Our shop"))["location"]
    assert (float(place["latitude"]), float(place["longitude"])) == (48.8693, 2.3312)


async def test_a_contact_card(shown: Widget) -> None:
    page = shown.page
    await add(page, "Contact card")
    await field(page, "First name").fill("Grace")
    await field(page, "Phone number").fill("+1 212 555 0100")
    await send(page)
    assert "+1 212 555 0100" in json.dumps((await said(shown, "Grace"))["contacts"])


async def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_sent(shown: Widget) -> None:
    page = shown.page
    await choose(page, "Reply buttons", " ")
    await page.get_by_role("dialog").get_by_role("button", name="Send").click()
    await expect(field(page, "Text")).to_be_focused()
    await expect(field(page, "Title 1")).to_have_attribute("aria-invalid", "true")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_an_emoji_by_keyboard(shown: Widget) -> None:
    page = shown.page
    await box(page).fill("Done ")
    await page.get_by_role("button", name="Emoji", exact=True).press("Enter")
    await expect(page.get_by_label("Search emoji")).to_be_focused()
    await page.keyboard.type("party")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(box(page)).to_have_value(re.compile(r"^Done (🥳|🎉)$"))
    await expect(box(page)).to_be_focused()
    await box(page).fill("")


async def test_a_template_is_filled_in_looked_at_and_sent(shown: Widget) -> None:
    page = shown.page
    await page.keyboard.press("Alt+t")
    await page.get_by_role("searchbox").fill("about")
    await page.get_by_role("button", name="About your request").first.click()
    await expect(page.locator(".preview .bubble")).to_contain_text("About your request:")
    await page.get_by_role("button", name="Continue").click()
    await expect(page.locator(".field.wrong")).to_contain_text("Fill this in.")
    await field(page, "Value").fill("it is ready.")
    await expect(page.locator(".preview .bubble")).to_contain_text("About your request: it is ready.")
    await page.get_by_role("button", name="Continue").click()
    await expect(page.locator(".template-confirm")).to_contain_text("free while the window is open")
    await page.locator(".template-confirm").get_by_role("button", name="Send").click()
    await expect(page.get_by_role("tab", name="Chat")).to_have_attribute("aria-selected", "true", timeout=ARRIVES)
    assert (await said(shown, "it is ready."))["template"]["name"] == "about_your_request"
    await expect(page.locator(".bubble.out", has_text="it is ready.")).to_have_count(1)


async def test_a_template_with_a_picture(shown: Widget) -> None:
    page = shown.page
    await page.keyboard.press("Alt+t")
    await page.get_by_role("searchbox").fill("")
    await page.get_by_role("button", name="Parcel on its way").first.click()
    await expect(page.locator("#template-body-0")).to_have_value("Ada Lindqvist")
    await page.locator("#template-body-1").fill("AB-2291")
    async with page.expect_file_chooser() as asked:
        await page.get_by_label("Photo above the text").click()
    await (await asked.value).set_files([PHOTO])
    await expect(page.locator(".preview img")).to_be_visible()
    await page.get_by_role("button", name="Continue").click()
    await page.locator(".template-confirm").get_by_role("button", name="Send").click()
    await expect(page.get_by_role("tab", name="Chat")).to_have_attribute("aria-selected", "true", timeout=ARRIVES)
    header = (await said(shown, "AB-2291"))["template"]["components"][0]
    assert (header["type"], header["parameters"][0]["type"]) == ("header", "image")


async def test_quick_replies_are_kept_found_filled_in_and_sent(shown: Widget) -> None:
    page = shown.page
    await box(page).fill("")
    await page.get_by_role("button", name="Quick replies", exact=True).click()
    await page.get_by_role("button", name="New quick reply").click()
    await field(page, "Shortcut").fill("thanks")
    await field(page, "Text").fill("Thank you, {{name}}!")
    await page.get_by_role("dialog").get_by_role("button", name="Save").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await box(page).press("/")
    await expect(page.get_by_role("option")).to_contain_text("Thank you, Ada Lindqvist!")
    await page.keyboard.type("tha")
    await page.keyboard.press("Enter")
    await expect(box(page)).to_have_value("Thank you, Ada Lindqvist!")
    await box(page).fill("")
    await box(page).press("/")
    await expect(page.get_by_role("option")).to_have_count(1)
    await page.keyboard.press("Shift+Enter")
    await expect(box(page)).to_have_value("")
    await said(shown, "Thank you, Ada Lindqvist!")
