"""Choices, as buttons, a list, or a button that opens a page."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.plugins.whatsapp.accounts import target
from tests.plugins.whatsapp.bodies import render, said, saying
from xyper_engine.errors import Unsupported
from xyper_engine.parts import Choices, Media, MediaKind, Option
from xyper_whatsapp.adapter import WhatsApp
from xyper_whatsapp.settings import WhatsAppSettings

YES, NO = Option(id="y", title="Yes"), Option(id="n", title="No")
SHOP = Option(id="s", title="Shop", url="https://x.org/shop")
HELP = Option(id="h", title="Help", url="https://x.org/help")
PICTURE = Media(kind=MediaKind.image, mime="image/png", file="file-1")
SONG = Media(kind=MediaKind.audio, mime="audio/mpeg", file="file-2")


def choices(*options: Option, **changes: Any) -> Choices:
    return Choices(**{"body": "Well?", "options": options, **changes})


def text(body: str) -> Mapping[str, Any]:
    return {"type": "text", "text": {"preview_url": False, "body": body}}


def interactive(kind: str, action: Mapping[str, Any], body: str = "Well?", **more: Any) -> Mapping[str, Any]:
    content = {"type": kind, "body": {"text": body}, **more, "action": action}
    return {"type": "interactive", "interactive": content}


def buttons(*replies: tuple[str, str]) -> Mapping[str, Any]:
    return {"buttons": [{"type": "reply", "reply": {"id": answer, "title": title}} for answer, title in replies]}


def rows(*found: Mapping[str, str], button: str = "☰") -> Mapping[str, Any]:
    return {"button": button, "sections": [{"rows": list(found)}]}


def page(title: str, url: str) -> Mapping[str, Any]:
    return {"name": "cta_url", "parameters": {"display_text": title, "url": url}}


YES_NO = buttons(("y", "Yes"), ("n", "No"))
OPEN_SHOP = page("Shop", "https://x.org/shop")
ROWS = [{"id": "y", "title": "Yes"}, {"id": "n", "title": "No"}]
FULL, FULL_LIST = "x" * 1024, "x" * 4096

CASES: dict[str, tuple[Choices, Sequence[Mapping[str, Any]]]] = {
    "buttons": (choices(YES, NO), [interactive("button", YES_NO)]),
    "a header and a footer": (
        choices(YES, NO, header="Dear", footer="Bye"),
        [interactive("button", YES_NO, header={"type": "text", "text": "Dear"}, footer={"text": "Bye"})],
    ),
    "a picture above": (
        choices(YES, NO, media=PICTURE, kind="card"),
        [interactive("button", YES_NO, header={"type": "image", "image": {"id": "file-1"}})],
    ),
    "a picture in the header's place": (
        choices(YES, NO, media=PICTURE, header="Dear"),
        [interactive("button", YES_NO, "Dear\nWell?", header={"type": "image", "image": {"id": "file-1"}})],
    ),
    "a song cannot stand above": (
        choices(YES, NO, media=SONG),
        [{"type": "audio", "audio": {"id": "file-2"}}, interactive("button", YES_NO)],
    ),
    "a list": (choices(YES, NO, kind="list", button="See"), [interactive("list", rows(*ROWS, button="See"))]),
    "times": (choices(YES, NO, kind="date"), [interactive("list", rows(*ROWS))]),
    "a list by its button": (choices(YES, NO, button="See"), [interactive("list", rows(*ROWS, button="See"))]),
    "a list by its descriptions": (
        choices(YES, NO.model_copy(update={"description": "not at all"})),
        [interactive("list", rows(ROWS[0], {**ROWS[1], "description": "not at all"}))],
    ),
    "a list by its length": (
        choices(*[Option(id=str(n), title=str(n)) for n in range(10)]),
        [interactive("list", rows(*[{"id": str(n), "title": str(n)} for n in range(10)]))],
    ),
    "a picture before a list": (
        choices(YES, NO, kind="list", media=PICTURE),
        [{"type": "image", "image": {"id": "file-1"}}, interactive("list", rows(*ROWS))],
    ),
    "a page": (choices(SHOP), [interactive("cta_url", OPEN_SHOP)]),
    "a page with a picture": (
        choices(SHOP, media=PICTURE, footer="Bye"),
        [interactive(
            "cta_url", OPEN_SHOP, header={"type": "image", "image": {"id": "file-1"}}, footer={"text": "Bye"}
        )],
    ),
    "two pages": (choices(SHOP, HELP), [interactive("cta_url", OPEN_SHOP, "Well?\nHelp: https://x.org/help")]),
    "answers and pages": (
        choices(YES, SHOP, NO, HELP),
        [interactive("button", YES_NO, "Well?\nShop: https://x.org/shop\nHelp: https://x.org/help")],
    ),
    "a list and a page": (
        choices(YES, SHOP, kind="list"),
        [interactive("list", rows(ROWS[0]), "Well?\nShop: https://x.org/shop")],
    ),
    "no room for a page": (
        choices(YES, NO, SHOP, body=FULL),
        [text("Shop: https://x.org/shop"), interactive("button", YES_NO, FULL)],
    ),
    "nothing to choose": (choices(header="Dear", footer="Bye"), [text("Dear\nWell?\nBye")]),
    "nothing but a picture": (choices(body="", media=PICTURE), [{"type": "image", "image": {"id": "file-1"}}]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_bodies(case: str) -> None:
    part, expected = CASES[case]
    assert said(part) == expected


def test_a_lists_body_may_be_longer_than_that_of_buttons() -> None:
    """Meta's schema has 1,024 for all, its documentation of lists 4,096: so this one is not checked against it."""
    (payload,) = WhatsApp(WhatsAppSettings()).render(saying(choices(YES, kind="list", body=FULL_LIST)), target())
    assert payload.body["interactive"] == interactive("list", rows(ROWS[0]), FULL_LIST)["interactive"]


