"""What an agent sends from the widget: the customer has it once, the Genesys conversation has it once."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.flows.conftest import Build
from tests.flows.widget import MARIA, ONE, Desk, at_desk, signed_in
from tests.world import eventually
from xyper_engine.consent import Kind, Said
from xyper_engine.model import Contact, now

PLACE = {"type": "location", "latitude": 43.7, "longitude": 7.26, "name": "The shop", "address": "1 rue Droite"}
CARD = {"type": "contact", "name": "Nadia Roux", "phones": [{"number": "+33 6 12 34 56 78", "label": "WORK"}]}
ASK = {"type": "location_request", "body": "Where shall we bring it?"}
YES_NO = {"type": "choices", "body": "Shall we?", "options": [{"id": "y", "title": "Yes"}, {"id": "n", "title": "No"}]}
ROWS = {
    "type": "choices", "kind": "list", "body": "When?", "button": "Times",
    "options": [{"title": f"At {hour}", "description": "in the afternoon"} for hour in range(1, 11)],
}  # fmt: skip
PAGE = {"type": "choices", "body": "Track it", "options": [{"title": "Open", "url": "https://example.com/t/1"}]}
TEMPLATE = "about_your_request"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89"

REFUSED: list[tuple[dict[str, Any], str, str | None]] = [
    ({"type": "text", "text": "x" * 4001}, "too_long", "/parts/0/text"),
    ({**YES_NO, "options": [{"title": "x" * 21}]}, "too_long", "/parts/0/options/0/title"),
    ({**YES_NO, "options": [{"title": f"{n}"} for n in range(4)]}, "too_many", "/parts/0/options"),
    ({**YES_NO, "options": [{"title": "a"}, {"title": "a"}]}, "twice", "/parts/0/options/1/title"),
    ({**YES_NO, "options": [{"title": "a", "url": "https://example.com"}, {"title": "No"}]}, "not_alone",
     "/parts/0/options"),
    ({**ROWS, "options": [{"title": f"{n}"} for n in range(11)]}, "too_many", "/parts/0/options"),
    ({**ASK, "body": "x" * 1025}, "too_long", "/parts/0/body"),
    ({"type": "reaction", "about": "unknown", "emoji": "👍"}, "unknown_message", "/parts/0/about"),
    ({"type": "media", "file": "unknown", "kind": "image"}, "no_file", "/parts/0/file"),
    ({"type": "template", "name": "", "language": "en"}, "unsupported", None),
]  # fmt: skip
"""What is given, what is wrong with it in a word, and where."""

NOT_TAKEN = [
    ("image", "x.txt", b"only words", "not_taken"),
    ("sticker", "big.webp", b"\0" * 600_000, "too_big"),
    ("document", "empty.pdf", b"", "not_taken"),
]
"""Files by kind, name and bytes, and why not."""

embedded = pytest.mark.parametrize("parts", ["embedded"], indirect=True)
"""For what does not depend on the servers behind."""


async def test_a_text_and_its_quote_stand_in_both_once(build: Build) -> None:
    async with at_desk(build) as desk:
        sent = await desk.say("Hi Maria, it is on its way.", reply_to=await newest(desk))
        assert sent.status == 202, sent.body
        assert (sent.body["status"], sent.body["author"]["name"]) == ("pending", "Ines, an agent")
        assert sent.body["quote"]["text"] == "Hello, my parcel…"
        assert await desk.came_to(sent.body["id"], "paired")
        [body] = await desk.at_customer(1)
        assert body["text"]["body"] == "Hi Maria, it is on its way."
        assert body["context"]["message_id"].startswith("wamid.")
        assert await desk.transcript() == ["Hi Maria, it is on its way."]
        assert await receipted(desk)
        rt = desk.bridge.engine.rt
        await rt.statistics.flush()
        counted = await rt.db.fetch("select label, n from statistics_days where measure = 'agents'")
        assert [(row["label"], row["n"]) for row in counted] == [(sent.body["author"]["id"], 1)]
        told = await desk.ask("GET", f"/messages/{await newest(desk)}")
        assert told.body["quote"]["text"] == "Hello, my parcel…"
        assert (told.body["key"], told.body["author"]["name"]) == (sent.body["key"], "Ines, an agent")
        assert await desk.bridge.world.violations() == []


@embedded
async def test_every_kind_is_rich_at_the_customer_and_readable_in_genesys(build: Build) -> None:
    async with at_desk(build) as desk:
        about = await newest(desk)
        reaction = {"type": "reaction", "about": about, "emoji": "❤️"}
        given: list[Any] = [PLACE, CARD, ASK, YES_NO, ROWS, PAGE, reaction]
        for n, part in enumerate(given, 1):
            sent = await desk.send(part)
            assert sent.status == 202, sent.body
            await desk.at_customer(n)
        bodies = await desk.at_customer(len(given))
        kinds = [body.get("interactive", {}).get("type") or body["type"] for body in bodies]
        assert kinds == ["location", "contacts", "location_request_message", "button", "list", "cta_url", "reaction"]
        assert bodies[-1]["reaction"]["emoji"] == "❤️"
        assert (await desk.ask("POST", "/typing")).status == 204
        await desk.bridge.world.reached(1, "typed")
        await types_live(desk)
        lines = await desk.transcript()
        assert len(lines) == len(given)
        assert "The shop" in lines[0]
        assert "Nadia Roux" in lines[1]
        assert "Where shall we bring it?" in lines[2]
        assert "1. Yes" in lines[3]
        assert "10. At 10" in lines[4]
        assert "https://example.com/t/1" in lines[5]
        assert lines[6] == "reacted ❤️ to: Hello, my parcel…"


@embedded
async def test_a_file_goes_as_a_file(build: Build) -> None:
    async with at_desk(build) as desk:
        stored = await upload(desk, PNG, "image", "parcel.png")
        assert (stored["mime"], stored["name"], stored["kind"]) == ("image/png", "parcel.png", "image")
        part = {"type": "media", "file": stored["file"], "kind": "image", "caption": "Your parcel"}
        sent = await desk.send(part)
        assert sent.status == 202, sent.body
        assert sent.body["parts"][0]["url"].startswith("/files/")
        [body] = await desk.at_customer(1)
        assert (body["type"], body["image"]["caption"]) == ("image", "Your parcel")
        assert await desk.transcript() == ["📎 parcel.png\nYour parcel"]


async def test_the_same_key_is_one_message(build: Build) -> None:
    async with at_desk(build) as desk:
        key = str(uuid4())
        answers = await asyncio.gather(*(desk.say("Once", key=key) for _ in range(4)))
        assert {one.status for one in answers} == {202}
        assert len({one.body["id"] for one in answers}) == 1
        await desk.at_customer(1)
        again = await desk.say("Once", key=key)
        assert (again.status, again.body["key"]) == (202, key)
        other = await desk.say("Twice", key=key)
        assert other.status == 409
        assert await desk.transcript() == ["Once"]
        assert len(await desk.at_customer(1)) == 1
        # Another person's key says nothing of it: here it is a message of theirs.
        await assigned(desk, "leo")
        leo = Desk(desk.bridge, desk.http, desk.thread, await signed_in(desk.bridge.url, "leo", desk.thread))
        theirs = await leo.say("Mine", key=key)
        assert (theirs.status, theirs.body["parts"][0]["text"]) == (202, "Mine")


async def test_the_order_is_that_of_the_clicks(build: Build) -> None:
    async with at_desk(build) as desk:
        said = [f"{n}" for n in range(5)]
        for text in said:
            assert (await desk.say(text)).status == 202
        bodies = await desk.at_customer(5)
        assert [body["text"]["body"] for body in bodies] == said
        assert await desk.transcript() == said


@embedded
async def test_nobody_else_may_act(build: Build) -> None:
    async with at_desk(build) as desk:
        watcher = Desk(desk.bridge, desk.http, desk.thread, await signed_in(desk.bridge.url, "sofia", None))
        refused = await watcher.say("I only watch")
        assert (refused.status, refused.code) == (403, "not_yours")
        assert (await watcher.ask("GET", "")).body["me"]["may_act"] is False
        await assigned(desk, "leo")  # Ines is signed in still
        await asyncio.sleep(0)
        gone = await desk.say("Am I still there?")
        assert (gone.status, gone.code) == (403, "not_yours")
        assert await desk.transcript() == []


@embedded
async def test_a_token_that_is_over(build: Build) -> None:
    async with at_desk(build) as desk:
        await desk.bridge.world.call("DELETE", "/api/cloud/tokens")
        refused = await desk.say("Hello?")
        assert (refused.status, refused.code) == (409, "sign_in")


async def test_genesys_refuses_after_the_answer(build: Build) -> None:
    """Nothing goes to the customer, and the agent is told; the failed one stays, and can be sent again."""
    async with at_desk(build) as desk:
        assert (await desk.say("First")).status == 202  # from now on it is known where Ines speaks from
        assert await receipted(desk)
        await desk.bridge.world.knobs("cloud", fail_next=[{"status": 400, "count": 1}])
        sent = await desk.say("Second")
        assert await desk.came_to(sent.body["id"], "refused")
        shown = (await desk.ask("GET", "/messages")).body["messages"][-1]
        assert (shown["status"], shown["failure"]["code"]) == ("failed", "genesys_refused")
        assert await desk.transcript() == ["First"]
        again = await desk.ask("POST", f"/messages/{sent.body['id']}/retry")
        assert again.status == 202, again.body
        assert (await desk.ask("POST", f"/messages/{sent.body['id']}/retry")).body["key"] == again.body["key"]
        assert [body["text"]["body"] for body in await desk.at_customer(2)] == ["First", "Second"]
        assert await desk.transcript() == ["First", "Second"]


async def test_a_closed_window(build: Build) -> None:
    """Free text is refused, or waits; what waits can be taken back, and goes once the customer writes."""
    async with at_desk(build) as desk:
        await close_window(desk)
        refused = await desk.say("Are you there?")
        assert (refused.status, refused.code) == (409, "window_closed")
        waiting = await desk.say("Are you there?", when="window")
        other = await desk.say("Never mind", when="window")
        assert (waiting.status, waiting.body["status"], other.body["status"]) == (202, "waiting", "waiting")
        assert (await desk.ask("DELETE", f"/messages/{other.body['id']}")).status == 204
        shown = (await desk.ask("GET", "/messages")).body["messages"]
        assert [one["status"] for one in shown if one["direction"] == "out"] == ["waiting"]
        assert await desk.state(waiting.body["id"]) == "waiting"
        assert await desk.transcript() == []
        [form] = [one for one in (await desk.ask("GET", "/templates")).body["templates"] if one["name"] == TEMPLATE]
        assert (form["usable"], form["body"]["variables"]) == (True, [{"name": "1", "example": "it is ready."}])
        filled = {"type": "template", "name": TEMPLATE, "language": "en", "body": [{"text": "It is ready."}]}
        wrong = await desk.send({**filled, "body": []})
        assert (wrong.status, wrong.code) == (422, "unsupported")
        assert "1 variable" in wrong.body["detail"]
        sent = await desk.send(filled)
        assert sent.status == 202, sent.body
        [body] = await desk.at_customer(1)
        assert body["template"]["name"] == TEMPLATE
        line = "About your request: It is ready. Reply to go on with the conversation."
        assert await desk.transcript() == [line]
        await desk.bridge.world.write(ONE, MARIA, "Yes!")
        assert (await desk.at_customer(2))[1]["text"]["body"] == "Are you there?"
        assert await desk.transcript() == [line, "Are you there?"]
        late = await desk.ask("DELETE", f"/messages/{waiting.body['id']}")
        assert (late.status, late.code) == (422, "too_late")


@embedded
async def test_who_left_something_waiting_and_is_gone(build: Build) -> None:
    """It waits for its agent, too: nobody else may say it."""
    async with at_desk(build) as desk:
        await close_window(desk)
        waiting = await desk.say("Are you there?", when="window")
        await desk.bridge.engine.rt.db.execute("delete from vendor_tokens")
        await desk.bridge.world.write(ONE, MARIA, "Yes!")

        async def looked() -> bool:
            send = await desk.bridge.engine.rt.sends.get(ONE.id, waiting.body["id"])
            return (send.state, send.tries > 0) == ("waiting", True)

        assert await eventually(looked)
        assert await desk.transcript() == []
        await signed_in(desk.bridge.url, "ines", desk.thread)
        assert [body["text"]["body"] for body in await desk.at_customer(1)] == ["Are you there?"]
        assert await desk.transcript() == ["Are you there?"]


@embedded
async def test_what_whatsapp_could_not_deliver_is_sent_again(build: Build) -> None:
    """As a new message with what it answered; the old one stays failed."""
    async with at_desk(build) as desk:
        await desk.bridge.world.knobs("graph", fail_delivery=[131026])
        sent = await desk.say("Hello?", reply_to=await newest(desk))
        shown: list[dict[str, Any]] = []

        async def failed() -> bool:
            shown[:] = [
                one for one in (await desk.ask("GET", "/messages")).body["messages"] if one["direction"] == "out"
            ]
            return [one["status"] for one in shown] == ["failed"]

        assert await eventually(failed)
        again = await desk.ask("POST", f"/messages/{shown[0]['id']}/retry")
        assert (again.status, again.body["quote"]["text"]) == (202, "Hello, my parcel…")
        bodies = await desk.at_customer(2)
        assert [body["context"] for body in bodies] == [bodies[0]["context"]] * 2
        early = await desk.ask("POST", f"/messages/{again.body['id']}/retry")
        assert (early.status, early.code) == (422, "not_failed")
        assert await desk.transcript() == ["Hello?", "Hello?"]
        assert (await desk.bridge.engine.rt.sends.get(ONE.id, sent.body["id"])).state == "paired"


@embedded
async def test_what_the_channel_would_refuse_is_refused_first(build: Build) -> None:
    async with at_desk(build) as desk:
        for part, code, field in REFUSED:
            refused = await desk.send(part)
            assert (refused.status, refused.body.get("code"), refused.body.get("field")) == (422, code, field), part
        for kind, name, body, code in NOT_TAKEN:
            answer = await desk.ask("POST", "/files", None, params={"name": name, "kind": kind}, data=body)
            assert (answer.status, answer.code) == (422, code)
        rt, said = desk.bridge.engine.rt, Said(Kind.everything, given=False, source="api", at=now())
        await rt.consents.note(ONE.id, "whatsapp", Contact(address=f"tel:+{MARIA}"), said)
        unwanted = await desk.send(
            {"type": "template", "name": TEMPLATE, "language": "en", "body": [{"text": "It is ready."}]}
        )
        assert (unwanted.status, unwanted.code) == (422, "unsupported")
        assert "opted out" in unwanted.body["detail"]
        assert await desk.transcript() == []
        assert await desk.at_customer(0) == []


async def types_live(desk: Desk) -> None:
    """As the page says it, on its live line."""
    url, origin = f"{desk.bridge.url}/widget/api/v1/tenants/{ONE.id}/live", desk.bridge.engine.rt.settings.public_url
    async with desk.http.ws_connect(url, headers={"Origin": origin}) as line:
        await line.send_json({"type": "hello", "token": desk.token, "thread": desk.thread})
        assert (await line.receive_json())["type"] == "ready"
        await line.send_json({"type": "typing"})
        await desk.bridge.world.reached(2, "typed")


async def newest(desk: Desk) -> str:
    """The id of the newest message."""
    return str((await desk.ask("GET", "/messages")).body["messages"][-1]["id"])


async def receipted(desk: Desk) -> bool:
    """Whether Genesys was told that the line arrived."""

    async def told() -> bool:
        found = await desk.bridge.world.conversation(ONE, MARIA)
        return [one["status"] for one in found["messages"] if one["direction"] == "outbound"] == ["delivery-success"]

    return await eventually(told)


async def assigned(desk: Desk, person: str) -> None:
    """The conversation is somebody else's from now on; what is believed of it is over."""
    await desk.bridge.world.call("PUT", f"/api/cloud/conversations/{desk.thread}/person", {"id": person})


async def close_window(desk: Desk) -> None:
    await desk.bridge.engine.rt.db.execute("update conversations set window_until = $1", now())


async def upload(desk: Desk, body: bytes, kind: str, name: str) -> dict[str, Any]:
    answer = await desk.ask("POST", "/files", None, params={"name": name, "kind": kind}, data=body)
    assert answer.status == 201, answer.body
    return dict(answer.body)
