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
