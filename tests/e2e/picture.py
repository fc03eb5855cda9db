"""`python -m tests.e2e.picture`: takes the pictures of the demo in `docs/` anew, each from a demo of its own."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, FrameLocator, Page, expect

from tests.e2e.stage import Scheme, Stage, chromium, demo, looking

DOCS = Path(__file__).parents[2] / "docs"
SIZE = (1120, 600)
TALL = (1180, 940)
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
ADA = "Ada Lindqvist"
TALK = (
    ("Bruno Okafor", "Hi, can I change the delivery address?", ""),
    ("Chiara Novak", "Buongiorno, avete il modello blu?", "Buongiorno Chiara! Sì, in due misure."),
    (ADA, "Hello! Where is my parcel?", "Good morning Ada, it is on the van: before 18:00."),
    (ADA, "Perfect, thank you!", "You are welcome. Have a good day!"),
)
FILES = ("Photo", "Voice note", "Document", "Location")
"""What a customer sends in the first picture of the tour."""


async def play(page: Page) -> None:
    """The conversation of the picture, up to the last blue ticks."""
    stage = Stage(page)
    for customer, text, answer in TALK:
        await stage.write(customer, text)
        await expect(stage.desk.get_by_role("navigation").locator("button", has_text=customer)).to_contain_text(text)
        if answer:
            await stage.answer(customer, answer)
            said = stage.desk.locator(".thread .bubble", has_text=answer)
            await expect(said.locator(".phone .ticks.read")).to_be_visible()
    await expect(stage.phone.locator(".mine .ticks.read")).to_have_count(2)
    await expect(stage.phone.locator("#typing")).to_be_empty(timeout=15_000)


async def talk(browser: Browser, home: str, folder: Path) -> None:
    """`demo.png` and `demo-dark.png`: words, there and back."""
    for scheme in SCHEMES:
        async with looking(browser, home, scheme=scheme, size=SIZE) as page:
            await (play(page) if scheme == "light" else expect(Stage(page).desk.locator("li")).to_have_count(3))
            if scheme == "dark":
                await Stage(page).phone.get_by_role("tab", name="Ada").click()
            await page.screenshot(path=folder / f"demo{'' if scheme == 'light' else '-dark'}.png")


async def tour(browser: Browser, home: str, folder: Path) -> None:
    """`tour-*.png`: files and places from a customer; choices and an answer; a template and a reaction."""
    async with looking(browser, home, size=TALL) as page:
        stage = Stage(page)
        await stage.write(ADA, "My parcel came like this.")
        await stage.open(ADA)
        for entry in FILES:
            async with _comes(stage.desk):
                await stage.attach(stage.phone, entry)
        await _shoot(stage, folder / "tour-files.png")
        for entry in ("Quick replies", "Card"):
            async with _comes(stage.phone):
                await stage.attach(stage.desk, entry)
        async with _comes(stage.desk):
            await stage.phone.get_by_role("button", name="Order it").click()
        await _shoot(stage, folder / "tour-choices.png")
        async with _comes(stage.phone):
            await stage.attach(stage.desk, "Template")
        parcel = stage.phone.locator(".bubble:not(.mine)").last
        await parcel.get_by_text("React").click()
        async with _comes(stage.desk):
            await parcel.get_by_role("button", name="React with ❤️").click()
        async with _comes(stage.desk):
            await stage.attach(stage.phone, "Contact")
        await _shoot(stage, folder / "tour-template.png")


@asynccontextmanager
async def _comes(side: FrameLocator) -> AsyncIterator[None]:
    """Whatever is done inside brings a new bubble to this side."""
    bubbles = side.locator(".bubble:not(.mine)")
    before = await bubbles.count()
    yield
    await expect(bubbles.nth(before)).to_be_visible(timeout=20_000)


async def _shoot(stage: Stage, file: Path) -> None:
    """With every tick at its end, and both sides scrolled to their last words."""
    await expect(stage.desk.locator(".thread .mine .meta", has_text=" sent")).to_have_count(0, timeout=20_000)
    await expect(stage.desk.locator(".label", has_text="being fetched")).to_have_count(0)
    await expect(stage.phone.locator("#typing")).to_be_empty(timeout=30_000)
    for side in (stage.phone, stage.desk):
        await side.locator(".chat").evaluate("chat => { chat.scrollTop = chat.scrollHeight; }")
    await stage.page.screenshot(path=file)


async def take(folder: Path) -> None:
    async with chromium() as browser:
        for scene in (talk, tour):
            with tempfile.TemporaryDirectory() as data:
                async with demo(Path(data) / "var") as home:
                    await scene(browser, home, folder)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS
    target.mkdir(exist_ok=True)
    asyncio.run(take(target))
