"""The agent desk in a real Chromium."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright, expect

from tests.plugins.sim.cloud_world import MESSAGE, RECEIPT, World, inbound, receipt, world

pytestmark = pytest.mark.e2e


@asynccontextmanager
async def desk(here: World, scheme: Literal["light", "dark"] = "light") -> AsyncIterator[Page]:
    """The page, connected; at the end nothing must have been complained about in its console."""
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = await browser.new_page(color_scheme=scheme)
        page.on("console", lambda message: complaints.append(message.text) if message.type != "log" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(f"{here.sim.url}/desk")
        await expect(page.locator("#line")).to_have_text("connected")
        yield page
        await browser.close()
    assert complaints == []


async def test_an_agent_answers_and_sees_what_became_of_it() -> None:
    async with world() as here, desk(here) as page:
        await expect(page.get_by_text("Nobody has written yet.")).to_be_visible()
        await here.conversation("Is my order on its way?")
        await expect(page.get_by_role("heading", name="Mario R.")).to_be_visible()
        await expect(page.get_by_role("log")).to_contain_text("Is my order on its way?")

        await page.get_by_label("Answer").press_sequentially("Yes")
        assert (await here.middleware.first("Event"))["events"][0]["eventType"] == "Typing"
        await page.get_by_label("Answer").press("Enter")
        said = await here.middleware.first("Text")
        assert said["text"] == "Yes"
        bubble = page.locator(f'[id="{said["id"]}"]')
        await expect(bubble).to_contain_text("sent")
        await here.call("POST", RECEIPT, receipt(said["id"]))
        await expect(bubble).to_contain_text("delivered")


async def test_a_failure_shows_its_reason() -> None:
    async with world() as here, desk(here) as page:
        said = await here.say(await here.conversation(), "Hello")
        reasons = [{"code": "MessageNotAllowed", "message": "more than 24 hours"}]
        await here.call("POST", RECEIPT, receipt(said["id"], "Failed", reasons=reasons))
        await expect(page.get_by_text("not delivered: more than 24 hours")).to_be_visible()


async def test_unread_until_somebody_looks() -> None:
    async with world() as here:
        await here.conversation("first")
        async with desk(here) as page:
            other = inbound("second")
            other["channel"]["from"] = {"id": "4915112345678", "idType": "Phone", "nickname": "Änne"}
            await here.call("POST", MESSAGE, other)
            entry = page.get_by_role("button", name="Änne")
            await expect(entry).to_contain_text("1 unread")
            await entry.click()
            await expect(entry).not_to_contain_text("unread")
            await expect(page.get_by_label("Answer")).to_be_focused()
            await expect(page.get_by_role("log")).to_contain_text("second")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everybody_can_use_it(scheme: Literal["light", "dark"]) -> None:
    async with world() as here:
        said = await here.say(await here.conversation(), "Hello")
        await here.call(
            "POST", RECEIPT, receipt(said["id"], "Failed", reasons=[{"code": "GeneralError", "message": "m"}])
        )
        async with desk(here, scheme) as page:
            await expect(page.get_by_text("not delivered")).to_be_visible()
            found = await Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
