"""The phone page in a real Chromium."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright, expect

from tests.plugins.sim.ground import ADA, NUMBER, World, text, world

pytestmark = pytest.mark.e2e

BOB = "491701234567"
PEOPLE = {"customers": [{"wa_id": ADA, "name": "Ada"}, {"wa_id": BOB, "name": "Bob"}]}


@asynccontextmanager
async def phone(scheme: str = "light") -> AsyncIterator[tuple[World, Page]]:
    """A world and its phone page; whatever the page complains of fails the test."""
    complaints: list[str] = []
    async with world(PEOPLE) as here, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = await browser.new_page(color_scheme="dark" if scheme == "dark" else "light")
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(here.sim.url + "/phone")
        await expect(page.locator("#line")).to_have_text("connected")
        yield here, page
        await browser.close()
    assert complaints == []


async def test_a_typed_text_goes_out_and_the_answer_comes_in() -> None:
    async with phone() as (here, page):
        await page.get_by_label("Message").fill("hello")
        await page.keyboard.press("Enter")
        await here.hook.until(lambda: [m["text"]["body"] for m in here.hook.messages] == ["hello"])
        await expect(page.locator(".mine .ticks")).to_have_text("✓✓")
        read = {"messaging_product": "whatsapp", "status": "read", "message_id": here.hook.messages[0]["id"]}
        await here.send({**read, "typing_indicator": {"type": "text"}})
        await expect(page.locator(".mine .ticks.read")).to_be_visible()
        await expect(page.locator("#typing")).to_have_text("typing…")
        await here.send(text("good morning <b>Ada</b>"))
        await expect(page.locator(".bubble:not(.mine)")).to_contain_text("good morning <b>Ada</b>")
        await expect(page.locator("#typing")).to_be_empty()
        await here.hook.until(lambda: "read" in [status["status"] for status in here.hook.statuses])


async def test_a_customer_quotes_and_hides_the_number() -> None:
    async with phone() as (here, page):
        here.sim.graph.chat(NUMBER, ADA).open_window(is_open=True)
        _, answer = await here.send(text("which colour?"))
        await page.get_by_role("button", name="Quote").click()
        await page.get_by_label("number hidden").check()
        await expect(page.locator("#who")).to_contain_text("US.")
        await page.get_by_label("Message").fill("green")
        await page.keyboard.press("Enter")
        await here.hook.until(lambda: len(here.hook.messages) == 1)
        assert here.hook.messages[0]["context"]["id"] == answer["messages"][0]["id"]
        assert "from" not in here.hook.messages[0]


async def test_a_status_leaves_buttons_where_they_are() -> None:
    async with phone() as (here, page):
        here.sim.graph.chat(NUMBER, ADA).open_window(is_open=True)
        await page.get_by_label("chat open").uncheck()
        await here.send(text("which colour?"))
        button = page.get_by_role("button", name="Quote")
        await button.evaluate("(button) => { button.same = true; }")
        await page.get_by_label("chat open").check()
        await here.hook.until(lambda: "read" in [status["status"] for status in here.hook.statuses])
        await page.get_by_label("number hidden").check()
        await expect(page.locator("#who")).to_contain_text("US.")  # told after the status
        assert await button.evaluate("(button) => button.same")


async def test_another_customer_is_a_tab_with_a_count_reached_by_arrow_keys() -> None:
    async with phone() as (here, page):
        here.sim.graph.chat(NUMBER, BOB).open_window(is_open=True)
        await here.send(text("for Bob", to=f"+{BOB}"))
        await expect(page.get_by_role("tab", name="Bob")).to_contain_text("1")
        await page.get_by_role("tab", name="Ada").focus()
        await page.keyboard.press("ArrowRight")
        await expect(page.get_by_role("tab", name="Bob")).to_be_focused()
        await expect(page.locator(".bubble")).to_contain_text("for Bob")


async def test_the_24_hours_are_shown_and_can_be_ended() -> None:
    async with phone() as (here, page):
        hours = page.get_by_label("24 hours open")
        await expect(hours).not_to_be_checked()
        await here.write("hello")
        await expect(hours).to_be_checked()
        async with page.expect_response("**/window"):
            await hours.uncheck()
        await expect(page.locator("#problem")).to_be_hidden()
        await here.send(text("too late"))
        await here.hook.until(lambda: "failed" in [status["status"] for status in here.hook.statuses])


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_is_accessible(scheme: str) -> None:
    async with phone(scheme=scheme) as (here, page):
        await here.write("hello")
        await here.send(text("hi"))
        await expect(page.locator(".bubble")).to_have_count(2)
        found = (await Axe().run(page)).response["violations"]
        assert [violation["id"] for violation in found] == []
