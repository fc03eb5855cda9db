"""Every kind of message through the simulated WhatsApp: what a customer sends, and what a business may send."""

import base64
import hashlib
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import aiohttp
import pytest

from tests.plugins.sim.ground import ADA, BEARER, NUMBER, World, receiver, text, world

Json = dict[str, Any]
JPEG = b"\xff\xd8\xff\xe0 a small picture"
TOO_BIG = JPEG + bytes(5 * 1024 * 1024)
OGG = b"OggS" + bytes(24) + b"OpusHead and so on"
PLACE = {"latitude": 45.4642, "longitude": 9.19, "name": "Duomo"}
CARD = [{"name": {"formatted_name": "Dora Marino", "first_name": "Dora"}, "phones": [{"phone": "+1 650-555-0199"}]}]
ORDER = {
    "catalog_id": "1",
    "product_items": [{"product_retailer_id": "a", "quantity": 1, "item_price": 2, "currency": "EUR"}],
}
PRODUCT = {"catalog_id": "1", "product_retailer_id": "a"}
FLOW = {"type": "nfm_reply", "nfm_reply": {"name": "flow", "body": "Sent", "response_json": "{"}}
IDENTITY = {"type": "user_identity_changed", "body": "b"}
PAGE = {"name": "cta_url", "parameters": {"display_text": "Go", "url": "https://x.example"}}
WHERE = {"name": "send_location"}
ABOUT = {"name": "about_your_request", "language": {"code": "en"}}
LINES = {"type": "text", "text": "a\nb"}
AD = {"source_url": "https://fb.me/x", "source_type": "ad", "headline": "Lamps"}


async def given(here: World, data: bytes = JPEG, mime: str = "image/jpeg", name: str = "a.jpg") -> str:
    """A file uploaded by the phone page: its media id."""
    url = f"{here.sim.url}/api/graph/numbers/{NUMBER}/media?filename={name}"
    async with here.http.post(url, data=data, headers={"Content-Type": mime}) as answer:
        return str((await answer.json())["id"])


async def uploaded(here: World, data: bytes = JPEG, mime: str = "image/jpeg") -> str:
    """A file uploaded by the business: its media id."""
    form = aiohttp.FormData({"messaging_product": "whatsapp", "type": mime})
    form.add_field("file", BytesIO(data), filename="a", content_type=mime)
    async with here.http.post(f"{here.sim.url}/graph/v25.0/{NUMBER}/media", data=form, headers=BEARER) as answer:
        return str((await answer.json())["id"])


async def says(here: World, body: Json) -> Json:
    """The customer sends it: the message as the webhook tells it."""
    status, answer = await here.call(
        "POST", f"/api/graph/customers/{ADA}/messages", {"phone_number_id": NUMBER, **body}
    )
    assert status == 200, answer
    await here.hook.until(lambda: any(one["id"] == answer["id"] for one in here.hook.messages))
    return next(one for one in here.hook.messages if one["id"] == answer["id"])


def sends(kind: str, content: Any, **more: Any) -> Json:
    return {"messaging_product": "whatsapp", "to": f"+{ADA}", "type": kind, kind: content, **more}


def buttons(*titles: str, **more: Any) -> Json:
    replies = [{"type": "reply", "reply": {"id": title.lower(), "title": title}} for title in titles]
    return sends("interactive", {"type": "button", "body": {"text": "Well?"}, "action": {"buttons": replies}, **more})


def rows(*titles: str, sections: int = 1) -> Json:
    made = [{"id": title, "title": title} for title in titles]
    shown = [{"title": f"S{n}", "rows": made[n::sections]} for n in range(sections)]
    return sends(
        "interactive", {"type": "list", "body": {"text": "Well?"}, "action": {"button": "Look", "sections": shown}}
    )


