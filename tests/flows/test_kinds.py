"""Every kind of message, both ways, between the two simulated vendors."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.flows.conftest import Bridge, Build
from tests.world import Tenant
from xyper_engine.settings import root

MARIA = "393331234567"
SAMPLES = root() / "plugins" / "xyper_sim" / "data" / "samples"
HERE = {"latitude": 45.4642, "longitude": 9.19, "name": "Duomo", "address": "Milano"}
MAP = "https://www.google.com/maps/search/?api=1&query=45.464200,9.190000"
ADA = {"name": {"formatted_name": "Ada L.", "first_name": "Ada"}, "phones": [{"phone": "+39 333", "type": "CELL"}]}
ORDER = {
    "catalog_id": "c",
    "product_items": [{"product_retailer_id": "A", "quantity": 2, "item_price": 1.5, "currency": "EUR"}],
}


async def customer(bridge: Bridge, body: Mapping[str, Any]) -> str:
    """Maria sends it; returns the wamid."""
    values = {"phone_number_id": bridge.tenants[0].number, **body}
    answer = await bridge.world.call("POST", f"/api/graph/customers/{MARIA}/messages", values)
    return str(answer["id"])


async def uploaded(bridge: Bridge, name: str, mime: str) -> str:
    """Maria's phone has put a file up; its media id."""
    path = f"/api/graph/numbers/{bridge.tenants[0].number}/media"
    return str((await bridge.world.put_up(path, name, mime, _sample(name)))["id"])


def _sample(name: str) -> bytes:
    return Path(SAMPLES / name).read_bytes()


async def agent(bridge: Bridge, **body: Any) -> str:
    """The agent says it in Maria's conversation; Genesys' id of it."""
    conversation = await bridge.world.conversation(bridge.tenants[0], MARIA)
    answer = await bridge.world.call("POST", f"/api/cloud/conversations/{conversation['id']}/messages", body)
    return str(answer["id"])


async def opened(bridge: Bridge) -> str:
    """Maria has said hello, so that the agent may answer."""
    wamid = await customer(bridge, {"type": "text", "text": "hello"})
    await bridge.world.reached(1)
    return wamid


WORDS: dict[str, tuple[Mapping[str, Any], str]] = {
    "location": ({"type": "location", "location": HERE}, f"📍 Location\nDuomo\nMilano\n{MAP}"),
    "order": ({"type": "order", "order": ORDER}, "🛒 Order\n2 × A, 1.50 EUR each"),
    "forwarded": ({"type": "text", "text": "look", "forwarded": True}, "↪ Forwarded\nlook"),
    "unsupported": (
        {"type": "unsupported", "unsupported": {"type": "poll"}},
        "[poll] (WhatsApp does not pass this kind of message on)",
    ),
    "referral": (
        {
            "type": "text",
            "text": "hi",
            "referral": {"headline": "Sale", "source_url": "https://ad", "source_type": "ad"},
        },
        "Came through the ad: Sale\nhttps://ad\nhi",
    ),
}


@pytest.mark.parametrize("kind", WORDS)
async def test_what_a_customer_sends_in_words(build: Build, kind: str) -> None:
    body, words = WORDS[kind]
    async with build() as bridge:
        await customer(bridge, body)
        [message] = await bridge.world.reached(1)
        assert message["body"]["text"] == words


async def test_a_quote_and_a_reaction_name_what_they_are_about(build: Build) -> None:
    async with build() as bridge:
        await opened(bridge)
        await agent(bridge, text="Which colour?\nRed or blue?")
        [sent] = await bridge.world.sent(1, status="read")
        await customer(bridge, {"type": "text", "text": "Red", "reply_to": sent["wamid"]})
        await customer(bridge, {"type": "reaction", "reaction": {"message_id": sent["wamid"], "emoji": "👍"}})
        await customer(bridge, {"type": "reaction", "reaction": {"message_id": sent["wamid"]}})
        said = [message["body"]["text"] for message in await bridge.world.reached(4)]
        assert said[1:] == [
            "↩ Which colour?\nRed",
            "reacted 👍 to: Which colour?",
            "took back the reaction to: Which colour?",
        ]


FILES: dict[str, tuple[str, str, Mapping[str, Any], str]] = {
    "image": ("photo.jpg", "image/jpeg", {"caption": "look"}, "Image"),
    "video": ("film.mp4", "video/mp4", {}, "Video"),
    "audio": ("voice.ogg", "audio/ogg; codecs=opus", {"voice": True}, "Audio"),
    "document": ("invoice.pdf", "application/pdf", {"caption": "the bill"}, "File"),
    "sticker": ("sticker.webp", "image/webp", {}, "Image"),
}


