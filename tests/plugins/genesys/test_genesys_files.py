"""Files and answers of customers, as agents and bots get them."""

from dataclasses import replace
from typing import Any

import pytest

from tests.plugins.genesys.sdk import CUSTOM_ATTRIBUTES, unknown_to_the_sdk
from tests.plugins.genesys.world import (
    AT,
    GENESYS,
    INTEGRATION,
    MARIO,
    MESSAGES,
    THREAD,
    WHATSAPP,
    World,
    message,
    target,
    world,
)
from xyper_engine.contract import Payload, Posted, Target
from xyper_engine.errors import Ambiguous, Misconfigured, Rejected, SendError, Throttled
from xyper_engine.model import Direction, Endpoint, Message, Part
from xyper_engine.parts import Choice, Choices, Location, Media, MediaKind, Opaque, Option, Text
from xyper_genesys.adapter import Genesys
from xyper_genesys.settings import GenesysSettings, Hosts
from xyper_genesys.to_wire import TEXT_LIMIT

RESPONSES = f"/api/v2/conversations/messages/{INTEGRATION}/inbound/open/structured/response"
LAB = GenesysSettings(regions={"lab": Hosts(api="http://127.0.0.1:1", login="http://127.0.0.1:1")})
LINK = "https://xyper.example/files/1"
PHOTO = Media(kind=MediaKind.image, mime="image/jpeg", file="f-1", link=LINK)


def render(*parts: Part, to: Target | None = None) -> list[Payload]:
    return list(Genesys(LAB).render(message(parts=parts), to or target()))


def shown(*parts: Part) -> list[dict[str, Any]]:
    """The bodies without their `channel`."""
    return [{key: value for key, value in one.body.items() if key != "channel"} for one in render(*parts)]


def attached(text: str | None = None, /, **fields: object) -> dict[str, Any]:
    attachment = {"mediaType": "Image", "url": LINK, "mime": "image/jpeg", "id": "f-1"} | fields
    return {"content": [{"attachment": attachment}]} | ({"text": text} if text else {})


def photo(**changes: Any) -> Media:
    return PHOTO.model_copy(update=changes)


LONG = "x" * (TEXT_LIMIT - 4)
SHOWN: dict[str, tuple[tuple[Part, ...], list[dict[str, Any]]]] = {
    "a photo": ((PHOTO,), [attached()]),
    "a photo with words": ((photo(caption="look"),), [attached("look", text="look")]),
    "an album": ((PHOTO, photo(file="f-2")), [attached(), attached(id="f-2")]),
    "a document": (
        (photo(kind=MediaKind.document, mime="application/pdf", name="a.pdf", sha256="ab" * 32),),
        [attached(mediaType="File", mime="application/pdf", filename="a.pdf", sha256="ab" * 32)],
    ),
    "a quote before a photo": ((Text(text="> ciao"), PHOTO), [attached("> ciao")]),
    "words before a photo with words": (
        (Text(text="> ciao"), photo(caption="look")),
        [attached("> ciao\nlook", text="look")],
    ),
    "only the text directly before": (
        (Text(text="a"), Text(text="b"), PHOTO, Text(text="c")),
        [{"text": "a"}, attached("b"), {"text": "c"}],
    ),
    "a text that just fits": ((Text(text=LONG), photo(caption="abc")), [attached(f"{LONG}\nabc", text="abc")]),
    "a text that is too long": (
        (Text(text=LONG), photo(caption="abcd")),
        [{"text": LONG}, attached("abcd", text="abcd")],
    ),
    "a file of unknown type": (
        (photo(kind=MediaKind.document, mime=""),),
        [attached(mediaType="File", mime="application/octet-stream")],
    ),
    "a file without a link": ((Text(text="a"), photo(link=None, name="a.jpg")), [{"text": "a"}, {"text": "a.jpg"}]),
    "whatever else": (
        (Opaque(label="poll"), Location(latitude=45.5, longitude=9)),
        [{"text": "[poll]"}, {"text": "45.5,9"}],
    ),
}


@pytest.mark.parametrize("case", SHOWN)
def test_what_agents_see(case: str) -> None:
    parts, bodies = SHOWN[case]
    assert shown(*parts) == bodies


TYPES = {
    MediaKind.image: "Image",
    MediaKind.sticker: "Image",
    MediaKind.video: "Video",
    MediaKind.audio: "Audio",
    MediaKind.voice: "Audio",
    MediaKind.document: "File",
}