async def status_of(here: World, body: Json) -> Json:
    """Send it, and wait for the end that its statuses tell."""
    status, answer = await here.send(body)
    assert status == 200, answer
    wamid = answer["messages"][0]["id"]
    ends = ("read", "failed") if body["type"] != "reaction" else ("sent",)
    await here.hook.until(lambda: any(one["id"] == wamid and one["status"] in ends for one in here.hook.statuses))
    return next(one for one in reversed(here.hook.statuses) if one["id"] == wamid)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"type": "location", "location": PLACE}, {"location": PLACE}),
        ({"type": "contacts", "contacts": CARD}, {"contacts": CARD}),
        ({"type": "order", "order": ORDER}, {"order": ORDER}),
        ({"text": "x", "forwarded": True}, {"context": {"forwarded": True}}),
        ({"text": "x", "forwarded": "often"}, {"context": {"frequently_forwarded": True}}),
        ({"text": "x", "referral": AD}, {"referral": AD, "type": "text"}),
        ({"text": "x", "referred_product": PRODUCT}, {"context": {"referred_product": PRODUCT}}),
        ({"type": "unsupported", "unsupported": {"type": "poll"}}, {"unsupported": {"type": "poll"}}),
        ({"type": "request_welcome"}, {"type": "request_welcome"}),
        ({"type": "interactive", "interactive": FLOW}, {"interactive": FLOW}),
        ({"type": "system", "system": IDENTITY}, {"system": IDENTITY}),
    ],
    ids=lambda body: str(body.get("type", "text")),
)  # fmt: skip
async def test_what_a_customer_sends_is_told_as_meta_tells_it(body: Json, told: Json) -> None:
    async with world() as here:
        got = await says(here, body)
        assert {key: got[key] for key in told} == told
        assert got["from"] == ADA


@pytest.mark.parametrize(
    ("kind", "mime", "more", "told"),
    [
        ("image", "image/jpeg", {"caption": "look"}, {"caption": "look"}),
        ("video", "video/mp4", {}, {}),
        ("audio", "audio/ogg; codecs=opus", {}, {"voice": True}),
        ("audio", "audio/mpeg", {}, {"voice": False}),
        ("document", "application/pdf", {}, {"filename": "a.jpg"}),
        ("document", "application/pdf", {"filename": "b.pdf", "caption": "c"}, {"filename": "b.pdf", "caption": "c"}),
        ("sticker", "image/webp", {"animated": True}, {"animated": True}),
    ],
)
async def test_a_file_is_told_with_its_hash_and_can_be_fetched(kind: str, mime: str, more: Json, told: Json) -> None:
    async with world() as here:
        media = await given(here, mime=mime)
        got = (await says(here, {"type": kind, kind: {"id": media, **more}}))[kind]
        digest = hashlib.sha256(JPEG)
        assert got == {"mime_type": mime, "id": media, "sha256": base64.b64encode(digest.digest()).decode(), **told}
        _, shown = await here.call("GET", f"/graph/v25.0/{media}?phone_number_id={NUMBER}")
        assert (shown["sha256"], shown["file_size"]) == (digest.hexdigest(), len(JPEG))
        async with here.http.get(shown["url"], headers={**BEARER, "User-Agent": "xyper/1"}) as file:
            assert await file.read() == JPEG


async def test_a_choice_names_what_offered_it() -> None:
    async with world() as here:
        await here.write("hello")
        for body, kind, chosen in ((buttons("Yes", "No"), "button_reply", "no"), (rows("a", "b"), "list_reply", "b")):
            wamid = (await here.send(body))[1]["messages"][0]["id"]
            reply = {"id": chosen, "title": "No" if chosen == "no" else chosen}
            got = await says(
                here, {"type": "interactive", "interactive": {"type": kind, kind: reply}, "reply_to": wamid}
            )
            assert got["interactive"] == {"type": kind, kind: reply}
            assert got["context"] == {"from": "15550783881", "id": wamid}


async def test_a_templates_quick_reply_is_a_button() -> None:
    async with world() as here:
        photo = await uploaded(here)
        wamid = (await here.send(parcel(photo)))[1]["messages"][0]["id"]
        pressed = {"text": "Call me", "payload": "Call me"}
        got = await says(here, {"type": "button", "button": pressed, "reply_to": wamid})
        assert (got["button"], got["context"]["id"]) == (pressed, wamid)


async def test_a_reaction_and_its_removal() -> None:
    async with world() as here:
        await here.write("hello")
        wamid = (await here.send(text("hi")))[1]["messages"][0]["id"]
        react = {"type": "reaction", "reaction": {"message_id": wamid, "emoji": "👍"}}
        assert (await says(here, react))["reaction"] == {"message_id": wamid, "emoji": "👍"}
        react["reaction"] = {"message_id": wamid}
        assert (await says(here, react))["reaction"] == {"message_id": wamid}


