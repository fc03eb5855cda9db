"""My account: one's own password, second factor, and where one is signed in."""

import re

import pytest
from playwright.async_api import expect
from pyotp import TOTP

from tests.e2e.admin.test_sign_in import ADA, HOST, PASSWORD, Home, axe, embedded_server, home, sign_in, url, visitor

__all__ = ["embedded_server", "home", "url", "visitor"]

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_a_walk_through_it(home: Home) -> None:
    ada = await home.ada()
    for agent in ("Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0", "curl/8.9"):
        await home.rt.access.sessions.begin(ada, address="192.0.2.9", agent=agent)
    page = await home.open("account")
    await sign_in(page)
    await expect(page.get_by_role("heading", name="My account")).to_be_visible()
    await expect(page.get_by_text("Your account has no second factor")).to_be_visible()
    rows = page.locator(".sessions li")
    await expect(rows).to_have_count(3)
    await expect(rows.filter(has_text="Firefox 140 · Windows")).to_have_count(1)
    assert await axe(page) == []

    await rows.filter(has_text="curl").get_by_role("button", name="End").click()
    await expect(rows).to_have_count(2)

    await page.get_by_label("Your password now").fill("wrong")
    for label in ("New password", "The same once more"):
        await page.get_by_label(label).fill("a new battery, correct")
    await page.get_by_role("button", name="Change password").click()
    await expect(page.get_by_role("alert").filter(has_text="not your password")).to_be_visible()
    await page.get_by_label("Your password now").fill(PASSWORD)
    await page.get_by_role("button", name="Change password").click()
    await expect(page.get_by_text("Your password was changed.")).to_be_visible()
    await expect(rows).to_have_count(1)

    await page.get_by_role("button", name="Set up a second factor").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Password").fill("a new battery, correct")
    await dialog.get_by_role("button", name="Go on").click()
    secret = (await dialog.locator(".copyable code").inner_text()).replace(" ", "")
    assert await axe(page) == []
    await dialog.get_by_label("The code it shows now").fill(TOTP(secret).now())
    await dialog.get_by_role("button", name="Confirm").click()
    await dialog.get_by_label("I have kept them").check()
    await dialog.get_by_role("button", name="Go on").click()
    await expect(page.get_by_role("heading", name=re.compile("Second factor on"))).to_be_visible()
    assert (await home.rt.access.people.get(ada.id, None)).email == ADA
    await home.rt.access.people.end_sessions(HOST, ada.id, None)
