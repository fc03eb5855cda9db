"""A contact as a file that every address book opens."""

from xyper_engine.parts import ContactCard, Phone
from xyper_engine.routing.vcard import vcard


def test_a_whole_card() -> None:
    card = ContactCard(
        name="Ada; Lovelace",
        first_name="Ada",
        last_name="Lovelace",
        phones=(Phone(number="+1 650", label="CELL"), Phone(number="2")),
        emails=("ada@example.org",),
        urls=("https://example.org",),
        addresses=("1 Hacker Way, Menlo Park",),
        company="Acme, Inc.",
        title="CTO",
        birthday="1815-12-10",
    )
    assert vcard(card).decode().split("\r\n") == [
        "BEGIN:VCARD",
        "VERSION:3.0",
        r"FN:Ada\; Lovelace",
        "N:Lovelace;Ada;;;",
        r"ORG:Acme\, Inc.",
        "TITLE:CTO",
        "BDAY:1815-12-10",
        "TEL;TYPE=CELL:+1 650",
        "TEL:2",
        "EMAIL:ada@example.org",
        "URL:https://example.org",
        r"ADR:;;1 Hacker Way\, Menlo Park;;;;",
        "END:VCARD",
        "",
    ]


def test_nothing_breaks_out_of_its_line() -> None:
    lines = vcard(ContactCard(name="a\r\nEND:VCARD\nb")).decode().split("\r\n")
    assert lines[2] == r"FN:a\nEND:VCARD\nb"


def test_long_lines_are_folded_between_characters() -> None:
    card = vcard(ContactCard(name="é" * 100))
    assert max(map(len, card.split(b"\r\n"))) <= 75
    assert "é" * 100 in card.decode().replace("\r\n ", "")
