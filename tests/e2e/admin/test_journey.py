"""A newcomer's day: from signing in to a tenant that works, through a failure of the far side and back.

Everything is done by what the pages offer; the simulators play the customer, the agent and the vendors' trouble.
"""

import csv
import io
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.admin.ground import Dashboard, Ground, context, findings
from tests.e2e.admin.letters import refuse, waiting
from tests.e2e.admin.test_onboarding import done, press
from tests.e2e.stage import Watch
from tests.e2e.widget.ground import Customer
from xyper_engine.demo import ADMIN, APP

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(400)]

NAME, TENANT = "Delta Foods", "delta-foods"
NUMBER, WABA, TOKEN = "777000333", "888000333", "token-of-delta"
CLIENT, SECRET = "client-of-delta", "secret-of-delta"
BEATS = 90_000
"""Milliseconds for an engine to notice, to tell it, and for the page to ask."""


async def test_a_newcomers_day(browser: Browser, ground: Ground) -> None:
    await _vendors(ground)
    async with context(browser) as made:
        page, watch = await made.new_page(), Watch(ground.ours)
        await watch.over(page)
        shown = Dashboard(ground, page, watch)
        await _signs_in(shown)
        yara = await _onboards(shown)
        await _finds_a_message(shown, yara)
        await _sees_the_far_side_break(shown, yara)
        await _replays(shown, yara)
        await _reads_the_statistics(page)
        await _finds_it_all_in_the_audit(page)
    assert watch == Watch(ground.ours), watch


async def _vendors(ground: Ground) -> None:
    number = {"waba_id": WABA, "display": "15550784003", "name": "Delta", "access_token": TOKEN, "app": APP}
    await ground.call("PUT", f"graph/numbers/{NUMBER}", {**number, "registered": False, "subscribed": False})
    await ground.call("PUT", f"cloud/clients/{CLIENT}", {"client_secret": SECRET})
    await ground.call("PUT", "graph/customers/16505550288", {"name": "Yara Journey"})


async def _signs_in(shown: Dashboard) -> None:
    page = shown.page
    await page.goto(f"{shown.ground.ours}/admin/")
    await page.get_by_label("E-mail address").fill(ADMIN)
    await page.get_by_label("Password").fill(shown.ground.password)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(page.get_by_role("heading", name="Overview")).to_be_visible()


async def _onboards(shown: Dashboard) -> Customer:
    page = shown.page
    await _goes(page, "Onboarding")
    await press(page, "Onboard a new tenant")
    await page.get_by_label("Name").fill(NAME)
    await press(page, "Create and go on")
    await page.get_by_label("Region").select_option("sim")
    await page.get_by_label("OAuth client id").fill(CLIENT)
    await page.get_by_label("OAuth client secret").fill(SECRET)
    await press(page, "Save and test")
    await done(page, "The OAuth client may do what is needed")
    await press(page, "Next step")
    await page.get_by_label("Phone number id").fill(NUMBER)
    await page.get_by_label("WhatsApp Business account id").fill(WABA)
    await page.get_by_label("Access token").fill(TOKEN)
    await press(page, "Save and test")
    await done(page, "The number is registered")
    await press(page, "Next step")
    await press(page, "Tell Meta and wait for its call")
    await done(page, "Meta has reached our webhook")
    await press(page, "Next step")
    await press(page, "Create and connect")
    await done(page, "A flow takes the customers")
    await press(page, "Next step")
    await press(page, "Install and check")
    await done(page, "Agents see the widget")
    await press(page, "Next step")
    return await _round_trip(shown)


async def _round_trip(shown: Dashboard) -> Customer:
    page, yara = shown.page, Customer(shown.ground, "16505550288", "Yara Journey")
    await press(page, "Start the test")
    await expect(page.get_by_text("Now write to the number from a phone.")).to_be_visible()
    await yara.write("Are you open today?", phone_number_id=NUMBER)
    await done(page, "A customer's message reaches the agents")
    yara.conversation = (await yara.heard(1))[-1]["conversation"]
    await yara.answer("Until six.")
    await done(page, "An agent's answer reaches the customer")
    await press(page, "Next step")
    await expect(page.get_by_role("heading", name=f"{NAME} is live")).to_be_visible()
    return yara


