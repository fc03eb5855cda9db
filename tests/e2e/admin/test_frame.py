"""Around the pages: what the first load costs, the keyboard, the switches, and the address as the one truth."""

import pytest
from playwright.async_api import Browser, Route, expect

from tests.e2e.admin.ground import NEWCOMER, TENANT, Ground, context, dashboard, settled, sign_in
from tests.e2e.widget.ground import SOFIA
from tests.e2e.widget.test_budget import Wire

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

MOST_BYTES = 120 * 1024
"""Of the first load without fonts, compressed: until the page is there."""


async def untroubled(route: Route) -> None:
    """As an engine answers that has no trouble to tell of: where it has, the page asks for its sentences besides."""
    answer = await route.fetch()
    told = await answer.json()
    plain = {name: [{**one, "detail": None} for one in told[name]] for name in ("items", "systems")}
    await route.fulfill(response=answer, json={**told, **plain})


async def test_the_first_load_is_small(browser: Browser, ground: Ground) -> None:
    async with context(browser) as made:
        await sign_in(ground, made)
        page, wire = await made.new_page(), Wire()
        await wire.over(await made.new_cdp_session(page))
        await page.route("**/api/v1/attention*", untroubled)
        await page.goto(f"{ground.ours}/admin/")
        await settled(page)
        await page.wait_for_load_state("networkidle")
        sizes = {wire.names[request]: size for request, size in wire.bytes_.items()}
    files = {name: size for name, size in sizes.items() if not name.startswith("/api/") and not name.endswith("woff2")}
    print(f"first load: {len(files)} requests, {sum(files.values()) / 1024:.0f} KB")
    assert sum(files.values()) <= MOST_BYTES, files


async def test_the_keyboard_reaches_everything(browser: Browser, ground: Ground) -> None:
    async with dashboard(browser, ground, "users") as shown:
        page = shown.page
        person = page.locator("xy-table .row-link", has_text="Robin Admin")
        await expect(person).to_be_visible()
        await page.keyboard.press("Tab")
        await expect(page.locator(".skip")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("main")).to_be_focused()
        await person.focus()
        await page.keyboard.press("Enter")
        side = page.locator(".side-panel")
        await expect(side).to_be_visible()
        assert "person=" in page.url
        await side.get_by_role("button", name="Close").focus()
        await page.keyboard.press("Escape")
        await expect(side).to_have_count(0)
        await expect(person).to_be_focused()
        await page.get_by_role("tab", name="People").focus()
        await page.keyboard.press("ArrowRight")
        await expect(page.get_by_role("tab", name="Roles")).to_have_attribute("aria-selected", "true")
        await page.get_by_role("tab", name="Roles").focus()
        await page.keyboard.press("End")
        new = page.get_by_role("button", name="New API key").first
        await expect(new).to_be_visible()
        await new.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_label("What it is for")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(new).to_be_focused()


async def test_a_tenant_is_chosen_for_all_pages(browser: Browser, ground: Ground) -> None:
    async with dashboard(browser, ground, "users") as shown:
        page = shown.page
        await page.get_by_role("button", name="Tenant: All tenants").click()
        await page.get_by_placeholder("Find a tenant").fill("ac")
        await page.keyboard.press("Enter")
        await expect(page.locator(".switcher .chosen")).to_have_text("Acme Inc.")
        assert page.url.endswith(f"users?tenant={TENANT}")
        await expect(page.get_by_text("The people of Acme Inc.")).to_be_visible()
        await page.get_by_role("link", name="Tenants", exact=True).click()
        assert page.url.endswith(f"tenants?tenant={TENANT}")
        await page.go_back()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Users & roles")
        await page.reload()
        await expect(page.locator(".switcher .chosen")).to_have_text("Acme Inc.")


async def test_theme_and_language_are_kept(browser: Browser, ground: Ground) -> None:
    async with dashboard(browser, ground, "tenants") as shown:
        page = shown.page
        await page.get_by_role("button", name="Dark").click()
        await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        await page.get_by_role("button", name="Language").click()
        await page.get_by_role("menuitem", name="العربية").click()
        await expect(page.locator("html")).to_have_attribute("dir", "rtl")
        await expect(page.get_by_role("heading", level=1)).to_have_text("المستأجرون")
        await page.reload()
        await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        await expect(page.get_by_role("heading", level=1)).to_have_text("المستأجرون")


async def test_what_is_away_says_so_and_comes_back(browser: Browser, ground: Ground) -> None:
    async with dashboard(browser, ground, "users/roles") as shown:
        page = shown.page
        await page.route("**/api/v1/tenants?*", lambda route: route.abort())
        await page.get_by_role("link", name="Tenants", exact=True).click()
        await expect(page.get_by_role("alert")).to_contain_text("Xyper cannot be reached.")
        await page.unroute("**/api/v1/tenants?*")
        await page.get_by_role("button", name="Try again").click()
        await expect(page.locator("xy-table tbody tr").first).to_be_visible()
        shown.forgive("net::ERR_FAILED")


async def test_a_supervisor_sees_and_may_what_a_supervisor_may(browser: Browser, ground: Ground) -> None:
    """Their own tenant and no switch; no page of what they may not; and asked for by hand it is refused."""
    async with dashboard(browser, ground, f"tenants/{TENANT}/policy", as_=SOFIA) as shown:
        page = shown.page
        await expect(page.locator(".switcher.own")).to_have_text("Acme Inc.")
        links = await page.locator("nav.side a").all_inner_texts()
        assert {"Tenants", "Message trace"} <= set(links)
        assert not {"Users & roles", "Secrets", "Audit log"} & set(links)
        await expect(page.get_by_label("Time zone")).to_be_disabled()
        await expect(page.get_by_role("button", name="Save")).to_have_count(0)
        await expect(page.get_by_role("tab", name="Danger zone")).to_have_count(0)
        refused = await shown.api("PATCH", f"tenants/{TENANT}/policy", {"timezone": "UTC"}, **{"If-Match": "*"})
        assert refused["status"] == 403
        assert (await shown.api("GET", f"tenants/{NEWCOMER}"))["status"] == 404
        await shown.go("users")
        await expect(page.get_by_role("heading", name="You may not see this").last).to_be_visible()
        shown.forgive("403")
        shown.forgive("404")
