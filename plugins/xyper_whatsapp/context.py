"""What came with a message besides its words: the advertisement it began at, what it answers, whether it was forwarded.

Source: Meta, "Messages webhook reference", `context` and `referral`.
"""

from collections.abc import Iterator

from xyper_engine.model import Part
from xyper_engine.parts import Notice, Referral
from xyper_whatsapp import fields
from xyper_whatsapp.fields import Item, text, word


def around(item: Item) -> Iterator[Part]:
    """What is told before the message itself."""
    referral = fields.part(item.get("referral"))
    if referral:
        yield _referral(referral)
    context = fields.part(item.get("context"))
    if context.get("frequently_forwarded") is True:
        yield Notice(code="forwarded_often")
    elif context.get("forwarded") is True:
        yield Notice(code="forwarded")
    product = word(fields.part(context.get("referred_product")).get("product_retailer_id"))
    if product:
        yield Notice(code="product", values={"product": product})


def _referral(held: Item) -> Referral:
    return Referral(
        kind="post" if held.get("source_type") == "post" else "ad",
        id=word(held.get("source_id")),
        headline=text(held.get("headline")),
        body=text(held.get("body")),
        url=text(held.get("source_url")),
        image=text(held.get("image_url")) or text(held.get("thumbnail_url")),
        video=text(held.get("video_url")),
        click_id=text(held.get("ctwa_clid")),
        greeting=text(fields.part(held.get("welcome_message")).get("text")),
    )