async def _finds_a_message(shown: Dashboard, yara: Customer) -> None:
    page = shown.page
    await _goes(page, "Message trace")
    await page.get_by_label("Find a message").fill(await yara.phone_has("Until six."))
    await page.keyboard.press("Enter")
    await expect(page.locator(".timeline > li").filter(has_text="Vendor called").first).to_contain_text("200")
    await expect(page.locator("h1 .badge")).to_have_text(re.compile("delivered|read"))


async def _sees_the_far_side_break(shown: Dashboard, yara: Customer) -> None:
    page, ground = shown.page, shown.ground
    await ground.call("POST", "knobs", {"side": "cloud", "down_accounts": [CLIENT]})
    try:
        for n in range(6):
            await yara.write(f"Anybody there? {n}", phone_number_id=NUMBER)
        await _goes(page, "Health")
        await expect(page.locator("section", has_text="Paused accounts")).to_contain_text("genesys/", timeout=BEATS)
        await expect(page.locator("xy-health")).to_contain_text("To agents")
        assert await findings(page) == []
    finally:
        await ground.call("DELETE", "knobs")
    await yara.heard(7, patience=90)  # the breaker's next probe may be a while away
    await expect(page.locator("xy-health")).to_contain_text("Nothing waits.", timeout=BEATS)
    await refuse(yara, "Sorry, we were away.", "Here is your answer.", "And one more.", "The last one.")
    await waiting(shown, 4, TENANT)


async def _replays(shown: Dashboard, yara: Customer) -> None:
    page = shown.page
    await _goes(page, "Dead letters")
    await expect(page.locator("xy-table tbody tr:not(.ghost)")).to_have_count(4)
    await press(page, "Replay all matching")
    dialog = page.locator("dialog")
    await expect(dialog).to_contain_text("This touches 4 letters.")
    await dialog.get_by_label("Rate").select_option("1")
    await dialog.get_by_role("button", name="Replay").click()
    await expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", re.compile("[123]"))
    await expect(page.locator(".replay.done").first).to_contain_text("4 are on their way again")
    await yara.phone_has("The last one.")


async def _reads_the_statistics(page: Page) -> None:
    await _goes(page, "Statistics")
    messages = page.get_by_role("figure", name="Messages", exact=True)
    await expect(messages.locator(".chart-summary")).to_contain_text("received")
    async with page.expect_download() as coming:
        await messages.get_by_role("button", name="Download").click()
        await page.get_by_role("menuitem", name="CSV").click()
    lines = list(csv.DictReader(io.StringIO(Path(await (await coming.value).path()).read_text())))
    assert sum(int(one["count"]) for one in lines if one["direction"] == "inbound") >= 1


async def _finds_it_all_in_the_audit(page: Page) -> None:
    await _goes(page, "Audit log")
    table = page.locator("xy-table")
    for action in ("tenant.add", "onboarding.run", "dead.replay"):
        await page.get_by_label("Action").fill(action)
        await expect(table.locator("tbody tr:not(.ghost)").filter(has_text=action).first).to_be_visible()
    await page.get_by_label("Action").fill("")
    await expect(page.locator("xy-seal")).to_contain_text("Chain verified")
    async with page.expect_download() as coming:
        await page.get_by_role("link", name="CSV").click()
    kept = csv.DictReader(io.StringIO(Path(await (await coming.value).path()).read_text()))
    actions = {line["action"] for line in kept}
    assert {"tenant.add", "dead.replay"} <= actions, actions


async def _goes(page: Page, name: str) -> None:
    """By the navigation; the chosen tenant goes along."""
    await page.get_by_role("navigation").get_by_role("link", name=name).click()
    await expect(page.locator("main h1")).to_be_visible()
