"""What a message says, by its type. Source: Meta, "Messages webhook reference"; whatever is missing is left out.

A reader answers nothing for what it cannot read. Then, as for types that nobody knows yet, the reader is told the type
and whatever words there are.
"""

from base64 import b64decode
from binascii import Error, unhexlify
from collections.abc import Callable

from xyper_engine.model import Part
from xyper_engine.parts import (
    Location,
    Media,
    MediaKind,
    Notice,
    Opaque,
    Order,
    OrderItem,
    Reaction,
    Source,
    Text,
)
from xyper_whatsapp import fields, replies
from xyper_whatsapp.cards import cards
from xyper_whatsapp.fields import Item, explained, number, text, word

Parts = tuple[Part, ...]
_WORDS = ("body", "text", "caption", "title", "description", "name", "address")
"""Where words may stand in what has no reader."""
_NOT_PASSED_ON = "131051"
"""Meta's code for a kind of message that it does not pass on."""


def said(item: Item) -> Parts:
    """The parts of one message; never empty."""
    kind = word(item.get("type")) or "unknown"
    read = _KINDS.get(kind)
    return (read(item.get(kind), item) if read else ()) or _unread(kind, item)


def _text(content: object, _item: Item) -> Parts:
    words = content.get("body") if isinstance(content, dict) else None
    return (Text(text=words),) if isinstance(words, str) and words else ()


def _media(kind: MediaKind) -> Callable[[object, Item], Parts]:
    def read(content: object, _item: Item) -> Parts:
        held = fields.part(content)
        source = Source(id=word(held.get("id")), url=text(held.get("url")))
        if not (source.id or source.url):
            return ()
        media = Media(
            kind=MediaKind.voice if kind is MediaKind.audio and held.get("voice") is True else kind,
            mime=text(held.get("mime_type")) or "",
            name=text(held.get("filename")),
            caption=text(held.get("caption")),
            sha256=digest(held.get("sha256")),
            animated=held.get("animated") is True,
            source=source,
        )
        return (media,)

    return read


def digest(value: object) -> str | None:
    """A SHA-256 in hex. Meta writes it in base64 in webhooks, and in hex elsewhere."""
    if not isinstance(value, str):
        return None
    try:
        raw = unhexlify(value) if len(value) == 64 else b64decode(value, validate=True)
    except (Error, ValueError):
        return None
    return raw.hex() if len(raw) == 32 else None


def _location(content: object, _item: Item) -> Parts:
    held = fields.part(content)
    latitude, longitude = number(held.get("latitude")), number(held.get("longitude"))
    if latitude is None or longitude is None:
        return ()
    words = {key: text(held.get(key)) for key in ("name", "address", "url")}
    return (Location(latitude=latitude, longitude=longitude, **words),)


def _reaction(content: object, _item: Item) -> Parts:
    held = fields.part(content)
    about = word(held.get("message_id"))
    # Taken back: the emoji is empty, or its key is absent.
    return (Reaction(about=about, emoji=text(held.get("emoji"))),) if about else ()


def _order(content: object, _item: Item) -> Parts:
    held = fields.part(content)
    items = tuple(map(_ordered, fields.parts(held.get("product_items"))))
    note, catalog = text(held.get("text")), word(held.get("catalog_id"))
    return (Order(catalog=catalog, note=note, items=items),) if items or note else ()


def _ordered(held: Item) -> OrderItem:
    quantity = number(held.get("quantity"))
    return OrderItem(
        product=word(held.get("product_retailer_id")) or "?",
        quantity=1 if quantity is None else quantity,
        price=number(held.get("item_price")),
        currency=text(held.get("currency")) or "",
    )


def _edit(content: object, _item: Item) -> Parts:
    """Only numbers that are also used with the WhatsApp Business app hear of edits."""
    held = fields.part(content)
    message = held.get("message")
    new = said(message) if isinstance(message, dict) else ()
    about = word(held.get("original_message_id"))
    return (Notice(code="edited", about=about), *new) if about or new else ()


def _revoke(content: object, _item: Item) -> Parts:
    about = word(fields.part(content).get("original_message_id"))
    return (Notice(code="deleted", about=about),) if about else ()


def _unsupported(content: object, item: Item) -> Parts:
    # Meta names what it does not pass on itself: {"type": "unsupported", "unsupported": {"type": "poll"}}.
    kind = word(fields.part(content).get("type"))
    return () if kind is None and _failed(item) else (Notice(code="unsupported", values={"kind": kind or "unknown"}),)


def _welcome(_content: object, _item: Item) -> Parts:
    return (Notice(code="welcome"),)


def _failed(item: Item) -> Parts:
    """Why Meta could not pass a message on, where it says more than that it did not."""
    error = explained(item.get("errors"))
    if error is None or error[0] == _NOT_PASSED_ON:
        return ()
    return (Notice(code="failed_inbound", values={"words": error[1] or error[0]}),)


def _unread(kind: str, item: Item) -> Parts:
    held = fields.part(item.get(kind))
    words = next((found for key in _WORDS if (found := text(held.get(key)))), None)
    if words:
        return Opaque(label=kind), Text(text=words)
    return _failed(item) or (Opaque(label=kind),)


_KINDS: dict[str, Callable[[object, Item], Parts]] = {
    "text": _text,
    **{kind.value: _media(kind) for kind in MediaKind},
    "location": _location,
    "contacts": cards,
    "button": replies.button,
    "interactive": replies.interactive,
    "reaction": _reaction,
    "order": _order,
    "edit": _edit,
    "revoke": _revoke,
    "unsupported": _unsupported,
    "unknown": _unsupported,
    "request_welcome": _welcome,
}
"""`voice` as a type of its own, and `unknown`, are older than `audio.voice` and `unsupported`."""
