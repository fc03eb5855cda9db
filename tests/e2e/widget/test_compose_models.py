"""What the composer decides without a page: places, files, choices, templates, quick replies, emoji."""

from collections.abc import Mapping
from typing import Any

import pytest
from playwright.async_api import Page

from tests.e2e.widget.ground import call

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

MODEL = "../shared/templates/model.js"
MB = 1024 * 1024
MEDIA = {
    "image": {"mimes": ["image/jpeg", "image/png"], "size": 5 * MB},
    "video": {"mimes": ["video/mp4"], "size": 16 * MB},
    "sticker": {"mimes": ["image/webp"], "size": 500 * 1024},
}
ANY = {**MEDIA, "document": {"mimes": ["application/pdf", "*/*"], "size": 100 * MB}}
CHOICES = {
    "buttons": 3, "button": 20, "rows": 10, "row": 24, "description": 72, "body": 1024, "list_body": 4096, "header": 60,
    "footer": 60,
}  # fmt: skip
CAN = {"text": 4096, "caption": 1024, "parts": ["text", "choices", "location_request"], "choices": CHOICES}


PLACES = {
    "48.8693, 2.3312": (48.8693, 2.3312),
    "48,8693; 2,3312": (48.8693, 2.3312),
    "-33.8568 151.2153": (-33.8568, 151.2153),
    "33.8568° S, 151.2153° E": (-33.8568, 151.2153),
    "48°52'09.5\"N 2°19'52.3\"E": (48.869306, 2.331194),
    "geo:48.8693,2.3312?z=17": (48.8693, 2.3312),
    "https://www.google.com/maps/place/X/@1.5,2.5,17z/data=!3d48.8693!4d2.3312": (48.8693, 2.3312),
    "https://maps.google.com/?q=48.8693,2.3312": (48.8693, 2.3312),
    "https://www.google.com/maps/@48.8693,2.3312,15z": (48.8693, 2.3312),
    "https://maps.apple.com/?ll=48.8693,2.3312&q=Paix": (48.8693, 2.3312),
    "https://www.openstreetmap.org/?mlat=48.8693&mlon=2.3312#map=16/1.0/2.0": (48.8693, 2.3312),
    "https://www.openstreetmap.org/#map=16/48.8693/2.3312": (48.8693, 2.3312),
    "91, 0": None,
    "0, 181": None,
    "Rue de la Paix": None,
    "https://example.com/48.8693,2.3312": None,
    "": None,
}


@pytest.mark.parametrize("text", PLACES)
async def test_a_place_as_people_write_it(page: Page, text: str) -> None:
    found = await call(page, "composer/place.js", "readPlace", text)
    assert (found and (found["latitude"], found["longitude"])) == PLACES[text]


async def test_a_link_may_name_the_place(page: Page) -> None:
    found = await call(
        page, "composer/place.js", "readPlace", "https://www.google.com/maps/place/Rue+de+la+Paix/@1.5,2.5"
    )
    assert found["name"] == "Rue de la Paix"


@pytest.mark.parametrize(
    ("file", "media", "kind", "wrong"),
    [
        ({"type": "image/png", "size": 9}, ANY, "image", None),
        ({"type": "image/png", "size": 6 * MB}, ANY, "document", None),
        ({"type": "image/png", "size": 6 * MB}, MEDIA, "image", "attach.too_big"),
        ({"type": "video/mp4; codecs=x", "size": 9}, ANY, "video", None),
        ({"type": "image/webp", "size": 9}, ANY, "sticker", None),
        ({"type": "", "size": 9}, ANY, "document", None),
        ({"type": "application/zip", "size": 9}, MEDIA, None, "attach.not_taken"),
        ({"type": "application/pdf", "size": 101 * MB}, ANY, "document", "attach.too_big"),
        ({"type": "image/png", "size": 0}, ANY, "image", "attach.empty"),
    ],
)
async def test_how_a_file_goes(
    page: Page, file: Mapping[str, object], media: object, kind: str | None, wrong: str | None
) -> None:
    assert await call(page, "composer/files.js", "kindOf", file, media) == kind
    problem = await call(page, "composer/files.js", "problemOf", file, kind, media)
    assert (problem and problem["key"]) == wrong


