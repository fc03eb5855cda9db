"""`python -m tests.e2e.picture`: takes the pictures of the demo in `docs/` anew, from a demo of its own."""

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Page, expect

from tests.e2e.stage import Scheme, Stage, chromium, demo, looking

DOCS = Path(__file__).parents[2] / "docs"
SIZE = (1120, 600)
TALK = (
    ("Bruno Okafor", "Hi, can I change the delivery address?", ""),
    ("Chiara Novak", "Buongiorno, avete il modello blu?", "Buongiorno Chiara! Sì, in due misure."),
    ("Ada Lindqvist", "Hello! Where is my parcel?", "Good morning Ada, it is on the van: before 18:00."),
    ("Ada Lindqvist", "Perfect, thank you!", "You are welcome. Have a good day!"),
)


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


async def take(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as data:
        async with demo(Path(data) / "var") as home, chromium() as browser:
            schemes: tuple[Scheme, ...] = ("light", "dark")
            for scheme in schemes:
                async with looking(browser, home, scheme=scheme, size=SIZE) as page:
                    await (play(page) if scheme == "light" else expect(Stage(page).desk.locator("li")).to_have_count(3))
                    if scheme == "dark":
                        await Stage(page).phone.get_by_role("tab", name="Ada").click()
                    await page.screenshot(path=folder / f"demo{'' if scheme == 'light' else '-dark'}.png")


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS
    target.mkdir(exist_ok=True)
    asyncio.run(take(target))
