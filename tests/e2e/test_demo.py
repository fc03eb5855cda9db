"""The demo as a person meets it: a customer writes on the phone, an agent answers at the desk, ticks turn blue."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, expect

from tests.e2e.stage import Scheme, Stage, chromium, demo, looking

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

ADA, BRUNO, CHIARA = "Ada Lindqvist", "Bruno Okafor", "Chiara Novak"
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    folder: Path = tmp_path_factory.mktemp("demo")
    async with demo(folder / "var") as address:
        yield address


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


async def test_a_text_goes_there_and_the_answer_comes_back_with_ticks(home: str, browser: Browser) -> None:
    async with looking(browser, home) as page:
        stage = Stage(page)
        question, answer = "Where is my parcel? 📦 <b>é</b>", "It arrives today, before 18:00."
        await stage.write(ADA, question)
        await expect(stage.phone.locator(".mine .ticks")).to_have_text("✓✓")
        await stage.answer(ADA, answer)
        await expect(stage.desk.locator(".bubble", has_text=question)).to_be_visible()
        await expect(stage.phone.locator(".bubble:not(.mine)")).to_contain_text(answer)
        said = stage.desk.locator(".bubble", has_text=answer)
        await expect(said.locator(".meta")).to_contain_text("delivered")
        await expect(said.locator(".phone .ticks.read")).to_be_visible()
        await expect(stage.phone.locator(".mine .ticks.read")).to_be_visible()


async def test_customers_do_not_meet_and_a_hidden_number_is_answered_too(home: str, browser: Browser) -> None:
    async with looking(browser, home) as page:
        stage = Stage(page)
        for customer in (BRUNO, CHIARA):
            await stage.write(customer, f"This is {customer}.")
        for customer in (BRUNO, CHIARA):
            await stage.answer(customer, f"Good morning, {customer}!")
            await expect(stage.desk.locator(".thread .bubble")).to_contain_text(
                [customer, f"Good morning, {customer}!"]
            )
        for customer in (BRUNO, CHIARA):
            await stage.phone.get_by_role("tab", name=customer).click()
            await expect(stage.phone.locator(".bubble")).to_contain_text([f"This is {customer}.", "Good morning"])
        await expect(stage.desk.locator(".thread .bubble .phone .ticks.read")).to_have_count(1)


async def test_typing_is_seen_before_the_answer(home: str, browser: Browser) -> None:
    async with looking(browser, home) as page:
        stage = Stage(page)
        await stage.write(BRUNO, "Are you there?")
        await stage.desk.get_by_role("navigation").get_by_role("button", name=BRUNO).click()
        await expect(stage.desk.locator(".thread .bubble").last).to_contain_text("Are you there?")
        await stage.desk.get_by_label("Answer").press_sequentially("Yes")
        await expect(stage.phone.locator("#typing")).to_have_text("typing…")


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_every_page_is_accessible(home: str, browser: Browser, scheme: Scheme) -> None:
    async with AsyncExitStack() as pages:
        talk = Stage(await pages.enter_async_context(looking(browser, home, scheme=scheme)))
        await talk.write(ADA, f"In {scheme} colours")
        await talk.answer(ADA, "As you like it")
        await expect(talk.phone.locator(".bubble:not(.mine)").last).to_contain_text("As you like it")
        for path in ("/", "/phone", "/desk"):
            page = await pages.enter_async_context(looking(browser, home, path, scheme))
            shown = page.locator("iframe" if path == "/" else ".bubble").first
            await expect(shown).to_be_visible()
            found = (await Axe().run(page)).response["violations"]
            assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], path


@pytest.mark.parametrize("size", [(390, 844), (760, 600), (1920, 1080)])
@pytest.mark.parametrize("path", ["/", "/phone", "/desk"])
async def test_nothing_is_wider_than_the_window(home: str, browser: Browser, path: str, size: tuple[int, int]) -> None:
    async with looking(browser, home, path, size=size) as page:
        await page.wait_for_load_state("networkidle")
        for frame in page.frames:
            wide = await frame.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide == 0, frame.url


@pytest.mark.parametrize(
    "misdeed",
    [
        "fetch('http://192.0.2.1/').catch(() => 0)",
        "document.body.setAttribute('style', 'color: red'), 0",
        "console.log('hm')",
    ],
    ids=["a request elsewhere", "a breach of the policy", "a complaint"],
)
async def test_the_watch_sees_what_no_page_may_do(home: str, browser: Browser, misdeed: str) -> None:
    with pytest.raises(AssertionError, match="Watch"):
        await _misbehave(home, browser, misdeed)


async def _misbehave(home: str, browser: Browser, misdeed: str) -> None:
    async with looking(browser, home, "/phone") as page:
        await page.evaluate(misdeed)
        await page.evaluate("new Promise(requestAnimationFrame)")