def draft(kind: str = "buttons", **more: object) -> dict[str, object]:
    options = [{"title": "Yes", "description": ""}]
    base = {
        "kind": kind,
        "header": "",
        "body": "Q?",
        "footer": "",
        "button": "Open",
        "title": "Go",
        "url": "https://a.example/x",
    }
    return {**base, "options": options, **more}


def titles(*words: str) -> list[dict[str, str]]:
    return [{"title": one, "description": ""} for one in words]


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        (draft(), {}),
        (draft(body=" "), {"/body": "wrong.empty"}),
        (draft(body="x" * 1025), {"/body": "wrong.long"}),
        (draft("list", body="x" * 1025), {}),
        (draft(header="x" * 61, footer="y" * 61), {"/header": "wrong.long", "/footer": "wrong.long"}),
        (draft(options=titles("x" * 21)), {"/options/0/title": "wrong.long"}),
        (draft("list", options=titles("x" * 21)), {}),
        (draft("list", options=titles("x" * 25)), {"/options/0/title": "wrong.long"}),
        (draft("list", button=""), {"/button": "wrong.empty"}),
        (draft(options=titles("Yes", "Yes")), {"/options/1/title": "wrong.twice"}),
        (draft(options=titles("Yes", "")), {"/options/1/title": "wrong.empty"}),
        (draft(options=titles("👩‍👩‍👧" * 4)), {}),
        (draft("link"), {}),
        (draft("link", url="javascript:alert(1)"), {"/options/0/url": "wrong.url"}),
        (draft("link", url=""), {"/options/0/url": "wrong.empty"}),
        (draft("request"), {}),
        (draft("request", body=""), {"/body": "wrong.empty"}),
    ],
)
async def test_what_is_wrong_with_choices(page: Page, given: object, wrong: Mapping[str, str]) -> None:
    found = await call(page, "composer/choices.js", "problemsOf", given, CAN)
    assert {pointer: one["key"] for pointer, one in found.items()} == wrong


@pytest.mark.parametrize("kind", ["buttons", "list", "link", "request"])
async def test_choices_can_be_changed_again_after_they_were_kept(page: Page, kind: str) -> None:
    part = await call(page, "composer/choices.js", "choicesPart", draft(kind, options=titles("Yes", "No")))
    again = await call(page, "composer/choices.js", "draftOf", part)
    assert await call(page, "composer/choices.js", "choicesPart", again) == part


async def test_what_the_channel_does_not_know_is_not_offered(page: Page) -> None:
    kinds = "composer/choices.js", "kindsOf"
    assert await call(page, *kinds, CAN) == ["buttons", "list", "link", "request"]
    assert await call(page, *kinds, {**CAN, "parts": ["choices"]}) == ["buttons", "list", "link"]
    assert await call(page, *kinds, {**CAN, "choices": None}) == ["request"]


def template(**more: object) -> dict[str, Any]:
    body = {"text": "Hello {{1}}, order {{2}}.", "variables": [{"name": "1", "example": "Ada"}, {"name": "2"}]}
    base = {
        "name": "order_update",
        "language": "en",
        "category": "UTILITY",
        "header": None,
        "body": body,
        "footer": "Acme",
    }
    return {**base, "buttons": [], "usable": True, "why_not": None, **more}


NAMED = {"text": "Hi {{customer_name}}", "variables": [{"name": "customer_name", "example": "Ada"}]}
BUTTONS = [
    {"kind": "quick_reply", "text": "Call me"},
    {"kind": "URL", "text": "Track", "variable": {"name": "1"}, "url": "https://a.example/{{1}}"},
    {"kind": "url", "text": "Home", "url": "https://a.example/"},
    {"kind": "COPY_CODE", "text": "Copy"},
]
FIELDS = [
    (template(), ["/body/0:text", "/body/1:text"]),
    (template(body={"text": "Hi", "variables": []}), []),
    (template(header={"kind": "IMAGE"}, body=NAMED), ["/header/0:image", "/body/0:text"]),
    (template(header={"kind": "location"}, body=NAMED), ["/header/0:location", "/body/0:text"]),
    (template(buttons=BUTTONS, body=NAMED), ["/body/0:text", "/buttons/1:suffix", "/buttons/3:code"]),
    (template(buttons=BUTTONS, body=NAMED, category="AUTHENTICATION"), ["/body/0:text"]),
]


