"""The host of panels, on a page of its own and at the desk: frames, sandbox, Genesys' one-way protocol, hooks."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Frame, Page, async_playwright, expect

from tests.plugins.sim.cloud_world import World, world
from tests.plugins.sim.panel_world import PERMISSIONS, SANDBOX, installed, panel_server

pytestmark = pytest.mark.e2e


@asynccontextmanager
async def looking(here: World, path: str, width: int = 1280) -> AsyncIterator[Page]:
    """A page of the simulator, connected; neither it nor a panel in it may complain."""
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": width, "height": 720}, locale="pt-BR")
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(f"{here.sim.url}/{path}")
        await expect(page.locator("#line")).to_have_text("connected")
        yield page
        await browser.close()
    assert complaints == []


async def framed(page: Page) -> Frame:
    """The panel in the page, once it has started."""
    await expect(page.locator("iframe")).to_have_count(1)
    panel = page.frames[1]
    await panel.wait_for_function("() => window.host")
    return panel


@asynccontextmanager
async def stage() -> AsyncIterator[tuple[World, str]]:
    """A simulated Genesys in which a panel is installed, and one conversation."""
    async with panel_server() as url, world(panels=installed(url)) as here:
        yield here, await here.conversation("Hello")


async def said(page: Page, action: str) -> dict[str, Any]:
    """What the host was told, once it was."""
    await page.wait_for_function("action => received.some((one) => one.action === action)", arg=action)
    found: dict[str, Any] = await page.evaluate("a => received.find((one) => one.action === a)", action)
    return found


async def test_the_frame_is_as_genesys_makes_it() -> None:
    async with stage() as (here, conversation), looking(here, f"host?conversation={conversation}") as page:
        panel = await framed(page)
        frame = page.locator("iframe")
        assert await frame.get_attribute("sandbox") == SANDBOX.replace(",", " ")
        assert await frame.get_attribute("allow") == PERMISSIONS.replace(",", "; ")
        assert await panel.evaluate("context") == {
            "conversation": conversation, "hostOrigin": here.sim.url, "targetEnv": "prod", "language": "pt-br",
        }  # fmt: skip
        assert "gcUnknown={{gcUnknown}}" in (await frame.get_attribute("src") or "")
        assert await panel.evaluate("host.inside") is True


CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("toast('Ada wrote', '*Hi*')", "showToast", {"message": "*Hi*", "type": "info", "markdownMessage": False}),
    ("toast('Not sent', 'Why', 'error')", "showToast", {"type": "error", "timeout": 0, "showCloseButton": True}),
    ("attention(3)", "setAttentionCount", {"count": 3}),
    ("insert('Good morning')", "proposeInteractionMessage", {"mode": "insert", "message": "Good morning"}),
    ("openConversation('c-2')", "showMyInteractionDetails", {"conversationId": "c-2"}),
    ("openContact('x-1')", "showExternalContactProfile", {"contactId": "x-1"}),
    ("openWindow('https://example.com/')", "openWindow", {"targetUrl": "https://example.com/"}),
    ("bootstrapped()", "bootstrapped", {}),
]  # fmt: skip


async def test_every_call_reaches_the_host() -> None:
    async with stage() as (here, _), looking(here, "host") as page:
        panel = await framed(page)
        for call, action, payload in CALLS:
            await page.evaluate("received.length = 0")
            await panel.evaluate(f"host.{call}")
            told = await said(page, action)
            assert {name: told.get(name) for name in payload} == payload
        await expect(page.locator(".toast strong")).to_have_text(["Ada wrote", "Not sent"])
        await expect(page.locator("#attention")).to_have_text("3")
        await expect(page.locator("#composer")).to_have_value("Good morning")
        assert (await Axe().run(page)).response["violations"] == []


async def test_hooks_come_by_buttons_and_stopping_takes_the_frame_away() -> None:
    async with stage() as (here, _), looking(here, "host") as page:
        panel = await framed(page)
        hooks = ("bootstrap", "focus", "blur", "focus")
        for hook in hooks:
            await page.get_by_role("button", name=hook, exact=True).click()
        await panel.wait_for_function("() => hooks.length >= 5")
        assert await panel.evaluate("hooks") == ["bootstrap", *hooks]  # the first one came by itself
        await page.get_by_role("button", name="stop", exact=True).click()
        await said(page, "stopped")
        await expect(page.locator("iframe")).to_have_count(0)


async def test_what_comes_from_elsewhere_is_not_heard() -> None:
    """From the page itself, and from the panel without the protocol."""
    async with stage() as (here, _), looking(here, "host") as page:
        panel = await framed(page)
        call = "({ action: 'setAttentionCount', count: 9, protocol: 'purecloud-client-apps' })"
        await page.evaluate(f"postMessage({call}, '*')")
        await panel.evaluate("parent.postMessage({ action: 'setAttentionCount', count: 9 }, '*')")
        await page.wait_for_function("() => refused.length === 1")
        assert await page.evaluate("received") == []


@pytest.mark.parametrize("claims", [
    "gcHostOrigin=https://apps.mypurecloud.com",
    "gcHostOrigin={{gcHostOrigin}}&gcHostOrigin={{gcHostOrigin}}",
    "gcHostOrigin={{gcHostOrigin}}/",
    "gcHostOrigin={{gcUnknown}}",
])  # fmt: skip
async def test_a_host_that_is_not_the_one_it_claims_to_be_is_told_nothing(claims: str) -> None:
    """Somebody else's page around the panel; said twice; no origin to the letter; not filled in."""
    async with panel_server() as url:
        panels = installed(url.replace("gcHostOrigin={{gcHostOrigin}}", claims))
        async with world(panels=panels) as here:
            await here.conversation("Hello")
            async with looking(here, "host") as page:
                panel = await framed(page)
                assert await panel.evaluate("host.inside") is False
                await panel.evaluate("host.attention(2)")
                assert await page.evaluate("received.length + refused.length") == 0


async def test_the_desk_shows_the_panel_beside_each_conversation() -> None:
    async with stage() as (here, conversation), looking(here, "desk") as page:
        panel = await framed(page)
        assert (await panel.evaluate("context"))["conversation"] == conversation
        await panel.evaluate("host.insert('Good morning')")
        await expect(page.get_by_label("Answer")).to_have_value("Good morning")
        await panel.evaluate("host.attention(2)")
        await expect(page.get_by_role("navigation").get_by_role("button")).to_contain_text("2 in the panel")
        await panel.evaluate("host.openContact('x-1')")
        await expect(page.locator(".toast")).to_contain_text("contactId x-1")
        await page.get_by_role("button", name="Xyper panel").click()
        await panel.wait_for_function("() => hooks.includes('blur')")
        await expect(page.locator("iframe")).to_be_hidden()
        assert (await Axe().run(page)).response["violations"] == []


async def test_where_the_desk_is_narrow_a_panel_is_opened_by_hand() -> None:
    async with stage() as (here, _), looking(here, "desk", width=700) as page:
        await expect(page.get_by_role("button", name="Xyper panel")).to_have_attribute("aria-pressed", "false")
        await page.get_by_role("button", name="Xyper panel").click()
        assert await (await framed(page)).evaluate("host.inside") is True
