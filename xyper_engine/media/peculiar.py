"""Varieties of a type that channels do not mean when they name the type, told from a file's first bytes.

WhatsApp takes JPEG and PNG in 8 bits RGB or RGBA, and Opus with one channel (developers.facebook.com, "Supported media
types"); what it cannot decode fails only after it was accepted.
"""

from xyper_engine.media.types import OPUS, essence

PEEK = 65_536
"""Bytes that are looked at: a JPEG tells its colours behind its metadata."""

VARIED = frozenset({"image/jpeg", "image/png", OPUS})
"""The types that have such varieties."""
_PNG_BITS = 24
"""Where a PNG says how many bits a sample has."""
_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
"""JPEG's markers of a frame (ITU T.81, table B.1)."""
_INK = 4
"""Components of a JPEG that is made for print (CMYK)."""


def peculiar(head: bytes, mime: str) -> bool:
    """True for PNG in 16 bits, JPEG in CMYK, and Opus with more than one channel."""
    match essence(mime):
        case "image/png":
            return head[_PNG_BITS : _PNG_BITS + 1] == b"\x10"
        case "image/jpeg":
            return _components(head) == _INK
    if mime != OPUS:
        return False
    channels = head.find(b"OpusHead") + 9
    return head[channels : channels + 1] > b"\x01"


def _components(head: bytes) -> int:
    """How many colours a JPEG mixes; 0 where that stands further back."""
    at = 2
    while at + 10 <= len(head) and head[at] == 0xFF:
        marker, length = head[at + 1], int.from_bytes(head[at + 2 : at + 4], "big")
        if marker in _FRAMES:
            return head[at + 9]
        at += 2 + length if marker != 0xFF else 1
    return 0
