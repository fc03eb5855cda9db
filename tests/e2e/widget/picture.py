"""`python -m tests.e2e.widget.picture`: takes the pictures of the widget in `docs/` anew, from a demo of its own."""

import asyncio
import re
import sys
import tempfile
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from PIL import Image
from playwright.async_api import Browser, Page, expect

from tests.e2e.stage import chromium, demo
from tests.e2e.widget.ground import ARRIVES, INES, Customer, Ground, Widget, widget

DOCS = Path(__file__).parents[3] / "docs"
PHOTO = Path(__file__).parents[3] / "plugins/xyper_sim/data/samples/photo.jpg"
SIZE, DESK = (400, 800), (1280, 800)
LOADED = "() => Promise.all([...document.images].map((image) => image.decode().catch(() => {})))"


async def shoot(page: Page, file: Path) -> None:
    """Small enough for a README: no more colours than eyes tell apart here."""
    await page.mouse.move(0, 0)
    await page.evaluate(LOADED)
    taken = await page.screenshot(animations="disabled")
    Image.open(BytesIO(taken)).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(file, optimize=True)
    print(f"{file.name}: {file.stat().st_size / 1024:.0f} KB")


async def say(shown: Widget, words: str) -> None:
    box = shown.page.locator("xy-composer textarea")
    await box.fill(words)
    await box.press("Enter")
    bubble = shown.page.locator(".bubble.out", has_text=words[:20])
    await expect(bubble.locator(".ticks.read")).to_be_visible(timeout=ARRIVES)


async def comes(shown: Widget, text: str) -> None:
    await expect(shown.page.locator(".bubble.in").filter(has_text=re.compile(text)).last).to_be_visible(timeout=ARRIVES)


async def talk(shown: Widget) -> None:
    """Words, a voice, a picture, a place, an answer to a question."""
    ada = shown.customer
    await say(shown, "Hi Ada! I am Ines from support. Let me check that for you.")
    wamid = await ada.phone_has("Let me check")
    await ada.write("It should have been here on *Friday*.", reply_to=wamid)
    await comes(shown, "on Friday")
    await ada.file("audio", "voice.ogg", voice=True)
    await comes(shown, "0:0[1-9]")
    place = {"latitude": 48.8693, "longitude": 2.3312, "name": "12 Rue de la Paix", "address": "75002 Paris, France"}
    await ada.write(type="location", location=place)
    await comes(shown, "Rue de la Paix")
    await say(shown, "Thank you. The van is in your street: before 18:00.")
    wamid = await ada.phone_has("before 18:00")
    await ada.write(type="reaction", reaction={"message_id": wamid, "emoji": "❤️"})
    await expect(shown.page.locator(".reactions")).to_be_visible(timeout=ARRIVES)


async def dressed(page: Page, bubbles: str, theme: int) -> None:
    """By the settings, as agents do it. `theme`: 1 is light, 2 is dark."""
    await page.locator(".head > button").last.click()
    await page.get_by_role("menuitem", name="Settings").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_text(bubbles, exact=True).click()
    await dialog.get_by_text(("Automatic", "Light", "Dark")[theme], exact=True).click()
    await page.keyboard.press("Escape")


async def template(page: Page, file: Path) -> None:
    await page.keyboard.press("Alt+t")
    await page.get_by_role("button", name="Parcel on its way").first.click()
    await page.locator("#template-body-1").fill("AB-2291")
    async with page.expect_file_chooser() as asked:
        await page.get_by_label("Photo above the text").click()
    await (await asked.value).set_files([PHOTO])
    await expect(page.locator(".preview img")).to_be_visible()
    await shoot(page, file)
    await page.locator("#tab-chat").click()


async def buttons(page: Page, file: Path) -> None:
    await page.get_by_role("button", name="Attach", exact=True).click()
    await page.get_by_role("menuitem", name="Buttons or list").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("textbox", name=re.compile("^Text")).fill("Nobody is at home? We can leave it outside.")
    for number, title in enumerate(("Leave it outside", "Come tomorrow"), 1):
        if number > 1:
            await dialog.get_by_role("button", name="Add one").click()
        await dialog.get_by_role("textbox", name=re.compile(f"^Title {number}")).fill(title)
    await dialog.get_by_role("textbox", name=re.compile("^Header")).focus()
    await shoot(page, file)
    await page.keyboard.press("Escape")


async def gallery(shown: Widget, file: Path) -> None:
    await shown.customer.file("image", "photo.jpg", caption="It came like this")
    await comes(shown, "like this")
    await shown.customer.file("video", "film.mp4")
    await comes(shown, "0:02")
    await shown.page.locator("#tab-media").click()
    await expect(shown.page.locator("#panel-media li").nth(1)).to_be_visible(timeout=ARRIVES)
    await shoot(shown.page, file)
    await shown.page.locator("#tab-chat").click()


async def desk(browser: Browser, customer: Customer, file: Path) -> None:
    ground = customer.ground
    context = await browser.new_context(viewport={"width": DESK[0], "height": DESK[1]}, locale="en-GB")
    page = await context.new_page()
    await page.goto(f"{ground.sim}/desk")
    await page.locator(f'[data-id="{customer.conversation}"]').click()
    panel = page.frame_locator("iframe.panel-frame:visible")
    async with page.expect_popup() as opened:
        await panel.locator(".sign-in button").first.click()
    await (await opened.value).get_by_role("button", name=INES).click()
    await expect(panel.locator("xy-composer textarea")).to_be_visible(timeout=ARRIVES)
    await expect(panel.locator(".reactions")).to_be_visible(timeout=ARRIVES)
    await shoot(page, file)
    await context.close()


async def take(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as data:
        async with demo(Path(data) / "var") as sim, aiohttp.ClientSession() as http, chromium() as browser:
            ground = Ground(sim, f"http://localhost:{urlsplit(sim).port}", http)
            ada = await ground.customer("Ada Lindqvist", words="Hello, my parcel AB-2291 has not arrived yet.")
            async with widget(browser, ada, size=SIZE) as shown:
                await talk(shown)
                await shoot(shown.page, folder / "widget-chat.png")
                await dressed(shown.page, "WhatsApp", 2)
                await shoot(shown.page, folder / "widget-dark.png")
                await dressed(shown.page, "WhatsApp", 1)
                await template(shown.page, folder / "widget-template.png")
                await buttons(shown.page, folder / "widget-buttons.png")
                await desk(browser, ada, folder / "widget-desk.png")
                await gallery(shown, folder / "widget-media.png")


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS
    target.mkdir(exist_ok=True)
    asyncio.run(take(target))