@pytest.mark.parametrize("kind", FILES)
async def test_a_customers_file_reaches_the_agent(build: Build, kind: str) -> None:
    name, mime, more, shown = FILES[kind]
    async with build() as bridge:
        id_ = await uploaded(bridge, name, mime)
        await customer(bridge, {"type": kind, kind: {"id": id_, **more}})
        [message] = await bridge.world.reached(1)
        [content] = message["body"]["content"]
        attachment = content["attachment"]
        assert attachment["mediaType"] == shown
        assert attachment.get("text", "") == more.get("caption", "")
        body = await bridge.world.fetch(attachment["url"])
        assert body == _sample(name) if kind != "sticker" else body


async def test_an_album_stays_together_and_in_order(build: Build) -> None:
    async with build() as bridge:
        ids = [await uploaded(bridge, "photo.jpg", "image/jpeg") for _ in range(5)]
        for n, id_ in enumerate(ids):
            await customer(bridge, {"type": "image", "image": {"id": id_, "caption": f"{n}"}})
        taken = await bridge.world.reached(5)
        assert [one["body"]["content"][0]["attachment"]["text"] for one in taken] == ["0", "1", "2", "3", "4"]


async def test_a_contact_is_told_in_words_and_as_a_file(build: Build) -> None:
    async with build() as bridge:
        await customer(bridge, {"type": "contacts", "contacts": [ADA]})
        [card] = await bridge.world.reached(1)
        assert card["body"]["text"] == "👤 Contact: Ada L.\n+39 333 (cell)"
        attachment = card["body"]["content"][0]["attachment"]
        assert (attachment["mime"], attachment["filename"]) == ("text/vcard", "Ada L.vcf")
        assert b"FN:Ada L." in await bridge.world.fetch(attachment["url"])


SENT: dict[str, tuple[str, str, str]] = {
    "a photo": ("photo.jpg", "image/jpeg", "image"),
    "a film": ("film.mp4", "video/mp4", "video"),
    "a paper": ("invoice.pdf", "application/pdf", "document"),
    "a recording": ("answer.mp3", "audio/mpeg", "audio"),
}


@pytest.mark.parametrize("what", SENT)
async def test_an_agents_file_reaches_the_customer(build: Build, what: str) -> None:
    name, mime, kind = SENT[what]
    async with build() as bridge:
        await opened(bridge)
        file = await bridge.world.put_up("/api/cloud/files", name, mime, _sample(name))
        await agent(bridge, files=[file["id"]])
        [sent] = await bridge.world.sent(1, status="read")
        assert sent["body"]["type"] == kind
        id_ = sent["body"][kind]["id"]
        assert await bridge.world.fetch(f"/api/graph/media/{id_}") == _sample(name)


def replies(count: int) -> list[dict[str, Any]]:
    return [
        {"contentType": "QuickReply", "quickReply": {"text": f"Day {n}", "payload": f"day-{n}", "action": "Message"}}
        for n in range(1, count + 1)
    ]


@pytest.mark.parametrize(("count", "kind", "reply"), [(3, "button", "button_reply"), (10, "list", "list_reply")])
async def test_quick_replies_and_the_answer_finds_its_way_back(build: Build, count: int, kind: str, reply: str) -> None:
    async with build() as bridge:
        await opened(bridge)
        asked = await agent(bridge, text="When?", content=replies(count))
        [sent] = await bridge.world.sent(1, status="read")
        assert sent["body"]["interactive"]["type"] == kind
        pressed = {"type": reply, reply: {"id": "day-2", "title": "Day 2"}}
        await customer(bridge, {"type": "interactive", "interactive": pressed, "reply_to": sent["wamid"]})
        assert await _answer(bridge) == (asked, "day-2", "Day 2")


async def test_more_choices_than_a_list_holds_are_numbered_and_answered_by_number(build: Build) -> None:
    async with build() as bridge:
        await opened(bridge)
        asked = await agent(bridge, text="When?", content=replies(12))
        [sent] = await bridge.world.sent(1, status="read")
        assert sent["body"]["text"]["body"].startswith("When?\n1. Day 1\n2. Day 2\n")
        await customer(bridge, {"type": "text", "text": "12"})
        assert await _answer(bridge) == (asked, "day-12", "Day 12")


async def _answer(bridge: Bridge) -> tuple[str, str, str]:
    """What Genesys was told of the customer's choice: about which message, the payload and the text."""
    [response] = await bridge.world.reached(1, kind="response")
    told = response["body"]["buttonResponse"]
    return response["body"]["originatingMessageId"], told["payload"], told["text"]


async def test_what_whatsapp_cannot_say_comes_back_failed_with_words(build: Build) -> None:
    async with build() as bridge:
        tenant: Tenant = bridge.tenants[0]
        await opened(bridge)
        path = f"/api/graph/customers/{MARIA}/window"
        await bridge.world.call("POST", path, {"phone_number_id": tenant.number, "open": False})
        await bridge.engine.rt.db.execute("update conversations set window_until = now()")
        said = await agent(bridge, text="too late")
        [receipt] = await bridge.world.reached(1, kind="receipt")
        assert (receipt["body"]["id"], receipt["body"]["status"]) == (said, "Failed")
        assert "24-hour window" in receipt["body"]["reasons"][0]["message"]
        assert await bridge.world.sent() == []
