"""Found again: by words, by kind; what became of a message; who the customer is."""

from typing import Any

import pytest

from tests.engine.edge.widget.stage import Stage, ago
from xyper_engine.access.roles import Role
from xyper_engine.edge.widget.searching import snippet
from xyper_engine.model import Status
from xyper_engine.parts import Location, Media, MediaKind, Notice, Text
from xyper_engine.price import Price
from xyper_engine.template import Template

SNIPPETS = {
    "all of it": ("My parcel", "parcel", "My parcel"),
    "around a word far inside": (f"{'a ' * 40}PARCEL{' b' * 100}", "parcel", "…"),
    "however it is written": ("Die Straße", "strasse", "Die Straße"),
    "on one line": ("one\n\ntwo", "two", "one two"),
}


@pytest.mark.parametrize(("text", "words", "found"), SNIPPETS.values(), ids=list(SNIPPETS))
def test_a_snippet(text: str, words: str, found: str) -> None:
    piece = snippet(text, words)
    assert piece.startswith(found)
    assert len(piece) <= 162
    assert words.lower()[:5] in piece.lower().replace("ß", "ss")


async def test_by_words(stage: Stage) -> None:
    first = await stage.hear("Where is my parcel?")
    second = await stage.say("Your parcel is on its way")
    photo = await stage.hear(Media(kind=MediaKind.image, caption="The parcel is damaged"))
    await stage.hear("Another parcel", contact={"address": "tel:+491701234567", "name": "Max"})
    found = await stage.read("/search?words=Parcel")
    assert [one["id"] for one in found["hits"]] == [photo.id, second.id, first.id]
    assert found["hits"][0] == {
        "id": photo.id, "at": found["hits"][0]["at"], "direction": "in", "kind": "image",
        "author": {"kind": "customer", "id": None, "name": "Maria Rossi"}, "snippet": "The parcel is damaged",
    }  # fmt: skip
    for query, ids in {
        "words=parcel&direction=out": [second.id], "words=parcel&kind=image": [photo.id],
        "words=parcel+way": [second.id], "words=nothing": [], "words=%E2%80%A6": [],
        "words=parcel&until=2020-01-01T00:00:00Z": [],
    }.items():  # fmt: skip
        assert [one["id"] for one in (await stage.read(f"/search?{query}"))["hits"]] == ids, query
    page = await stage.read("/search?words=parcel&limit=2")
    rest = await stage.read(f"/search?words=parcel&limit=2&cursor={page['next']}")
    assert ([one["id"] for one in rest["hits"]], rest["next"]) == ([first.id], None)
    since = (await stage.read(f"/search?words=parcel&since={ago(minutes=1).isoformat().replace('+00:00', 'Z')}"))[
        "hits"
    ]
    assert len(since) == 3


async def test_as_a_gallery(stage: Stage) -> None:
    photo = await stage.hear(Media(kind=MediaKind.image, caption="Shop"))
    await stage.hear(Media(kind=MediaKind.document, name="a.pdf"))
    await stage.say(Media(kind=MediaKind.voice))
    await stage.hear(Text(text="See https://example.com/a"))
    await stage.hear("about https as such")
    await stage.hear(Location(latitude=1, longitude=2))
    gone = await stage.hear(Media(kind=MediaKind.image))
    await stage.hear(Notice(code="deleted", about=gone.external_id))
    groups = {}
    for group in ("photos", "documents", "voice", "links", "places"):
        items = (await stage.read(f"/media?group={group}"))["items"]
        groups[group] = [one["part"].get("kind", one["part"]["type"]) for one in items]
    assert groups == {
        "photos": ["image"], "documents": ["document"], "voice": ["voice"], "links": ["text"], "places": ["location"],
    }  # fmt: skip
    assert (await stage.read("/media?group=photos"))["items"][0]["id"] == photo.id
    assert (await stage.ask("/media?group=secrets")).status == 422


async def test_what_became_of_a_message(stage: Stage) -> None:
    said = await stage.say(Template(name="ready", language="en"), status=None)
    await stage.post(said, f"out-{said.external_id}")
    await stage.receipt(said, Status.delivered, price=Price(category="utility", type="regular"))
    told = await stage.read(f"/messages/{said.id}/info")
    assert (told["id"], told["far_id"]) == (said.id, f"out-{said.external_id}")
    assert told["template"] == {"name": "ready", "language": "en", "category": None}
    assert told["price"] == {"category": "utility", "type": "regular"}
    assert list(told["status_at"]) == ["delivered"]
    assert told["steps"] == []  # it came another way than messages do
    other = await stage.hear("Mine", contact={"address": "tel:+491701234567", "name": "Max"})
    assert (await stage.ask(f"/messages/{other.id}/info")).status == 404


async def test_what_is_noted_of_the_customer(stage: Stage) -> None:
    told = await stage.read("/profile")
    assert (told["name"], told["contact"], told["notes"], told["labels"]) == ("Maria Rossi", "tel:+39…67", "", [])
    assert (told["do_not_contact"], told["external_contact"]) == (False, None)
    body = {"notes": "<b>VIP</b>", "labels": ["vip", " gold "], "language": "it"}
    answer = await stage.ask("/profile", method="PATCH", json=body)
    assert answer.status == 200, await answer.text()
    assert {name: (await answer.json())[name] for name in body} == {**body, "labels": ["vip", "gold"]}
    await stage.ask("/profile", method="PATCH", json={"language": None})
    told = await stage.read("/profile")
    assert (told["notes"], told["language"]) == ("<b>VIP</b>", None)
    for wrong in ({"notes": "x" * 2001}, {"labels": [""]}, {"labels": ["x"] * 21}, {"language": "<i>"}, {"other": 1}):
        assert (await stage.ask("/profile", method="PATCH", json=wrong)).status == 422, wrong
    stage.tokens["elsewhere"] = await stage.session(Role.agent, "t-2")
    assert (await stage.ask("/profile", "elsewhere", "PATCH", json=body)).status == 404


async def test_the_number_in_full_is_told_and_the_audit_notes_to_whom(stage: Stage) -> None:
    answer = await stage.ask("/profile/revelation", method="POST")
    assert await answer.json() == {"contact": "tel:+393331234567"}
    row = await stage.front.rt.db.fetchrow("select who, action from audit where action = 'contact.reveal'")
    assert row is not None
    caller = await stage.front.rt.access.prove(stage.tokens["agent"])
    assert caller.id in row["who"]


async def test_who_wants_no_more_is_written_to_no_more(stage: Stage) -> None:
    told: dict[str, Any] = {}
    for decision, wanted in (("out", True), ("in", False)):
        answer = await stage.ask("/profile/consent", method="POST", json={"decision": decision})
        told = await answer.json()
        assert answer.status == 200, told
        assert (told["do_not_contact"], told["consents"][0]["decision"]) == (wanted, decision)
    assert [one["topic"] for one in told["consents"]] == ["everything", "everything"]