async def test_an_edit_and_a_deletion_change_the_bubble() -> None:
    async with world() as here:
        wamid = await here.write("helo")
        change = {"original_message_id": wamid, "message": {"type": "text", "text": {"body": "hello"}}}
        got = await says(here, {"type": "edit", "edit": change})
        assert got["edit"]["message"] == {"context": {"id": "M0"}, "type": "text", "text": {"body": "hello"}}
        await says(here, {"type": "revoke", "revoke": {"original_message_id": wamid}})
        shown = here.sim.graph.messages[wamid]
        assert (shown.text, shown.changed) == ("hello", "deleted")


async def test_a_new_number_keeps_the_chat() -> None:
    async with world() as here:
        await here.write("before")
        told = (
            await says(here, {"type": "system", "system": {"type": "user_changed_number", "wa_id": "16505550999"}})
        )["system"]
        assert (told["type"], told["wa_id"]) == ("user_changed_number", "16505550999")
        assert "contacts" not in here.hook.seen[-1].values[-1]
        assert ADA not in here.sim.graph.customers
        assert await here.write("after", who="16505550999")
        assert [one.text for one in here.sim.graph.chat(NUMBER, "16505550999").messages][::2] == ["before", "after"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"type": "telegram"}, "telegram"),
        ({"type": "image"}, "image is missing"),
        ({"type": "image", "image": {"id": "1"}}, "id names no file"),
        ({"type": "location", "location": {}}, "latitude"),
        ({"type": "contacts", "contacts": []}, "list of cards"),
        ({"type": "reaction", "reaction": {"message_id": "wamid.x"}}, "no such message"),
        ({"type": "button", "button": {"text": "a", "payload": "b"}}, "no such message"),
        ({"type": "system", "system": {"type": "user_changed_number", "wa_id": ADA}}, "not a free number"),
    ],
)
async def test_what_a_phone_cannot_send_is_told(body: Json, words: str) -> None:
    async with world() as here:
        path = f"/api/graph/customers/{ADA}/messages"
        status, problem = await here.call("POST", path, {"phone_number_id": NUMBER, **body})
        assert status == 400
        assert words in problem["title"]


async def test_nobody_chooses_what_was_not_offered() -> None:
    async with world() as here:
        await here.write("hello")
        wamid = (await here.send(buttons("Yes")))[1]["messages"][0]["id"]
        reply = {"type": "button_reply", "button_reply": {"id": "no", "title": "No"}}
        body = {"phone_number_id": NUMBER, "type": "interactive", "interactive": reply, "reply_to": wamid}
        status, problem = await here.call("POST", f"/api/graph/customers/{ADA}/messages", body)
        assert (status, "does not offer 'No'" in problem["title"]) == (400, True)


def parcel(photo: str, **more: Any) -> Json:
    """The demo's template with an image above."""
    values = [{"type": "text", "text": "Ada"}, {"type": "text", "text": "7"}]
    parts = [
        {"type": "header", "parameters": [{"type": "image", "image": {"id": photo}}]},
        {"type": "body", "parameters": values},
    ]
    return sends("template", {"name": "parcel_on_its_way", "language": {"code": "en"}, "components": parts, **more})


@pytest.mark.parametrize(
    "body",
    [
        sends("location", {**PLACE, "address": "Milano"}),
        sends("contacts", CARD),
        buttons("Yes", "No", "x" * 20),
        rows(*map(str, range(10)), sections=3),
        sends("interactive", {"type": "cta_url", "body": {"text": "b"}, "action": PAGE}),
        sends("interactive", {"type": "location_request_message", "body": {"text": "b"}, "action": WHERE}),
    ],
)  # fmt: skip
async def test_what_a_business_may_send_is_read(body: Json) -> None:
    async with world() as here:
        await here.write("hello")
        assert (await status_of(here, body))["status"] == "read"


