"""Every page can be used by everybody: no finding of axe's, nothing beyond the edge; light, dark, right to left.

`SCREENS=<folder>` in the environment has pictures of them taken: to be looked at.
"""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect
from playwright.async_api import Error as PlaywrightError

from tests.e2e.admin.ground import TENANT, Dashboard, Ground, dashboard, findings
from tests.e2e.stage import Scheme

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

FOLDER = os.environ.get("SCREENS", "")
LOOKS: list[tuple[Scheme, int, str]] = [("light", 1240, "en-GB"), ("dark", 1024, "de"), ("light", 768, "ar")]
TABS = (
    "summary", "whatsapp", "genesys", "routing", "hooks", "widget", "policy", "retention", "limits", "plugins",
    "danger",
)  # fmt: skip
FURTHER = (*(f"tenants/{TENANT}/{tab}" for tab in TABS), "users/roles", "users/sessions", "users/keys", "nowhere")
"""Places below a page of their own, looked at once."""
PAGES = """async () => {
  const { PAGES } = await import(new URL("router.js", document.querySelector("script[type=module]").src));
  return Object.entries(PAGES).filter(([, page]) => page.load).map(([name]) => name);
}"""
GO = """path => document.querySelector("xy-dashboard").app.go(path)"""
BEYOND = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
SEEN = 10_000
"""Milliseconds for a page to have what it shows."""


async def walk(shown: Dashboard, places: list[str]) -> AsyncIterator[tuple[str, str]]:
    """Each place while it is shown, and why it is not where it is not: one that is missing hides no other."""
    page = shown.page
    for place in places:
        fault = ""
        await page.evaluate(GO, place)
        try:
            await expect(page.locator("main h1")).to_be_attached(timeout=SEEN)
            await expect(page.locator("main .shapes, main .ghost, main .skeleton, main .failed")).to_have_count(
                0, timeout=SEEN
            )
        except (AssertionError, PlaywrightError) as error:
            fault = str(error).partition("Aria snapshot")[0]
        yield place, fault


async def looked_at(shown: Dashboard) -> list[str]:
    page, watch = shown.page, shown.watch
    wrong = [*await findings(page), *watch.complaints, *watch.violations]
    watch.complaints.clear()
    watch.violations.clear()
    if beyond := await page.evaluate(BEYOND):
        wrong.append(f"{beyond} pixels beyond the edge")
    if not (await page.title()).endswith("Xyper"):
        wrong.append("no title")
    return wrong


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("scheme", "width", "language"), LOOKS, ids=[f"{a}-{b}-{c}" for a, b, c in LOOKS])
async def test_everybody_can_use_it(
    scheme: Scheme, width: int, language: str, browser: Browser, ground: Ground
) -> None:
    wrong: dict[str, list[str]] = {}
    whole = FOLDER or language == LOOKS[0][2]
    async with dashboard(browser, ground, scheme=scheme, size=(width, 760), language=language) as shown:
        pages = await shown.page.evaluate(PAGES)
        async for place, fault in walk(shown, [*pages, *(FURTHER if whole else ())]):
            found = [fault] if fault else []
            if FOLDER:
                file = Path(FOLDER) / f"{place.replace('/', '-')}-{scheme}-{width}-{language}.png"
                await shown.page.screenshot(path=file, animations="disabled")
            if found := [*found, *await looked_at(shown)]:
                wrong[place] = found
    assert wrong == {}
