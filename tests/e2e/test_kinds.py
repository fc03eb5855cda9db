"""Every kind of message there and back, as two people with a browser meet it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, FrameLocator, Locator, expect

from tests.e2e.stage import Scheme, Stage, chromium, demo, looking

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

ADA, BRUNO = "Ada Lindqvist", "Bruno Okafor"
ARRIVES = 20_000.0
"""Milliseconds for a file to go all the way."""

LOADED = """media => new Promise((done, failed) => {
    const come = () => (media.naturalWidth || media.duration) && done();
    for (const name of ["load", "loadedmetadata"]) media.addEventListener(name, come);
    media.addEventListener("error", failed);
    come();
})"""
"""Settles once a picture has its size or a recording its length."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    folder: Path = tmp_path_factory.mktemp("demo")
    async with demo(folder / "var") as address:
        yield address


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(home: str, browser: Browser) -> AsyncIterator[Stage]:
    """One page for all: Ada has written, so there is a conversation and an open window, and both sides look at it."""
    async with looking(browser, home) as page:
        stage = Stage(page)
        await stage.write(ADA, "Hello")
        await stage.open(ADA)
        await expect(stage.desk.locator(".thread .bubble").last).to_contain_text("Hello")
        yield stage


def newest(side: FrameLocator) -> Locator:
    """The last bubble that the other side sent."""
    return side.locator(".bubble:not(.mine)").last


@asynccontextmanager
async def arrival(side: FrameLocator) -> AsyncIterator[None]:
    """Whatever is done inside brings a new bubble to this side."""
    bubbles = side.locator(".bubble:not(.mine)")
    before = await bubbles.count()
    yield
    await expect(bubbles.nth(before)).to_be_visible(timeout=ARRIVES)


async def shows(bubble: Locator, element: str, words: str) -> None:
    """The bubble has it, with these words; what plays or is looked at has really come."""
    await expect(bubble.locator(element).first).to_be_visible(timeout=ARRIVES)
    await expect(bubble).to_contain_text(words)
    if element in ("img", "audio", "video"):
        await expect(bubble.locator(element).first).to_have_attribute("src", re.compile("^api/"))
        await bubble.locator(element).first.evaluate(LOADED)


FROM_THE_PHONE = [
    ("Photo", "img", "It looks like this"),
    ("Video", "video", ""),
    ("Voice note", "audio", "Voice note"),
    ("Document", "a.document", "invoice.pdf"),
    ("Sticker", "img", ""),
    ("Location", "a[href*='45.46']", "Duomo di Milano"),
    ("Contact", "a.document", "Dora Marino"),
    ("Order", ".words", "2 × blue-lamp"),
    ("Words from an advert", ".words", "Lamps in blue"),
    ("Forwarded words", ".words", "Free parcels for all!"),
    ("Poll", ".words", "poll"),
]


@pytest.mark.parametrize(("entry", "element", "words"), FROM_THE_PHONE, ids=[one[0] for one in FROM_THE_PHONE])
async def test_what_a_customer_sends_reaches_the_agent(stage: Stage, entry: str, element: str, words: str) -> None:
    async with arrival(stage.desk):
        await stage.attach(stage.phone, entry)
    await shows(newest(stage.desk), element, words)
    await expect(stage.phone.locator(".mine .ticks").last).to_have_text("✓✓")


FROM_THE_DESK = [
    ("Photo", "img", ""),
    ("Audio", "audio", ""),
    ("Document", "a.document", "invoice.pdf"),
    ("Photo and document", "a.document", "invoice.pdf"),
    ("Quick replies", "button.choice", "Shall we leave it outside?"),
    ("Long list", "details.list", "Which colour do you like?"),
    ("Card", "img", "Parcel box"),
    ("Carousel", "button.choice", "box"),
    ("Date picker", "details.list", "When shall we deliver?"),
    ("Canned response", ".said", "Hello Ada, how can I help you?"),
    ("Template", "img", "Hello Ada, your parcel 2026-1122 is on its way."),
]


@pytest.mark.parametrize(("entry", "element", "words"), FROM_THE_DESK, ids=[one[0] for one in FROM_THE_DESK])
async def test_what_an_agent_sends_reaches_the_customer(stage: Stage, entry: str, element: str, words: str) -> None:
    async with arrival(stage.phone):
        await stage.attach(stage.desk, entry)
    await shows(newest(stage.phone), element, words)
    await expect(stage.desk.locator(".thread .mine").last).to_contain_text("delivered")


PRESSED = [
    ("Quick replies", "", "Call me"),
    ("Long list", "Choose", "White"),
    ("Card", "", "Order it"),
    ("Date picker", "Choose", ""),
    ("Template", "", "Leave it outside"),
]


