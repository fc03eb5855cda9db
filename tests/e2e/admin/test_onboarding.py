"""D4: somebody who has read nothing onboards a tenant at the simulators, from its name to a message there and back."""

from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.admin.ground import Dashboard, Ground, Heard, dashboard, findings
from xyper_engine.demo import APP

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

NUMBER, WABA, TOKEN = "777000222", "888000222", "token-of-a-newcomer"
CLIENT, SECRET, WRONG = "client-of-a-newcomer", "secret-of-a-newcomer", "typed-wrongly-once"
ZOE = "16505550277"


async def vendors(ground: Ground) -> None:
    """A number that nobody registered, and an OAuth client: all that a newcomer has."""
    number = {"waba_id": WABA, "display": "15550784002", "name": "Beta", "access_token": TOKEN, "app": APP}
    await ground.call("PUT", f"graph/numbers/{NUMBER}", {**number, "registered": False, "subscribed": False})
    await ground.call("PUT", f"cloud/clients/{CLIENT}", {"client_secret": SECRET})
    await ground.call("PUT", f"graph/customers/{ZOE}", {"name": "Zoe"})


def step(page: Page, name: str) -> Any:
    """A line of what is tried, by its words."""
    return page.locator(".tick", has_text=name)


async def done(page: Page, *names: str) -> None:
    for name in names:
        await expect(step(page, name)).to_have_class("tick done")


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name).click()


async def test_from_a_name_to_a_message_there_and_back(browser: Browser, ground: Ground) -> None:
    await vendors(ground)
    async with dashboard(browser, ground, "onboarding?tenant=") as shown:
        page, heard = shown.page, Heard(shown.page)
        await press(page, "Onboard a new tenant")
        await page.get_by_label("Name").fill("Beta Retail")
        await press(page, "Create and go on")
        await _genesys(shown)
        await _whatsapp(page)
        await _webhook(page)
        await _integration(page)
        await _widget(page)
        await _trip(ground, page)
        await press(page, "Next step")
        await expect(page.get_by_role("heading", name="Beta Retail is live")).to_be_visible()
        await expect(page.locator(".sums .badge.success")).to_have_count(7)
        assert await findings(page) == []
        assert not [secret for secret in (TOKEN, SECRET, WRONG) if secret in await heard.all()]


async def _genesys(shown: Dashboard) -> None:
    """A secret that is wrong: the reason, the request id, what was typed stays. Then the right one."""
    page = shown.page
    await expect(page.get_by_role("heading", name="Connect Genesys Cloud")).to_be_visible()
    await page.get_by_label("Region").select_option("sim")
    await page.get_by_label("OAuth client id").fill(CLIENT)
    await page.get_by_label("OAuth client secret").fill(WRONG)
    await press(page, "Save and test")
    token = step(page, "The OAuth client gets a token")
    await expect(token).to_have_class("tick failed")
    await expect(token).to_contain_text("refuses the OAuth client")
    await expect(token.locator(".reference code")).not_to_be_empty()
    await expect(page.get_by_label("OAuth client secret")).to_have_value(WRONG)
    assert await findings(page) == []
    await page.get_by_label("OAuth client secret").fill(SECRET)
    await press(page, "Save and test")
    await done(page, "The OAuth client gets a token", "The OAuth client may do what is needed")
    await expect(page.get_by_label("OAuth client secret")).to_have_value("")
    await shown.go("onboarding/beta-retail?tenant=beta-retail")  # somebody goes on another day


async def _whatsapp(page: Page) -> None:
    await expect(page.get_by_role("heading", name="Connect the WhatsApp number")).to_be_visible()
    await page.get_by_label("Phone number id").fill(NUMBER)
    await page.get_by_label("WhatsApp Business account id").fill(WABA)
    await page.get_by_label("Access token").fill(TOKEN)
    await press(page, "Save and test")
    await done(page, "The access token is valid", "The number is registered")
    await press(page, "Next step")


