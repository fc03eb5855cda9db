"""Every screen can be used by everybody: no finding of axe's, nothing beyond the edge; light, dark, right to left.

`SCREENS=<folder>` in the environment has pictures of them taken, at three widths: to be looked at.
"""

import os
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from tests.e2e.stage import Scheme
from tests.e2e.widget.ground import Customer, Ground, widget
from tests.e2e.widget.screens import furnished, walk

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

FOLDER = os.environ.get("SCREENS", "")
WIDTHS = (320, 400, 900)
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
LOOKS: list[tuple[Scheme, int, str]] = [("light", 400, "en-us"), ("dark", 900, "de"), ("light", 320, "ar")]
if FOLDER:
    LOOKS += [(scheme, width, "en-us") for scheme in SCHEMES for width in WIDTHS if (scheme, width) != ("light", 400)]
BEYOND = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ada(ground: Ground) -> Customer:
    return await furnished(ground)


async def findings(page: Page) -> list[str]:
    found = (await Axe().run(page)).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found]


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("scheme", "width", "language"), LOOKS, ids=[f"{a}-{b}-{c}" for a, b, c in LOOKS])
async def test_everybody_can_use_it(scheme: Scheme, width: int, language: str, browser: Browser, ada: Customer) -> None:
    wrong: dict[str, list[str]] = {}
    search = {"gcLangTag": language}
    async with widget(browser, ada, scheme=scheme, size=(width, 800), search=search) as shown:
        async for name, fault in walk(shown.page):
            if fault:
                wrong[name] = [fault]
            if FOLDER:
                file = Path(FOLDER) / f"{name}-{scheme}-{width}-{language}.png"
                await shown.page.screenshot(path=file, animations="disabled")
            if found := await findings(shown.page):
                wrong.setdefault(name, []).extend(found)
            if beyond := await shown.page.evaluate(BEYOND):
                wrong.setdefault(name, []).append(f"{beyond} pixels beyond the edge")
    assert wrong == {}
