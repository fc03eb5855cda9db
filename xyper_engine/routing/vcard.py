"""A contact card as a vCard 3.0 file (RFC 2426), which every address book opens."""

from collections.abc import Iterator

from xyper_engine.parts import ContactCard

MIME = "text/vcard"
_LINE = 75
"""Bytes after which a line is folded (RFC 2426, 2.6)."""


def vcard(card: ContactCard) -> bytes:
    """The file's bytes, UTF-8, lines ended by CRLF."""
    return b"".join(_folded(line) for line in _lines(card))


def _lines(card: ContactCard) -> Iterator[str]:
    yield "BEGIN:VCARD"
    yield "VERSION:3.0"
    yield f"FN:{_escaped(card.name)}"
    yield f"N:{_escaped(card.last_name or '')};{_escaped(card.first_name or card.name)};;;"
    for name, value in (("ORG", card.company), ("TITLE", card.title), ("BDAY", card.birthday)):
        if value:
            yield f"{name}:{_escaped(value)}"
    for phone in card.phones:
        yield f"TEL{_type(phone.label)}:{_escaped(phone.number)}"
    for name, values in (("EMAIL", card.emails), ("URL", card.urls)):
        for value in values:
            yield f"{name}:{_escaped(value)}"
    for address in card.addresses:
        yield f"ADR:;;{_escaped(address)};;;;"
    yield "END:VCARD"


def _type(label: str) -> str:
    word = "".join(letter for letter in label.upper() if letter.isascii() and letter.isalnum())
    return f";TYPE={word}" if word else ""


def _escaped(value: str) -> str:
    flat = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return flat.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """Lines of at most 75 bytes, never cut inside a character."""
    pieces, size = [b""], 0
    for character in line:
        encoded = character.encode("utf-8", "replace")
        if size + len(encoded) > _LINE:
            pieces.append(b" ")
            size = 1
        pieces[-1] += encoded
        size += len(encoded)
    return b"\r\n".join(pieces) + b"\r\n"