@pytest.mark.parametrize(("entry", "opens", "choice"), PRESSED, ids=[one[0] for one in PRESSED])
async def test_what_a_customer_chooses_comes_back(stage: Stage, entry: str, opens: str, choice: str) -> None:
    async with arrival(stage.phone):
        await stage.attach(stage.desk, entry)
    offer = newest(stage.phone)
    if opens:
        await offer.locator("summary", has_text=opens).click()
    button = offer.locator("button.choice", has_text=choice).first
    said = await button.inner_text()
    async with arrival(stage.desk):
        await button.click()
    await expect(newest(stage.desk)).to_contain_text(said.splitlines()[0])
    if entry != "Template":  # whatever was chosen from is named beside the answer
        await expect(newest(stage.desk).locator(".quote")).to_be_visible()


async def test_reactions_quotes_edits_and_deletions(stage: Stage) -> None:
    async with arrival(stage.phone):
        await stage.answer(ADA, "It arrives today.")
    arrived = newest(stage.phone)
    await expect(arrived).to_contain_text("It arrives today.")
    await arrived.get_by_text("React").click()
    await arrived.get_by_role("button", name="React with 👍").click()
    await expect(arrived.locator(".reaction")).to_contain_text("👍")
    await expect(newest(stage.desk)).to_contain_text(re.compile("👍.*It arrives today", re.DOTALL))
    await arrived.get_by_role("button", name="Quote").click()
    await stage.phone.get_by_label("Message").fill("Thank you!")
    await stage.phone.get_by_label("Message").press("Enter")
    await expect(newest(stage.desk)).to_contain_text(re.compile("It arrives today.*Thank you!", re.DOTALL))
    mine = stage.phone.locator(".mine", has_text="Thank you!")
    await mine.get_by_text("Change").click()
    await mine.get_by_role("button", name="Edit").click()
    await expect(newest(stage.desk)).to_contain_text("Thank you! (corrected)")
    await mine.get_by_text("Change").click()
    await mine.get_by_role("button", name="Delete").click()
    await expect(stage.phone.locator(".mine").last).to_contain_text("This message was deleted")


async def test_a_new_number_is_the_same_person(stage: Stage) -> None:
    await stage.write(BRUNO, "Hello")
    await stage.open(BRUNO)
    async with arrival(stage.desk):
        await stage.attach(stage.phone, "New phone number")
    await expect(stage.phone.locator(".note")).to_contain_text("changed from 16505550102")
    async with arrival(stage.phone):
        await stage.answer(BRUNO, "Thank you for telling us.")
    await expect(newest(stage.phone)).to_contain_text("Thank you for telling us.")
    await expect(stage.phone.get_by_role("tab")).to_have_count(3)
    await stage.open(ADA)


async def test_a_document_is_the_very_file_that_was_sent(stage: Stage, tmp_path: Path) -> None:
    file = tmp_path / "Füße & more.pdf"
    file.write_bytes(b"%PDF-1.4\n" + bytes(range(256)) * 200)
    async with arrival(stage.desk):
        await stage.phone.locator("#file").set_input_files(file)
    await expect(newest(stage.desk).locator("a.document")).to_contain_text("pdf")
    there = await newest(stage.desk).locator("a.document").evaluate("link => link.href")
    assert await (await stage.page.request.get(there)).body() == file.read_bytes()
    async with arrival(stage.phone):
        await stage.desk.locator("#file").set_input_files(file)
    back = await newest(stage.phone).locator("a.document").evaluate("link => link.href")
    assert await (await stage.page.request.get(back)).body() == file.read_bytes()


async def test_the_attach_menu_works_from_the_keyboard(stage: Stage) -> None:
    for side in (stage.phone, stage.desk):
        summary = side.locator("#attach > summary")
        photo = side.locator("#attach").get_by_role("button", name="Photo", exact=True)
        await summary.focus()
        await stage.page.keyboard.press("Enter")
        await stage.page.keyboard.press("Tab")
        await expect(photo).to_be_focused()
        await stage.page.keyboard.press("Escape")
        await expect(summary).to_be_focused()
        await expect(photo).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/phone", "/desk"])
async def test_every_kind_can_be_used_by_everybody(
    home: str, browser: Browser, stage: Stage, path: str, scheme: Scheme
) -> None:
    """All that the tests before have sent is on the page, on a screen as narrow as a phone."""
    for side, entry in ((stage.phone, "Photo"), (stage.phone, "Contact"), (stage.desk, "Carousel")):
        await stage.attach(side, entry)
    async with looking(browser, home, path, scheme, size=(390, 844)) as page:
        await expect(page.locator(".bubble .picture").first).to_be_attached(timeout=ARRIVES)
        await page.locator("#attach > summary").click()
        wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide == 0
        found = (await Axe().run(page)).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
        await page.wait_for_load_state("networkidle")
