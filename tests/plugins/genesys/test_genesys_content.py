"""What agents and bots send besides text, and the parts that Xyper makes of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from xyper_engine.model import Part
from xyper_engine.parts import Choices, Location, Media, MediaKind, Opaque, Option, Source, Text
from xyper_engine.template import Parameter, Template, TemplateButton
from xyper_genesys.content import parts_of

SAMPLES = Path(__file__).parents[2] / "samples" / "genesys"
DOWNLOADS = "https://api-downloads.euc1.example/api/v2/downloads"
CDN = "https://cdn.example"


def option(title: str, ident: str = "", description: str = "", url: str | None = None) -> Option:
    return Option(id=ident or title, title=title, description=description, url=url)


def file(kind: MediaKind, url: str, **fields: Any) -> Media:
    return Media(kind=kind, source=Source(url=url), **fields)


def two_cards() -> list[Part]:
    shirt = Choices(
        kind="card",
        header="Shirt",
        body="Linen, white",
        media=file(MediaKind.image, f"{CDN}/shirt.jpg"),
        options=(
            option("Take it", "shirt-1"),
            option("Sizes", "https://www.example/sizes", url="https://www.example/sizes"),
        ),
    )
    shoes = Choices(
        kind="card",
        body="Shoes",
        media=file(MediaKind.video, f"{CDN}/shoes.mp4"),
        options=(option("Take them", "shoes-1"),),
    )
    return [shirt, shoes]


CONTENT: dict[str, list[Part]] = {
    "attachment_alone": [
        Media(
            kind=MediaKind.image,
            mime="image/jpeg",
            name="image.jpg",
            size=10240,
            source=Source(id="8b36304e-ad42-4e7d-ac35-978a019514eb", url=f"{DOWNLOADS}/1"),
        )
    ],
    "attachment_with_text": [
        Text(text="the invoice"),
        Media(
            kind=MediaKind.document,
            mime="application/pdf",
            name="invoice.pdf",
            source=Source(id="8b36304e-ad42-4e7d-ac35-978a019514ec", url=f"{DOWNLOADS}/2"),
        ),
    ],
    "attachments": [
        Text(text="all of them"),
        file(MediaKind.image, f"{DOWNLOADS}/1", mime="image/png", name="a.png", caption="the first"),
        file(MediaKind.video, f"{DOWNLOADS}/2", mime="video/mp4", name="b.mp4"),
        file(MediaKind.audio, f"{DOWNLOADS}/3", mime="audio/mpeg", name="c.mp3"),
        file(MediaKind.voice, f"{DOWNLOADS}/4", mime="audio/ogg; codecs=opus", name="d.ogg"),
        file(MediaKind.document, f"{DOWNLOADS}/5", mime="application/pdf", name="e.pdf", sha256="ab" * 32),
        Text(text="our shop\nhttps://www.example/shop"),
    ],
    "quick_replies": [Choices(body="Do you want to proceed?", options=(option("Yes"), option("No")))],
    "quick_replies_v2": [Choices(body="Which one?", options=(option("Red", "r"), option("Blue", "b")))],
    "card": two_cards()[:1],
    "carousel": two_cards(),
    "date_picker": [
        Choices(
            kind="date",
            body="When?\nYour fitting",
            options=(
                option("2026-11-30 12:00 UTC", "2026-11-30T12:00:00.000Z", "30 min"),
                option("2026-11-30 14:30 UTC", "2026-11-30T15:30:00.000+01:00", "1 h 15 min"),
            ),
        )
    ],
    "list_picker": [
        Choices(
            kind="list",
            header="Menu",
            body="What may it be?\nAll is fresh",
            button="Choose",
            media=file(MediaKind.image, f"{CDN}/menu.jpg"),
            options=(option("Soup", "1", "Starters – of the day"), option("Risotto", "2", "Mains")),
        )
    ],
    "form": [Text(text="A few questions\nIt takes a minute\nYour size\nYour colour")],
    "location": [
        Location(
            latitude=45.4642,
            longitude=9.19,
            name="Our shop",
            address="Piazza Duomo, Milano",
            url="https://maps.example/1",
        )
    ],
    "canned_response": [Text(text="Hi Happy, How can I help you?")],
    "canned_response_without_text": [Text(text="We are open from 9 to 5.")],
    "canned_response_with_buttons": [
        file(MediaKind.image, f"{CDN}/head.png", mime="image/png"),
        Choices(
            body="Hi Happy, see you at 9.\nBest regards\nCall us: +39021234567",
            options=(option("Fine", "ok"), option("Map", "https://maps.example/1", url="https://maps.example/1")),
        ),
    ],
    "notification_without_words": [Opaque(label="notification")],
    "template": [
        Template(
            name="order_ready",
            language="it",
            header=(Parameter(media=file(MediaKind.image, f"{CDN}/head.png", mime="image/png")),),
            body=(Parameter(text="Mario"), Parameter(text="4711")),
            buttons=(
                TemplateButton(index=0, kind="url", value="4711"),
                TemplateButton(index=2, kind="quick_reply", value="stop"),
            ),
            rendered="Ciao Mario, order 4711 is ready.",
        )
    ],
    "template_named": [
        Template(
            name="welcome",
            language="en_US",
            header=(Parameter(text="Milan", name="shop"),),
            body=(Parameter(text="Mario", name="name"),),
            rendered="Hi Mario",
        )
    ],
    "unknown_content": [Text(text="please pay"), Text(text="Your bill\n12 EUR"), Opaque(label="payment request")],
}


@pytest.mark.parametrize(("name", "parts"), CONTENT.items())
def test_what_it_says(name: str, parts: list[Part]) -> None:
    assert parts_of(json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))) == parts
