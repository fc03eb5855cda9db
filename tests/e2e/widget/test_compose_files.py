"""Files in the widget: chosen, pasted or dropped, uploaded at once, taken off again, and sent with their captions."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FilePayload, Page, Route, expect

import xyper_sim
from tests.e2e.widget.ground import ARRIVES, Ground, Widget, box, said, widget

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

SAMPLES = Path(xyper_sim.__file__).parent / "data" / "samples"
PHOTO = FilePayload(name="depot.jpg", mimeType="image/jpeg", buffer=(SAMPLES / "photo.jpg").read_bytes())
SHEET = FilePayload(name="label.pdf", mimeType="application/pdf", buffer=(SAMPLES / "invoice.pdf").read_bytes())
GIVEN = """(place, [kind, name]) => {
  const files = new DataTransfer();
  files.items.add(new File(["some words"], name, { type: "text/plain" }));
  const about = { bubbles: true, cancelable: true };
  if (kind === "paste") return place.dispatchEvent(new ClipboardEvent("paste", { ...about, clipboardData: files }));
  for (const each of ["dragover", "drop"]) place.dispatchEvent(new DragEvent(each, { ...about, dataTransfer: files }));
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shown(ground: Ground, browser: Browser) -> AsyncIterator[Widget]:
    async with widget(browser, await ground.customer("Ada Lindqvist")) as opened:
        opened.page.set_default_timeout(10_000)
        await expect(box(opened.page)).to_be_visible()
        yield opened


async def attach(page: Page, *files: FilePayload) -> None:
    """As if chosen in the system's own dialog."""
    async with page.expect_file_chooser() as asked:
        await page.get_by_role("button", name="Attach", exact=True).click()
        await page.get_by_role("menuitem", name="Photos and files").click()
    await (await asked.value).set_files(list(files))


async def test_files_go_with_their_captions_and_the_words_after_them(shown: Widget) -> None:
    page = shown.page
    await attach(page, PHOTO, SHEET)
    await page.get_by_label("Caption of depot.jpg").fill("At the depot")
    await expect(page.get_by_label("Caption of label.pdf")).to_be_visible()
    await box(page).fill("Two files.")
    await box(page).press("Enter")
    await expect(page.locator(".attach")).to_have_count(0)
    assert (await said(shown, "At the depot"))["image"]["caption"] == "At the depot"
    assert (await said(shown, "label.pdf"))["document"]["filename"] == "label.pdf"
    await said(shown, "Two files.")
    kinds = [one["body"]["type"] for one in await shown.customer.sent()]
    assert kinds[-3:] == ["image", "document", "text"]
    await expect(page.locator(".bubble.out img")).to_be_visible()


async def test_a_file_that_cannot_go_says_why_and_can_be_taken_off(shown: Widget) -> None:
    page = shown.page
    await attach(page, FilePayload(name="empty.txt", mimeType="text/plain", buffer=b""), SHEET)
    await expect(page.get_by_role("alert")).to_contain_text("This file is empty.")
    await expect(page.locator(".composer-send")).to_be_disabled()
    await page.get_by_role("button", name="Remove empty.txt").click()
    await expect(page.locator(".composer-send")).to_be_enabled()
    await page.get_by_role("button", name="Remove label.pdf").click()
    await expect(page.locator(".attach")).to_have_count(0)


async def test_what_files_may_weigh_is_said_before_one_is_chosen(shown: Widget) -> None:
    await shown.page.get_by_role("button", name="Attach", exact=True).click()
    await expect(shown.page.locator(".menu-limits")).to_contain_text("Photo up to 5 MB")
    await shown.page.keyboard.press("Escape")


@pytest.mark.parametrize("kind", ["paste", "drop"])
async def test_a_file_may_be_pasted_or_dropped(shown: Widget, kind: str) -> None:
    page = shown.page
    await box(page).evaluate(GIVEN, [kind, f"{kind}.txt"])
    await expect(page.get_by_label(f"Caption of {kind}.txt")).to_be_visible()
    await expect(page.locator(".composer-drop")).to_have_count(0)
    await page.locator(".composer-send").click()
    assert (await said(shown, f"{kind}.txt"))["document"]["filename"] == f"{kind}.txt"


async def test_an_upload_shows_how_far_it_is_and_can_be_cancelled(shown: Widget) -> None:
    page, over = shown.page, asyncio.Event()

    async def held(_: Route) -> None:
        await over.wait()

    await page.route("**/files?*", held)
    await attach(page, SHEET)
    await expect(page.get_by_role("progressbar", name="Uploading label.pdf")).to_be_visible()
    await expect(page.locator(".composer-send")).to_be_disabled()
    await page.get_by_role("button", name="Cancel upload of label.pdf").click()
    await expect(page.locator(".attach")).to_have_count(0)
    over.set()
    await page.unroute("**/files?*")
    shown.watch.complaints.clear()  # the browser's own, of a request that was given up


async def test_a_voice_note(shown: Widget) -> None:
    page = shown.page
    await page.context.grant_permissions(["microphone"])
    await page.get_by_role("button", name="Attach", exact=True).click()
    await page.get_by_role("menuitem", name="Voice message").click()
    await expect(page.get_by_role("dialog").locator("time")).not_to_have_text("0:00")  # a second of beeps
    await page.get_by_role("dialog").get_by_role("button", name="Attach").click()
    await expect(page.locator(".attach")).to_have_count(1)
    await page.get_by_role("button", name="Send", exact=True).click()  # once it is handed in
    await expect(page.locator(".attach")).to_have_count(0)
    await expect(page.get_by_role("button", name="Play")).to_be_visible(timeout=ARRIVES)
    await expect(
        page.locator(".bubble.out", has=page.get_by_role("button", name="Play")).locator(".ticks.read")
    ).to_be_visible(timeout=ARRIVES)
    assert (await shown.customer.sent())[-1]["body"]["audio"]["voice"] is True
