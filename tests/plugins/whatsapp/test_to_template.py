"""Templates, with the values for their variables."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.plugins.whatsapp.accounts import target
from tests.plugins.whatsapp.bodies import render, said, saying
from xyper_engine.contract import Priority
from xyper_engine.errors import Unsupported
from xyper_engine.parts import Location, Media, MediaKind
from xyper_engine.template import Parameter, Template, TemplateButton, TemplateCard


def template(**changes: Any) -> Template:
    return Template(**{"name": "order", "language": "pt_BR", **changes})


def media(kind: MediaKind, mime: str, **changes: Any) -> Parameter:
    return Parameter(media=Media(**{"kind": kind, "mime": mime, "file": f"file-{kind}", **changes}))


def place(**changes: Any) -> Parameter:
    return Parameter(location=Location(latitude=1.5, longitude=-2.25, **changes))


IMAGE = media(MediaKind.image, "image/jpeg")
FILM = media(MediaKind.video, "video/mp4")
PAPER = media(MediaKind.document, "application/pdf", name="a.pdf")
SHOWN = {"type": "image", "image": {"id": "file-image"}}


def words(value: str, name: str | None = None) -> Parameter:
    return Parameter(text=value, name=name)


def button(kind: str, index: str, parameter: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": "button", "sub_type": kind, "index": index, "parameters": [parameter]}


def located(name: str, address: str) -> list[Mapping[str, Any]]:
    held = {"latitude": "1.5", "longitude": "-2.25", "name": name, "address": address}
    return [{"type": "header", "parameters": [{"type": "location", "location": held}]}]


CASES: dict[str, tuple[Template, list[Mapping[str, Any]] | None]] = {
    "no variables": (template(), None),
    "values by place": (
        template(body=(words("Ann"), words("7"))),
        [{"type": "body", "parameters": [{"type": "text", "text": "Ann"}, {"type": "text", "text": "7"}]}],
    ),
    "values by name": (
        template(header=(words("Hi"),), body=(words("Ann", "customer"),)),
        [
            {"type": "header", "parameters": [{"type": "text", "text": "Hi"}]},
            {"type": "body", "parameters": [{"type": "text", "parameter_name": "customer", "text": "Ann"}]},
        ],
    ),
    "an empty value": (
        template(body=(Parameter(),)),
        [{"type": "body", "parameters": [{"type": "text", "text": ""}]}],
    ),
    "a picture": (template(header=(IMAGE,)), [{"type": "header", "parameters": [SHOWN]}]),
    "a film": (
        template(header=(FILM,)),
        [{"type": "header", "parameters": [{"type": "video", "video": {"id": "file-video"}}]}],
    ),
    "a document": (
        template(header=(PAPER,)),
        [{"type": "header", "parameters": [
            {"type": "document", "document": {"id": "file-document", "filename": "a.pdf"}}
        ]}],
    ),
    "a place": (template(header=(place(name="Here", address="Road 1"),)), located("Here", "Road 1")),
    "a place with a name": (template(header=(place(name="Here"),)), located("Here", "Here")),
    "a place with an address": (template(header=(place(address="Road 1"),)), located("Road 1", "Road 1")),
    "a bare place": (template(header=(place(),)), located("1.5, -2.25", "1.5, -2.25")),
    "buttons": (
        template(
            buttons=(
                TemplateButton(index=0, kind="url", value="4711"),
                TemplateButton(index=1, kind="quick_reply", value="no"),
                TemplateButton(index=2, kind="copy_code", value="SAVE25"),
                TemplateButton(index=3, kind="flow", value="token"),
                TemplateButton(index=4, kind="flow"),
                TemplateButton(index=5, kind="catalog", value="2lc"),
            )
        ),
        [
            button("url", "0", {"type": "text", "text": "4711"}),
            button("quick_reply", "1", {"type": "payload", "payload": "no"}),
            button("copy_code", "2", {"type": "coupon_code", "coupon_code": "SAVE25"}),
            button("flow", "3", {"type": "action", "action": {"flow_token": "token"}}),
            button("flow", "4", {"type": "action", "action": {}}),
            button("catalog", "5", {"type": "action", "action": {"thumbnail_product_retailer_id": "2lc"}}),
        ],
    ),
    "a one-time password": (
        template(body=(words("123456"),), buttons=(TemplateButton(index=0, kind="url", value="123456"),)),
        [
            {"type": "body", "parameters": [{"type": "text", "text": "123456"}]},
            button("url", "0", {"type": "text", "text": "123456"}),
        ],
    ),
    "a carousel": (
        template(
            body=(words("Ann"),),
            cards=(
                TemplateCard(header=(IMAGE,), body=(words("a"),)),
                TemplateCard(header=(FILM,), buttons=(TemplateButton(index=0, kind="url", value="b"),)),
            ),
        ),
        [
            {"type": "body", "parameters": [{"type": "text", "text": "Ann"}]},
            {"type": "carousel", "cards": [
                {"card_index": 0, "components": [
                    {"type": "header", "parameters": [SHOWN]},
                    {"type": "body", "parameters": [{"type": "text", "text": "a"}]},
                ]},
                {"card_index": 1, "components": [
                    {"type": "header", "parameters": [{"type": "video", "video": {"id": "file-video"}}]},
                    button("url", "0", {"type": "text", "text": "b"}),
                ]},
            ]},
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_bodies(case: str) -> None:
    part, components = CASES[case]
    held = {"name": "order", "language": {"code": "pt_BR"}}
    expected = held if components is None else {**held, "components": components}
    assert said(part) == [{"type": "template", "template": expected}]


def test_templates_go_after_messages_and_hand_over_every_file() -> None:
    cards = (TemplateCard(header=(FILM,)), TemplateCard(header=(PAPER,)))
    (payload,) = render(saying(template(header=(IMAGE,), cards=cards)), target())
    assert payload.priority is Priority.template
    assert payload.media == (IMAGE.media, FILM.media, PAPER.media)


@pytest.mark.parametrize(
    ("part", "refusal"),
    [
        (template(header=(media(MediaKind.voice, "audio/ogg"),)), "this file is of kind voice"),
        (template(header=(media(MediaKind.image, "image/gif"),)), "no image/gif"),
        (template(buttons=(TemplateButton(index=0, kind="phone_number"),)), "'phone_number' cannot be given a value"),
    ],
)
def test_what_no_template_has(part: Template, refusal: str) -> None:
    with pytest.raises(Unsupported, match=refusal):
        said(part)
