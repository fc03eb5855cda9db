"""The thread over a real conversation: hostile words stay words, and nothing moves under the reader."""

import asyncio

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.e2e.widget.ground import ARRIVES, INES, Customer, Ground, widget

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

HOSTILE = (
    "<img src=x onerror=pwned()>",
    '"><script>pwned()</script>',
    "<svg/onload=pwned()>",
    "javascript:pwned()",
    "{{constructor.constructor('pwned()')()}}",
    "${pwned()}",
    "</style><style>*{display:none}</style>",
    "[x](javascript:pwned())",
    "\u202egnp.exe",
)
MANY = 70
"""More than two pages of history."""
TOP = "(item) => item.getBoundingClientRect().top"


def bubbles(page: Page) -> Locator:
    return page.locator("xy-thread .bubble")


async def chatter(customer: Customer, number: int) -> list[str]:
    """So many messages of theirs, in order; their wamids."""
    sent = [await customer.write(f"Message {at}") for at in range(number)]
    await customer.heard(number + 1)
    return sent


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def bea(ground: Ground) -> Customer:
    """Somebody with a long history, who at last comes back to its beginning."""
    customer = await ground.customer("Bea Ferrari")
    first, *_ = await chatter(customer, MANY)
    await customer.write("About the first one", reply_to=first)
    await customer.heard(MANY + 2)
    return customer


async def test_whatever_a_customer_writes_is_text(ground: Ground, browser: Browser) -> None:
    customer = await ground.customer(HOSTILE[0], words=HOSTILE[1])
    for words in HOSTILE:
        place = {"latitude": 1, "longitude": 2, "name": words, "address": words}
        card = {"name": {"formatted_name": words}, "phones": [{"phone": words}], "org": {"company": words}}
        advert = {
            "source_url": "javascript:pwned()", "source_id": "1", "source_type": "ad", "headline": words, "body": words,
        }  # fmt: skip
        await customer.write(words, referral=advert)
        await customer.write(type="location", location=place)
        await customer.write(type="contacts", contacts=[card])
    await customer.file("document", "invoice.pdf", filename=HOSTILE[0] + ".pdf", caption=HOSTILE[1])
    await customer.heard(len(HOSTILE) * 3 + 2)
    async with widget(browser, customer) as shown:
        page = shown.page
        await expect(bubbles(page)).to_have_count(len(HOSTILE) * 3 + 2)
        for summary in await page.locator("xy-thread summary").all():
            await summary.click()
        said = await page.locator("xy-thread").inner_text()
        assert all(said.count(words) >= 4 for words in HOSTILE)
        assert HOSTILE[0] in await page.locator("header h1").inner_text()
        assert await page.evaluate("typeof pwned") == "undefined"
        made = "xy-thread :is(script, style, iframe, object, img[src='x'], [onerror], [onload], a[href^='javascript'])"
        await expect(page.locator(made)).to_have_count(0)


async def test_older_messages_come_without_a_jump(browser: Browser, bea: Customer) -> None:
    async with widget(browser, bea) as shown:
        page = shown.page
        await expect(page.get_by_text(f"Message {MANY - 1}", exact=True)).to_be_in_viewport()
        before = await bubbles(page).count()
        assert before < MANY
        here = page.get_by_text(f"Message {MANY - 48}", exact=True)
        await here.evaluate("(item) => item.scrollIntoView()")
        place = await here.evaluate(TOP)
        await expect(page.get_by_text("Message 3", exact=True)).to_be_attached()
        assert abs(await here.evaluate(TOP) - place) < 2
        assert await bubbles(page).count() > before


async def test_a_quote_leads_to_what_it_answers(browser: Browser, bea: Customer) -> None:
    async with widget(browser, bea) as shown:
        page = shown.page
        await expect(page.get_by_text("Message 0", exact=True)).to_have_count(1)  # in the quote alone
        await page.locator("button.quote").click()
        found = bubbles(page).filter(has_text="Message 0").first
        await expect(found).to_be_focused()
        await expect(found).to_be_in_viewport()
        await page.locator(".to-end").click()
        await expect(page.get_by_text("About the first one")).to_be_in_viewport()


async def test_the_keyboard_reaches_every_message_and_what_it_offers(browser: Browser, ada: Customer) -> None:
    await chatter(ada, 3)
    async with widget(browser, ada) as shown:
        page = shown.page
        await expect(bubbles(page)).to_have_count(4)
        await page.get_by_role("log").focus()
        await page.keyboard.press("ArrowUp")
        await page.keyboard.press("ArrowUp")
        await expect(bubbles(page).nth(-2)).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("menuitem", name="Reply")).to_be_focused()
        await page.keyboard.press("End")
        await expect(page.get_by_role("menuitem", name="Info")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("menu")).to_have_count(0)
        await page.get_by_role("tab", name="Chat").focus()
        await page.keyboard.press("End")
        await expect(page.get_by_role("tab", name="Profile")).to_be_focused()
        await expect(page.get_by_role("tab", name="Profile")).to_have_attribute("aria-selected", "true")
        await page.keyboard.press("ArrowRight")
        await expect(page.get_by_role("tab", name="Chat")).to_be_focused()