def test_the_picture_is_handed_over() -> None:
    (payload,) = render(saying(choices(YES, media=PICTURE)), target())
    assert payload.media == (PICTURE,)


@pytest.mark.parametrize(
    ("kind", "ids", "sent"),
    [
        ("quick_reply", ["a", "b"], ["a", "b"]),
        ("quick_reply", ["same", "same", "b"], ["#1", "#2", "b"]),
        ("quick_reply", ["", "x" * 256, "x" * 257], ["#1", "x" * 256, "#3"]),
        ("quick_reply", [" a", "b\n", "#1"], ["#1", "#2", "#3"]),
        ("list", ["x" * 200, "x" * 201], ["x" * 200, "#2"]),
    ],
)
def test_an_answer_that_cannot_travel_is_called_by_its_place(kind: Any, ids: list[str], sent: list[str]) -> None:
    options = [Option(id=one, title=str(n)) for n, one in enumerate(ids)]
    (body,) = said(choices(*options, kind=kind))
    action = body["interactive"]["action"]
    replies = action["sections"][0]["rows"] if kind == "list" else [one["reply"] for one in action["buttons"]]
    assert [one["id"] for one in replies] == sent


def option(title: str, **more: Any) -> Option:
    return Option(id="1", title=title, **more)


TOO_MUCH: dict[str, tuple[Choices, str]] = {
    "a button": (choices(option("x" * 21)), "button of these choices has 21 characters; WhatsApp takes 20"),
    "a button without words": (choices(option(" ")), "button of these choices has no words"),
    "two buttons of one title": (choices(YES, YES), "same title"),
    "a row": (choices(option("x" * 25), kind="list"), "row of these choices has 25 characters"),
    "a row's description": (choices(option("a", description="x" * 73)), "description of these choices has 73"),
    "a list's button": (choices(YES, button="x" * 21), "button of these choices has 21"),
    "rows": (choices(*[option(str(n)) for n in range(11)]), "at most 10 rows, and this one has 11"),
    "a body": (choices(YES, body=FULL + "x"), "text of these choices has 1025 characters"),
    "no body": (choices(YES, body=" "), "text of these choices has no words"),
    "a list's body": (choices(YES, kind="list", body=FULL_LIST + "x"), "4097 characters; WhatsApp takes 4096"),
    "a header": (choices(YES, header="x" * 61), "header of these choices has 61"),
    "a footer": (choices(YES, footer="x" * 61), "footer of these choices has 61"),
    "a page's button": (choices(option("x" * 21, url="https://x.org")), "button of these choices has 21"),
    "a picture of the wrong type": (
        choices(YES, media=PICTURE.model_copy(update={"mime": "image/gif"})),
        "no image/gif as image",
    ),
}


@pytest.mark.parametrize("case", TOO_MUCH)
def test_nothing_is_cut_off(case: str) -> None:
    part, words = TOO_MUCH[case]
    with pytest.raises(Unsupported, match=words):
        said(part)


def test_choices_of_nothing_at_all_say_nothing() -> None:
    with pytest.raises(Unsupported, match="no text"):
        said(choices(body=""))