async def _webhook(page: Page) -> None:
    waits, called = page.get_by_text("Waiting for Meta's call"), page.get_by_text("Meta called this address on")
    await expect(waits.or_(called)).to_be_visible()  # another tenant of the same app may have been here before
    await page.get_by_role("button", name="Copy: Callback URL").click()
    assert "/hooks/whatsapp/" in await page.evaluate("() => navigator.clipboard.readText()")
    await press(page, "Tell Meta and wait for its call")
    await expect(called).to_be_visible()
    await done(page, "Meta tells us of its messages", "Meta has reached our webhook")
    await press(page, "Next step")


async def _integration(page: Page) -> None:
    await expect(page.get_by_label("WhatsApp of Acme")).to_be_visible()
    await expect(page.get_by_label("Create a new integration")).to_be_checked()
    await press(page, "Create and connect")
    await done(
        page, "The integration has our webhook", "Genesys has made the integration", "A flow takes the customers"
    )
    await press(page, "Next step")


async def _widget(page: Page) -> None:
    await expect(page.locator(".copied code").first).to_contain_text("/widget/beta-retail/?gcConversationId={{")
    await press(page, "Install and check")
    await done(page, "Agents see the widget", "People sign in with Genesys")
    await press(page, "Next step")


async def _trip(ground: Ground, page: Page) -> None:
    await press(page, "Start the test")
    await expect(page.get_by_text("Now write to the number from a phone.")).to_be_visible()
    await ground.call("POST", f"graph/customers/{ZOE}/messages", {"phone_number_id": NUMBER, "text": "Anybody there?"})
    await expect(page.get_by_text("Now answer it as an agent in Genesys.")).to_be_visible()
    await done(page, "A customer's message reaches the agents")
    chats = await ground.call("GET", "cloud/conversations")
    [chat] = [one for one in chats if one["address"].endswith(ZOE)]
    await ground.call("POST", f"cloud/conversations/{chat['id']}/messages", {"text": "Yes, we are."})
    await done(page, "An agent's answer reaches the customer")


async def test_an_integration_that_is_there_and_an_own_app_are_taken(browser: Browser, ground: Ground) -> None:
    """By somebody who has both: the verify token is shown once, and the integration calls us from then on."""
    name, client = f"gamma-{uuid4().hex[:6]}", f"client-{uuid4().hex[:6]}"
    there = {"name": "Made by hand", "webhook_url": "http://127.0.0.1:9/elsewhere", "clients": [client]}
    await ground.call("PUT", f"cloud/clients/{client}", {"client_secret": SECRET})
    await ground.call("PUT", f"cloud/integrations/int-{name}", there)
    async with dashboard(browser, ground) as shown:
        page = shown.page
        genesys = {"adapter": "genesys", "account": f"new-{name}", "config": {"region": "sim", "client_id": client}}
        number = {"adapter": "whatsapp", "account": f"9{uuid4().int % 10**8}", "parent": "77"}
        accounts = [{**genesys, "secrets": {"client_secret": SECRET}}, {**number, "secrets": {"access_token": TOKEN}}]
        made = await shown.api("POST", "tenants", {"id": name, "name": name, "accounts": accounts})
        assert made["status"] == 201, made
        await shown.go(f"onboarding/{name}?tenant={name}&step=webhook")
        await press(page, "Use your own Meta app")
        await page.get_by_label("App secret").fill("the-secret-of-their-own-app")
        await press(page, "Make an address for this app")
        lines = page.locator(".copied dt")
        await expect(lines).to_have_text(["Callback URL", "Verify token"])
        assert len(await page.locator(".copied code").nth(1).inner_text()) >= 32
        await shown.go(f"onboarding/{name}?tenant={name}&step=integration")
        await page.get_by_label("Made by hand").check()
        await press(page, "Use it and connect")
        await expect(page.locator(".copied code").first).to_have_text(f"int-{name}")
        await done(page, "The integration has our webhook")
        await shown.go(f"onboarding/{name}?tenant={name}&step=webhook")
        await expect(lines).to_have_text(["Callback URL"])
