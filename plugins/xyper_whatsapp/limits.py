"""What WhatsApp takes, as data. Source: Meta, "Media", "Send messages", "Interactive messages"."""

from collections.abc import Mapping

from xyper_engine.contract import ChoiceLimits, Limits, MediaLimit
from xyper_engine.parts import MediaKind
from xyper_whatsapp.settings import WhatsAppSettings

_KB, _MB = 1024, 1024 * 1024

TEXT, CAPTION = 4096, 1024
"""Longest, in characters."""
URL_BUTTON = 20
"""Longest title of a button that opens a page."""
BUTTON_ID, ROW_ID = 256, 200
"""Longest id that a button or a list's row gives back."""
CONTACTS = 5
"""Contact cards in one message. Meta's documentation speaks of 257 and advises fewer, its schema knows 5."""
STATIC_STICKER = 100 * _KB
"""Largest sticker that does not move, in bytes; larger ones travel as documents."""
LARGEST = 100 * _MB
"""Bytes of the largest file of any kind, either way."""

_OFFICE = "application/vnd.openxmlformats-officedocument."
DOCUMENTS = (
    "application/pdf",
    "text/plain",
    "application/msword",
    f"{_OFFICE}wordprocessingml.document",
    "application/vnd.ms-excel",
    f"{_OFFICE}spreadsheetml.sheet",
    "application/vnd.ms-powerpoint",
    f"{_OFFICE}presentationml.presentation",
)
"""The documents that Meta promises to take; others mostly pass."""

MEDIA: Mapping[MediaKind, MediaLimit] = {
    MediaKind.image: MediaLimit(("image/jpeg", "image/png"), 5 * _MB),
    MediaKind.video: MediaLimit(("video/mp4", "video/3gpp"), 16 * _MB),
    MediaKind.audio: MediaLimit(("audio/mpeg", "audio/mp4", "audio/aac", "audio/ogg", "audio/amr"), 16 * _MB),
    MediaKind.voice: MediaLimit(("audio/ogg",), 16 * _MB),
    MediaKind.sticker: MediaLimit(("image/webp",), 500 * _KB),
    MediaKind.document: MediaLimit((*DOCUMENTS, "*/*"), LARGEST),
}
SAMPLES: Mapping[MediaKind, MediaLimit] = {
    MediaKind.image: MediaLimit(("image/jpeg", "image/png"), 5 * _MB),
    MediaKind.video: MediaLimit(("video/mp4",), 16 * _MB),
    MediaKind.document: MediaLimit(("application/pdf",), LARGEST),
}
"""Example files of templates' headers: what the Resumable Upload API takes."""
CAPTIONED = frozenset({MediaKind.image, MediaKind.video, MediaKind.document})
"""The kinds that can bear words; they are also those that may stand above choices."""

CHOICES = ChoiceLimits(
    buttons=3, button=20, rows=10, row=24, description=72, body=1024, list_body=4096, header=60, footer=60
)
PARTS = frozenset({"text", "media", "location", "location_request", "contact", "choices", "template", "reaction"})
WINDOW = 24.0
"""Hours that a customer's message opens for free text."""
STOPPED = frozenset({"131050"})
"""How Meta says that a customer has stopped marketing messages."""
SHUT = frozenset({"131047"})
"""How Meta says that the customer's last message is more than 24 hours old."""


def whatsapp_limits(settings: WhatsAppSettings) -> Limits:
    """The channel's capability document."""
    return Limits(
        text=TEXT,
        order_wait=settings.order_wait,
        unknown_wait=settings.unknown_wait,
        call_wait=settings.timeout + 1,
        parts=PARTS,
        receipts=frozenset({"published"}) if settings.mark_read == "published" else frozenset(),
        typing=settings.mark_read != "never",
        media=MEDIA,
        caption=CAPTION,
        choices=CHOICES,
        window=WINDOW,
        stopped=STOPPED,
        shut=SHUT,
    )