@pytest.mark.parametrize("kind", MediaKind)
def test_every_kind_of_file(kind: MediaKind) -> None:
    assert shown(photo(kind=kind)) == [attached(mediaType=TYPES[kind])]


def test_each_bubble_has_an_id_of_its_own() -> None:
    bodies = [one.body for one in render(Text(text="> ciao"), PHOTO, PHOTO, Text(text="b"))]
    assert [one["channel"]["messageId"] for one in bodies] == ["wamid.A", "wamid.A.1", "wamid.A.2"]


def test_what_genesys_can_be_told_is_told_as_data() -> None:
    limits = Genesys(LAB).limits
    assert (limits.text, limits.caption, limits.languages, limits.typing) == (4000, 4000, True, True)
    assert limits.parts == {"text", "media", "choice"}
    assert {kind: (one.mimes, one.size) for kind, one in limits.media.items()} == dict.fromkeys(
        (MediaKind.image, MediaKind.video, MediaKind.audio, MediaKind.document), (("*/*",), 25_000_000)
    )


ASKED = "d7d58935af65a45e5234ac77de017a0a"


def answering(*offers: Choices, origin: Endpoint = GENESYS) -> Target:
    """Towards Genesys, where the customer's message answers one that offered these."""
    original = Message(
        direction=Direction.outbound,
        origin=origin,
        contact=MARIO,
        external_id=ASKED,
        occurred_at=AT,
        parts=(Text(text="Hello"), *offers),
    )
    return replace(target(), original=original)


def offer(kind: Any, *options: tuple[str, str]) -> Choices:
    return Choices(kind=kind, body="Well?", options=tuple(Option(id=ident, title=title) for ident, title in options))


PAGE = Option(id="p", title="Page", url="https://www.example")
COLOURS = offer("quick_reply", ("r", "Red"), ("b", "Blue"))
SHIRT, SHOES = (
    offer("card", ("x" * 300, "Take the shirt"), ("s", "Sizes")),
    offer("card", ("y" * 300, "Take the shoes")),
)
TIMES = offer("date", ("2026-11-30T12:00:00.000Z", "2026-11-30 12:00 UTC"))
PAGED = COLOURS.model_copy(update={"options": (PAGE, *COLOURS.options)})
LENGTHY = offer("list", ("1", "A title that is longer than a row"), ("2", "A title that is short"))