async def test_in_arabic_left_is_forward(browser: Browser, ada: Customer) -> None:
    async with widget(browser, ada, person="", search={"gcLangTag": "ar"}) as shown:
        page = shown.page
        async with page.expect_popup() as opened:
            await page.locator("main button").click()
        await (await opened.value).get_by_role("button", name=INES).click()
        await expect(bubbles(page)).to_have_count(1, timeout=ARRIVES)
        assert await page.evaluate("[document.documentElement.dir, document.documentElement.lang]") == ["rtl", "ar"]
        middle = (
            "(item) => { const box = item.getBoundingClientRect(); return (box.left + box.right) / 2 / innerWidth; }"
        )
        assert await bubbles(page).first.evaluate(middle) > 0.5  # the customer is where reading begins
        await page.locator("#tab-chat").focus()
        await page.keyboard.press("ArrowLeft")
        await expect(page.locator("#tab-media")).to_be_focused()


async def test_only_one_voice_is_heard(browser: Browser, ada: Customer) -> None:
    for _ in range(2):
        await ada.file("audio", "voice.ogg", voice=True)
    await ada.heard(3)
    playing = "() => [...document.querySelectorAll('xy-voice')].map((one) => Boolean(one.audio && !one.audio.paused))"
    async with widget(browser, ada) as shown:
        notes = shown.page.locator("xy-voice")
        for at in range(2):
            await notes.nth(at).get_by_role("button", name="Play").click()
            await expect(notes.nth(at).get_by_role("button", name="Pause")).to_be_visible()
            assert await shown.page.evaluate(playing) == [one == at for one in range(2)]
        await notes.nth(0).get_by_role("slider").press("End")
        assert await shown.page.evaluate(playing) == [False, True]


async def test_while_reading_above_nothing_moves_and_what_came_is_counted(browser: Browser, ada: Customer) -> None:
    await chatter(ada, 40)
    async with widget(browser, ada) as shown:
        page = shown.page
        here = page.get_by_text("Message 5", exact=True)
        await here.scroll_into_view_if_needed()
        place = await here.evaluate(TOP)
        await asyncio.gather(ada.write("Are you there?"), ada.write("Hello?"))
        button = page.get_by_role("button", name="To 2 new messages")
        await expect(button).to_be_visible(timeout=ARRIVES)
        assert abs(await here.evaluate(TOP) - place) < 2
        await button.click()
        await expect(page.get_by_text("2 unread messages")).to_be_in_viewport()
        await expect(page.locator(".to-end")).to_have_count(0)
        await page.locator("xy-composer textarea").fill("Yes")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("2 unread messages")).to_have_count(0)


async def test_how_far_a_message_got_rises_by_itself(browser: Browser, ada: Customer) -> None:
    async with widget(browser, ada) as shown:
        page = shown.page
        await page.locator("xy-composer textarea").fill("On its way")
        await page.keyboard.press("Enter")
        sent = bubbles(page).filter(has_text="On its way")
        await expect(sent.get_by_role("img", name="Read")).to_be_visible(timeout=ARRIVES)
        await expect(sent).to_have_count(1)
        await expect(sent).not_to_have_class("pending")


NO_SOCKET = """() => {
  window.WebSocket = class {
    static OPEN = 1;
    constructor() { setTimeout(() => this.onclose({ code: 1013 })); }
    close() {}
  };
  document.querySelector("xy-shell").app.live.retry();
}"""


async def test_without_a_socket_it_asks(browser: Browser, ada: Customer) -> None:
    async with widget(browser, ada) as shown:
        await ada.write("By the socket")
        await expect(bubbles(shown.page)).to_have_count(2, timeout=ARRIVES)
        await shown.page.evaluate(NO_SOCKET)
        await ada.write("Can you hear me?")
        await expect(bubbles(shown.page)).to_have_count(3, timeout=ARRIVES)
        await expect(shown.page.locator(".strip.connection")).to_have_count(0)


async def test_a_token_that_is_over_is_renewed_silently(browser: Browser, ada: Customer) -> None:
    async with widget(browser, ada) as shown:
        page = shown.page
        await expect(bubbles(page)).to_have_count(1)
        await page.route("**/profile", lambda route: route.fulfill(status=401, json={}), times=1)
        async with page.expect_response("**/api/v1/auth/refresh") as renewed:
            await page.get_by_role("tab", name="Profile").click()
        assert (await renewed.value).status == 200
        await expect(page.locator("#panel-profile h2")).to_have_text("Ada Lindqvist")
        assert [("401" in words) for words in shown.watch.complaints] == [True]  # the browser's own line about it
        shown.watch.complaints.clear()