@pytest.mark.parametrize(("given", "fields"), FIELDS)
async def test_what_a_template_asks_for(page: Page, given: object, fields: list[str]) -> None:
    found = await call(page, MODEL, "fieldsOf", given)
    assert [f"{one['pointer']}:{one['kind']}" for one in found] == fields


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        ("A-1", None), ("", "wrong.empty"), (" ", "wrong.empty"), ("a\nb", "wrong.breaks"), ("a\tb", "wrong.breaks"),
        ("a     b", "wrong.breaks"), ("a    b", None), ("x" * 1025, "wrong.total"),
    ],
)  # fmt: skip
async def test_what_whatsapp_does_not_take_as_a_value(page: Page, value: str, wrong: str | None) -> None:
    found = await call(page, MODEL, "problemsOf", template(), {"/body/0": "Ada", "/body/1": value})
    assert {pointer: one["key"] for pointer, one in found.items()} == ({"/body/1": wrong} if wrong else {})


async def test_a_template_as_it_is_sent(page: Page) -> None:
    values = {"/body/0": " Ada ", "/buttons/1": "AB-1", "/buttons/3": "SAVE10"}
    part = await call(page, MODEL, "templatePart", template(body=NAMED, buttons=BUTTONS), values)
    assert part["body"] == [{"name": "customer_name", "text": "Ada"}]
    assert part["buttons"] == [
        {"index": 1, "kind": "url", "value": "AB-1"},
        {"index": 3, "kind": "copy_code", "value": "SAVE10"},
    ]
    numbered = await call(page, MODEL, "templatePart", template(), {"/body/0": "Ada", "/body/1": "7"})
    assert numbered["body"] == [{"text": "Ada"}, {"text": "7"}]


async def test_a_template_without_values_can_be_sent(page: Page) -> None:
    bare = template(body={"text": "Welcome!", "variables": []})
    assert await call(page, MODEL, "problemsOf", bare, {}) == {}
    part = await call(page, MODEL, "templatePart", bare, {})
    assert (part["header"], part["body"], part["buttons"]) == ([], [], [])


@pytest.mark.parametrize(
    ("text", "known"),
    [("Hello {{1}}", True), ("Bonjour {{1}},", True), ("مرحبا {{1}}", True), ("Your order {{1}}", False)],
)
async def test_the_customer_s_name_is_filled_in_after_a_greeting(page: Page, text: str, known: bool) -> None:
    given = template(body={"text": text, "variables": [{"name": "1"}]})
    found = await call(page, MODEL, "prefilled", given, {"customer": "Maria", "agent": "Léo"})
    assert found == ({"/body/0": "Maria"} if known else {})


@pytest.mark.parametrize(
    ("pointer", "field"),
    [("/parts/0/body/1/text", "/body/1"), ("/parts/0/body/10", None), ("/parts/0", None), (None, None)],
)
async def test_a_problem_goes_to_its_field(page: Page, pointer: str | None, field: str | None) -> None:
    fields = await call(page, MODEL, "fieldsOf", template())
    found = await call(page, MODEL, "fieldAt", pointer, fields)
    assert (found and found["pointer"]) == field


REPLIES = [
    {"id": "1", "shortcut": "thanks", "folder": "Ends", "text": "Thank you, {{name}}!"},
    {"id": "2", "shortcut": "hello", "folder": "Starts", "text": "Hello, thanks for writing. {{what}}"},
]


@pytest.mark.parametrize(
    ("words", "folder", "ids"),
    [("", "", ["2", "1"]), ("/than", "", ["1", "2"]), ("THANKS", "Starts", ["2"]), ("nothing", "", [])],
)
async def test_quick_replies_are_found(page: Page, words: str, folder: str, ids: list[str]) -> None:
    found = await call(page, "composer/replies.js", "found", REPLIES, words, folder)
    assert [one["id"] for one in found] == ids


async def test_a_quick_reply_knows_the_customer_s_name_and_leaves_what_nobody_knows(page: Page) -> None:
    filled = "composer/replies.js", "filled"
    assert await call(page, *filled, "Hi {{ Name }}, {{order}}", {"name": "Maria"}) == "Hi Maria, {{order}}"


async def test_emoji_are_found_by_the_beginnings_of_words_without_accents(page: Page) -> None:
    emoji = await call(page, "composer/emoji.js", "read", "😀 sourire content|❤️ cœur été|🎉 fête")
    found = await call(page, "composer/emoji.js", "matching", emoji, "ete")
    assert [one["sign"] for one in found] == ["❤️"]
