"""Every kind of message, each way: how a customer or an agent sends it, and which picture it has."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tests.e2e.widget.ground import Customer

Send = Callable[[Customer], Awaitable[object]]

PLACE = {"latitude": 45.4642, "longitude": 9.1916, "name": "Duomo di Milano", "address": "Piazza del Duomo, Milano"}
CARD = {
    "name": {"formatted_name": "Dora Marino", "first_name": "Dora", "last_name": "Marino"},
    "phones": [{"phone": "+1 650-555-0199", "type": "WORK", "wa_id": "16505550199"}],
    "emails": [{"email": "dora@example.com", "type": "WORK"}],
    "org": {"company": "Marino Flowers"},
}
ORDER = {
    "catalog_id": "194836987003835",
    "text": "",
    "product_items": [
        {"product_retailer_id": "blue-lamp", "quantity": 2, "item_price": 30, "currency": "EUR"},
        {"product_retailer_id": "cable-3m", "quantity": 1, "item_price": 7.5, "currency": "EUR"},
    ],
}
ADVERT = {
    "source_url": "https://fb.me/demo", "source_id": "120210000000", "source_type": "ad", "headline": "Lamps in blue",
    "body": "This week only", "media_type": "image", "image_url": "https://example.com/lamp.jpg",
    "ctwa_clid": "demo-click",
}  # fmt: skip
STYLED = "*Bold*, _italic_, ~struck~ and `code`\n> quoted\n- one\n- two\nhttps://example.com/parcel"


def written(text: str = "", **body: Any) -> Send:
    return lambda customer: customer.write(text, **body)


def a_file(kind: str, name: str, **more: Any) -> Send:
    return lambda customer: customer.file(kind, name, **more)


async def answered(customer: Customer) -> None:
    """A quote of what an agent said."""
    await customer.answer("Shall we leave it outside?")
    sent = await customer.phone_has("Shall we leave it outside?")
    await customer.write("Yes, please", reply_to=sent)


async def reacted(customer: Customer) -> None:
    wamid = await customer.write("It has arrived!")
    await customer.write(type="reaction", reaction={"message_id": wamid, "emoji": "👍"})


async def edited(customer: Customer) -> None:
    wamid = await customer.write("It has arived")
    change = {"original_message_id": wamid, "message": {"type": "text", "text": {"body": "It has arrived"}}}
    await customer.write(type="edit", edit=change)


async def deleted(customer: Customer) -> None:
    wamid = await customer.write("Sorry, wrong chat")
    await customer.write(type="revoke", revoke={"original_message_id": wamid})


FROM_CUSTOMERS: Mapping[str, Send] = {
    "text": written("Where is my parcel? It should have been here on Friday."),
    "text-styled": written(STYLED),
    "text-arabic": written("مرحبا، أين طردي؟"),
    "emoji": written("🎉🎉"),
    "image": a_file("image", "photo.jpg", caption="It looks like this"),
    "video": a_file("video", "film.mp4"),
    "voice": a_file("audio", "voice.ogg", voice=True),
    "audio": a_file("audio", "answer.mp3"),
    "document": a_file("document", "invoice.pdf", filename="invoice.pdf"),
    "sticker": a_file("sticker", "sticker.webp"),
    "location": written(type="location", location=PLACE),
    "contact": written(type="contacts", contacts=[CARD]),
    "order": written(type="order", order=ORDER),
    "advert": written("Is this still to be had?", referral=ADVERT),
    "forwarded": written("Free parcels for all!", forwarded=True),
    "forwarded-often": written("Free parcels for all!", forwarded="often"),
    "unsupported": written(type="unsupported", unsupported={"type": "poll"}),
    "quote": answered,
    "reaction": reacted,
    "edited": edited,
    "deleted": deleted,
}


def quick(*texts: str) -> list[dict[str, Any]]:
    reply = "quickReply"
    return [
        {"contentType": "QuickReply", reply: {"text": one, "payload": one.lower(), "action": "Message"}}
        for one in texts
    ]


def said(text: str = "", *files: str, content: list[dict[str, Any]] | None = None) -> Send:
    """From Genesys' own desk, or by a bot behind it."""

    async def send(customer: Customer) -> None:
        held = [(await customer.desk_file(name))["id"] for name in files]
        await customer.answer(text, **({"files": held} if held else {}), **({"content": content} if content else {}))

    return send


def card(image: str, title: str) -> dict[str, Any]:
    order = {"type": "Postback", "text": "Order it", "payload": f"order {title.lower()}"}
    look = {"type": "Link", "text": "Look", "url": "https://example.com/parcel"}
    return {"title": title, "description": "Holds three parcels", "image": image, "actions": [order, look]}


async def a_card(customer: Customer) -> None:
    image = (await customer.desk_file("photo.jpg"))["url"]
    await customer.answer("", content=[{"contentType": "Card", "card": card(image, "Parcel box")}])


async def a_template(customer: Customer) -> None:
    media = await customer.desk_file("photo.jpg")
    text = "Hello Ada, your parcel 2026-1122 is on its way."
    values = [{"name": "1", "text": "Ada"}, {"name": "2", "text": "2026-1122"}]
    body = {"text": "Hello {{1}}, your parcel {{2}} is on its way.", "parameters": values}
    buttons = [
        {"type": "QuickReply", "text": one, "index": at, "payload": one.lower()}
        for at, one in enumerate(("Leave it outside", "Call me"))
    ]
    template = {
        "id": "whatsapp@parcel_on_its_way", "language": "en", "header": {"type": "Media", "media": media}, "body": body,
        "footer": {"text": "Acme Inc."}, "buttons": buttons,
    }  # fmt: skip
    await customer.answer(text, content=[{"contentType": "Notification", "template": template}])


async def refused(customer: Customer) -> None:
    """The 24 hours are over, as only WhatsApp knows."""
    await customer.window(open_=False)
    await customer.answer("Are you still there?")


FROM_AGENTS: Mapping[str, Send] = {
    "text": said("It arrives today, before 18:00."),
    "image": said("", "photo.jpg"),
    "audio": said("", "voice.ogg"),
    "document": said("", "invoice.pdf"),
    "buttons": said("Shall we leave it outside?", content=quick("Yes", "No", "Call me")),
    "list": said("Which colour do you like?", content=quick("Blue", "Green", "Red", "White", "Black", "Oak")),
    "card": a_card,
    "template": a_template,
    "failed": refused,
}