@pytest.mark.parametrize(
    ("kind", "mime", "data", "ends"),
    [
        ("image", "image/jpeg", JPEG, "read"),
        ("audio", "audio/ogg", OGG, "read"),
        ("document", "application/zip", b"PK", "read"),
        ("image", "application/pdf", b"%PDF", "failed"),
        ("image", "image/png", JPEG, "failed"),
        ("audio", "audio/ogg", b"OggS but Vorbis", "failed"),
        ("sticker", "image/jpeg", JPEG, "failed"),
        ("image", "image/jpeg", TOO_BIG, "failed"),
    ],
    ids=["photo", "voice", "any document", "PDF as image", "not a PNG", "not Opus", "JPEG as sticker", "too big"],
)
async def test_a_file_arrives_or_fails_with_131053(kind: str, mime: str, data: bytes, ends: str) -> None:
    async with world() as here:
        await here.write("hello")
        told = await status_of(here, sends(kind, {"id": await uploaded(here, data, mime)}))
        assert (told["status"], [one["code"] for one in told.get("errors", ())]) == (
            ends,
            [131053] * (ends == "failed"),
        )


async def test_a_link_is_fetched_or_fails() -> None:
    async with world() as here, receiver() as elsewhere:
        await here.write("hello")
        assert (await status_of(here, sends("document", {"link": f"{elsewhere.url}?hub.challenge=words"})))[
            "status"
        ] == "read"
        told = await status_of(here, sends("document", {"link": elsewhere.url + "/nothing"}))
        assert (told["status"], told["errors"][0]["code"]) == ("failed", 131053)


async def test_a_reaction_is_only_ever_sent_and_a_voice_note_played() -> None:
    async with world() as here:
        wamid = await here.write("hello")
        told = await status_of(here, sends("reaction", {"message_id": wamid, "emoji": "👍"}))
        assert told["status"] == "sent"
        voice = await status_of(here, sends("audio", {"id": await uploaded(here, OGG, "audio/ogg"), "voice": True}))
        await here.call("POST", f"/api/graph/messages/{voice['id']}/played")
        await here.hook.until(lambda: here.hook.statuses[-1]["status"] == "played")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (buttons("x" * 21), 131009),
        (buttons("a", "b", "c", "d"), 131009),
        (buttons("same", "same"), 131009),
        (buttons("a", header={"type": "text", "text": "x" * 61}), 131009),
        (buttons("a", footer={"text": "x" * 61}), 131009),
        (buttons("a", body={"text": "x" * 1025}), 131009),
        (rows(*map(str, range(11)), sections=2), 131009),
        (rows("x" * 25), 131009),
        (sends("image", {"id": "1", "caption": "x" * 1025}), 131009),
        (sends("image", {"id": "1", "link": "https://x.example"}), 131009),
        (sends("audio", {"id": "1", "caption": "x"}), 131009),
        (sends("image", {"id": "1"}), 100),
        (sends("contacts", [{"name": {"formatted_name": "Dora"}}]), 131009),
        (sends("reaction", {"message_id": "wamid.nobody", "emoji": "👍"}), 131009),
        (sends("template", {"name": "nobody", "language": {"code": "en"}}), 132001),
        (sends("template", ABOUT), 132000),
        (sends("template", {"name": "about_your_request", "language": {"code": "de"}}), 132001),
        (parcel("1"), 100),
        (parcel("1", components=[]), 132012),
        (sends("template", {**ABOUT, "components": [{"type": "body", "parameters": [LINES]}]}), 132018),
    ],
)  # fmt: skip
async def test_what_a_business_may_not_send_is_refused(body: Json, code: int) -> None:
    async with world() as here:
        status, answer = await here.send(body)
        assert (status >= 400, answer["error"]["code"]) == (True, code), answer
        assert here.sim.graph.sent == []


async def test_a_template_reads_as_it_was_filled_in() -> None:
    async with world() as here:
        photo = await uploaded(here)
        assert (await status_of(here, parcel(photo)))["status"] == "read"
        drawn: Mapping[str, Any] = here.sim.graph.sent[0].view()["drawn"]
        assert drawn["body"] == "Hello Ada, your parcel 7 is on its way."
        assert drawn["header"]["image"]["id"] == photo
        assert [one["text"] for one in drawn["buttons"]] == ["Leave it outside", "Call me"]