ANSWERS: dict[str, tuple[Choice, Target, tuple[str, str, str]]] = {
    "a quick reply": (Choice(id="b", title="Blue"), answering(COLOURS), ("QuickReply", "Blue", "b")),
    "a card's button": (Choice(id="s", title="Sizes"), answering(SHIRT), ("Button", "Sizes", "s")),
    "a date": (
        Choice(id="2026-11-30T12:00:00.000Z", title="2026-11-30 12:00 UTC"),
        answering(TIMES),
        ("DatePicker", "2026-11-30 12:00 UTC", "2026-11-30T12:00:00.000Z"),
    ),
    "a row whose title was shortened": (
        Choice(id="1", title="A title that is…"),
        answering(LENGTHY),
        ("QuickReply", "A title that is longer than a row", "1"),
    ),
    "a place": (Choice(id="#2", title="Blue"), answering(COLOURS), ("QuickReply", "Blue", "b")),
    "a place beside a page": (Choice(id="#1", title="Red"), answering(PAGED), ("QuickReply", "Red", "r")),
    "a place in a carousel": (
        Choice(id="#1", title="Take the shoes"),
        answering(SHIRT, SHOES),
        ("Button", "Take the shoes", "y" * 300),
    ),
    "a payload that looks like a place": (
        Choice(id="#2", title="Two"),
        answering(offer("quick_reply", ("#2", "Two"), ("#1", "One"))),
        ("QuickReply", "Two", "#2"),
    ),
    "a title that nobody offered": (Choice(id="b", title="?"), answering(COLOURS), ("QuickReply", "Blue", "b")),
    "of a message known by its id alone": (
        Choice(id="b", title="Blue", kind="button", about=ASKED),
        target(),
        ("Button", "Blue", "b"),
    ),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_an_answer_goes_back_to_what_was_asked(case: str) -> None:
    choice, to, (kind, text, payload) = ANSWERS[case]
    (said,) = render(choice, to=to)
    assert said.action == "response"
    assert {key: value for key, value in said.body.items() if key != "channel"} == {
        "buttonResponse": {"type": kind, "text": text, "payload": payload},
        "originatingMessageId": ASKED,
    }
    assert said.body["channel"] == render(Text(text="ciao"))[0].body["channel"]


IN_WORDS: dict[str, tuple[Choice, Target]] = {
    "to nothing known": (Choice(id="b", title="Blue"), target()),
    "to what Xyper itself asked": (Choice(id="b", title="Blue"), answering(COLOURS, origin=WHATSAPP)),
    "to a message without choices": (Choice(id="b", title="Blue"), answering()),
    "that was not offered": (Choice(id="g", title="Blue"), answering(COLOURS)),
    "of a place beyond the last": (Choice(id="#3", title="Blue"), answering(COLOURS)),
    "of no place": (Choice(id="#0", title="Blue"), answering(COLOURS)),
    "of a page": (Choice(id="p", title="Blue"), answering(PAGED)),
    "of a place in something unknown": (Choice(id="#1", title="Blue", about=ASKED), target()),
}


@pytest.mark.parametrize("case", IN_WORDS)
def test_an_answer_is_said_in_words_where_genesys_would_not_know_it(case: str) -> None:
    choice, to = IN_WORDS[case]
    (said,) = render(choice, to=to)
    assert (said.action, said.body["text"]) == ("message", "Blue")


MODELS = {"message": "OpenInboundNormalizedMessage", "response": "OpenInboundStructuredResponseMessage"}
BODIES = {
    **{f"{case}": render(*parts) for case, (parts, _) in SHOWN.items()},
    **{f"answer: {case}": render(choice, to=to) for case, (choice, to, _) in ANSWERS.items()},
    **{f"in words: {case}": render(choice, to=to) for case, (choice, to) in IN_WORDS.items()},
}


@pytest.mark.parametrize("case", BODIES)
def test_the_official_sdk_knows_every_field(case: str) -> None:
    for said in BODIES[case]:
        assert unknown_to_the_sdk(said.body, MODELS[said.action], "") == [CUSTOM_ATTRIBUTES]


async def answer(far: World) -> Posted:
    to = replace(far.to, original=answering(COLOURS).original)
    (said,) = far.adapter.render(message(parts=(Choice(id="b", title="Blue"),)), to)
    return await far.adapter.post(said, to, far.rt)


async def test_an_answer_has_its_own_place() -> None:
    async with world() as far:
        far.api.answer("POST", RESPONSES, json={"id": "m-1"})
        assert await answer(far) == Posted("m-1")
        (seen,) = far.api.requests
        assert (seen.path, dict(seen.query)) == (RESPONSES, {})
        assert seen.json["buttonResponse"] == {"type": "QuickReply", "text": "Blue", "payload": "b"}


REFUSALS: dict[str, tuple[int, Any]] = {
    "the conversation is over": (400, {"code": "bad.request", "message": "no such conversation"}),
    "the message is unknown": (404, {"code": "not.found", "message": "no such message"}),
    "taken, and failed": (200, {"id": "m-0", "status": "Failed", "reasons": [{"code": "UnknownMessage"}]}),
}


@pytest.mark.parametrize("case", REFUSALS)
async def test_an_answer_to_what_is_over_is_said_in_words(case: str) -> None:
    status, said = REFUSALS[case]
    async with world() as far:
        far.api.answer("POST", RESPONSES, status, json=said)
        far.api.answer("POST", MESSAGES, json={"id": "m-1", "conversationId": THREAD})
        assert await answer(far) == Posted("m-1", thread=THREAD)
        structured, plain = far.api.requests
        assert plain.json == {"channel": structured.json["channel"], "text": "Blue"}


TROUBLES: dict[int, type[SendError]] = {403: Misconfigured, 429: Throttled, 500: Ambiguous}


@pytest.mark.parametrize("status", TROUBLES)
async def test_an_answer_of_unclear_fate_is_not_said_again(status: int) -> None:
    async with world() as far:
        far.api.answer("POST", RESPONSES, status)
        with pytest.raises(TROUBLES[status]):
            await answer(far)
        assert len(far.api.requests) == 1


async def test_an_answer_refused_in_words_as_well_is_refused() -> None:
    async with world() as far:
        far.api.answer("POST", RESPONSES, 400)
        far.api.answer("POST", MESSAGES, 400)
        with pytest.raises(Rejected):
            await answer(far)
