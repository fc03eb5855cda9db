"""The talk as the widget reads it: bubbles with what was said about them later, a piece at a time."""

from pathlib import Path
from typing import Any

import pytest

import xyper_sim
from tests.engine.edge.widget.page import watching
from tests.engine.edge.widget.stage import BASE, LINK, MARIA, Stage
from xyper_engine.access.roles import Role
from xyper_engine.edge.widget.talk import Talk
from xyper_engine.edge.widget.teller import Teller
from xyper_engine.edge.widget.telling import AuthorTold
from xyper_engine.model import Reason, Status, now
from xyper_engine.parts import Choices, Media, MediaKind, Notice, Option, Reaction, Text
from xyper_engine.template import Parameter, Template

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645"
    "400000000049454e44ae426082"
)


async def test_the_conversation_it_is_beside(stage: Stage) -> None:
    told = await stage.read()
    assert told["me"] == {
        "id": told["me"]["id"], "name": "The agent", "role": "agent", "may_act": True, "why_not": None,
    }  # fmt: skip
    about = told["conversation"]
    assert (about["thread"], about["state"], about["name"], about["contact"]) == (
        "t-1", "open", "Maria Rossi", "tel:+39…67",
    )  # fmt: skip
    assert about["account"] == {"name": "Acme's number", "number": "1001"}
    assert told["window"]["open"] is True
    assert told["capabilities"]["text"] == 4000  # Genesys' line, which it is too
    assert [one["thread"] for one in told["threads"]] == ["t-1"]


async def test_both_sides_and_what_became_of_each(stage: Stage) -> None:
    await stage.hear("Hello")
    await stage.say("Hi", status=Status.read)
    await stage.say("One moment", status=None)
    heard, read, going = await stage.bubbles()
    assert [one["direction"] for one in (heard, read, going)] == ["in", "out", "out"]
    assert [one["status"] for one in (heard, read, going)] == [None, "read", "pending"]
    assert heard["author"] == {"kind": "customer", "id": None, "name": "Maria Rossi"}
    assert read["author"]["kind"] == "agent"
    assert set(read["status_at"]) == {"read"}
    assert heard["thread"] == read["thread"] == "t-1"
    assert heard["parts"] == [{"type": "text", "text": "Hello"}]


async def test_reactions_edits_and_deletions_are_of_the_bubble_they_are_about(stage: Stage) -> None:
    first = await stage.hear("Helo")
    second = await stage.say("Hi Maria!")
    third = await stage.hear("Oops")
    await stage.hear(Reaction(about=f"out-{second.external_id}", emoji="👍"))
    await stage.hear(Reaction(about=f"out-{second.external_id}", emoji="❤️"))
    await stage.say(Reaction(about=f"gen-{first.external_id}", emoji="😂"))
    await stage.say(Reaction(about=first.external_id, emoji="🙏"))
    await stage.hear(Notice(code="edited", about=first.external_id), Text(text="Hello"))
    await stage.hear(Notice(code="deleted", about=third.external_id))
    told = await stage.bubbles()
    assert [one["id"] for one in told] == [first.id, second.id, third.id]
    assert (told[0]["parts"][0]["text"], told[0]["edited"]) == ("Hello", True)
    assert [(one["emoji"], one["direction"]) for one in told[0]["reactions"]] == [("🙏", "out")]
    assert [(one["emoji"], one["direction"]) for one in told[1]["reactions"]] == [("❤️", "in")]
    assert (told[2]["deleted"], told[2]["parts"]) == (True, [])


async def test_of_two_agents_who_react_the_later_one_counts(stage: Stage) -> None:
    """The customer sees one reaction of the number's, whoever it was."""
    rt = stage.front.rt
    heard = await stage.hear("Helo")
    two = [await stage.say(Reaction(about=f"gen-{heard.external_id}", emoji=emoji)) for emoji in ("😂", "🙏")]
    within = await rt.conversations.find(LINK, MARIA.address)
    assert within
    [bubble] = (await Talk(rt).bubbles.these(within, [heard.id])).bubbles
    authors = {one.id: AuthorTold(kind="agent", id=name, name=name) for one, name in zip(two, "AB", strict=True)}
    shown = await Talk(rt)._shown(within, (), {}, "en")
    told = Teller(within, shown, now(), authors).bubble(bubble)
    assert [(one.emoji, one.author.name) for one in told.reactions] == [("🙏", "B")]


async def test_a_reaction_that_was_taken_back_is_none(stage: Stage) -> None:
    said = await stage.say("Hi")
    for emoji in ("👍", None):
        await stage.hear(Reaction(about=f"out-{said.external_id}", emoji=emoji))
    assert (await stage.bubbles())[0]["reactions"] == []


async def test_what_is_about_something_unknown_stands_by_itself_in_words(stage: Stage) -> None:
    await stage.hear(Reaction(about="wamid.never", emoji="👍"))
    await stage.hear(Notice(code="deleted", about="wamid.never"))
    reaction, deleted = await stage.bubbles("?language=fr")
    assert reaction["parts"][0]["words"] == "a réagi 👍 à un message précédent"
    assert deleted["parts"][0]["type"] == "notice"
    assert deleted["deleted"] is False


async def test_a_quote_names_what_was_said(stage: Stage) -> None:
    asked = await stage.hear("x" * 300)
    await stage.say("Yes", reply_to=f"gen-{asked.external_id}")
    await stage.say("Yes", reply_to=asked.external_id)  # from here, by the customer's own id
    await stage.hear("?", reply_to="wamid.gone")
    _, answer, again, lost = await stage.bubbles()
    assert answer["quote"] == {
        "id": asked.id, "direction": "in", "author": {"kind": "customer", "id": None, "name": "Maria Rossi"},
        "kind": "text", "text": "x" * 200, "image": None,
    }  # fmt: skip
    assert again["quote"] == answer["quote"]
    assert lost["quote"] is None


async def test_a_file_has_a_link_that_works_and_dies(stage: Stage) -> None:
    message = stage.message((), inbound=True)
    file = await stage.file(message, 0, MediaKind.image, PNG, "image/png", "shop.png")
    photo = Media(kind=MediaKind.image, mime="image/png", caption="Shop", file=file)
    await stage.hear(photo, external_id=message.external_id)
    await stage.hear(Media(kind=MediaKind.video, name="soon.mp4"))
    await stage.hear(Media(kind=MediaKind.image, file="00000000-0000-7000-8000-000000000000"))
    shown, coming, gone = (one["parts"][0] for one in await stage.bubbles())
    assert (shown["state"], shown["name"], shown["mime"]) == ("stored", "shop.png", "image/png")
    assert "sha256" not in shown
    answer = await stage.front.http.get(shown["url"], headers={"Range": "bytes=0-3"})
    assert (answer.status, await answer.read()) == (206, PNG[:4])
    assert (coming["state"], coming["url"]) == ("coming", None)
    assert (gone["state"], gone["url"]) == ("gone", None)


SAMPLES = Path(xyper_sim.__file__).parent / "data" / "samples"
LOOKED = {
    "photo.jpg": ("image/jpeg", MediaKind.image), "invoice.pdf": ("application/pdf", MediaKind.document),
    "film.mp4": ("video/mp4", MediaKind.video), "voice.ogg": ("audio/ogg", MediaKind.voice),
}  # fmt: skip


@pytest.mark.real
async def test_what_a_page_must_know_of_files_is_found_out_and_told(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xyper_engine.state.details.PATIENCE", 0.0)
    found = {}
    async with watching(stage.front, stage.tokens["agent"]) as page:
        for name, (mime, kind) in LOOKED.items():
            message = stage.message((), inbound=True)
            file = await stage.file(message, 0, kind, (SAMPLES / name).read_bytes(), mime, name)
            media = Media(kind=kind, mime=mime, name=name, file=file)
            await stage.hear(media, id=message.id, external_id=message.external_id)
            told = await page.next("changed")
            assert told["id"] == message.id
            found[name] = {key for key in ("width", "height", "duration", "peaks", "pages") if key in told["parts"][0]}
    assert found == {
        "photo.jpg": {"width", "height"}, "invoice.pdf": {"pages"}, "film.mp4": {"width", "height", "duration"},
        "voice.ogg": {"duration", "peaks"},
    }  # fmt: skip
    assert [one["parts"][0].get("pages") for one in await stage.bubbles()][1] == 1


async def test_forwarded_and_from_the_business_app(stage: Stage) -> None:
    await stage.hear(Notice(code="forwarded_often"), Text(text="Look"))
    await stage.hear(Notice(code="business_app"), Text(text="From my phone"), record="echo")
    forwarded, echo = await stage.bubbles()
    assert (forwarded["forwarded"], forwarded["parts"]) == ("often", [{"type": "text", "text": "Look"}])
    assert (echo["direction"], echo["status"], echo["author"]["kind"]) == ("out", "sent", "agent")


async def test_a_failure_says_why_and_what_may_help(stage: Stage) -> None:
    said = await stage.say("Hi", status=None)
    await stage.post(said, f"out-{said.external_id}")
    await stage.receipt(said, Status.failed, Reason(code="131026", message="Undeliverable"))
    assert (await stage.bubbles())[0]["failure"] == {"code": "131026", "words": "Undeliverable", "next": "retry"}
    await stage.front.rt.db.execute("update conversations set window_until = now() - interval '1 minute'")
    assert (await stage.bubbles())[0]["failure"]["next"] == "template"


async def test_a_template_is_shown_with_its_values(stage: Stage) -> None:
    await stage.front.rt.db.execute(
        "insert into templates (tenant, adapter, account, name, language, far_id, components) values "
        "('acme', 'whatsapp', '77', 'ready', 'en', '9', $1)",
        [
            {"type": "HEADER", "format": "TEXT", "text": "Order {{1}}"},
            {"type": "BODY", "text": "{{1}} is ready, {{2}}."},
            {"type": "FOOTER", "text": "Acme"},
            {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Thanks"}]},
        ],
    )
    values = (Parameter(text="{{2}}"), Parameter(text="Maria"))
    await stage.say(Template(name="ready", language="en", header=(Parameter(text="7"),), body=values))
    assert (await stage.bubbles())[0]["parts"][0]["shown"] == {
        "header": {"type": "text", "text": "Order 7"}, "body": "{{2}} is ready, Maria.", "footer": "Acme",
        "buttons": [{"kind": "quick_reply", "text": "Thanks"}],
    }  # fmt: skip


async def test_a_piece_at_a_time(stage: Stage) -> None:
    ids = [(await stage.hear(f"{n}")).id for n in range(7)]
    await stage.hear(Reaction(about="wamid.2", emoji="👍"))  # belongs to a message, and is none in any count
    newest = await stage.read("/messages?limit=3")
    assert [one["id"] for one in newest["messages"]] == ids[4:]
    assert (newest["older"], newest["newer"]) == (ids[4], None)
    before = await stage.read(f"/messages?limit=3&before={newest['older']}")
    assert [one["id"] for one in before["messages"]] == ids[1:4]
    assert before["newer"] == ids[3]
    oldest = await stage.read(f"/messages?limit=3&before={before['older']}")
    assert ([one["id"] for one in oldest["messages"]], oldest["older"]) == (ids[:1], None)
    after = await stage.read(f"/messages?limit=2&after={ids[2]}")
    assert ([one["id"] for one in after["messages"]], after["newer"]) == (ids[3:5], ids[4])
    around = await stage.read(f"/messages?limit=4&around={ids[3]}")
    assert [one["id"] for one in around["messages"]] == ids[1:6]
    assert (await stage.ask("/messages?limit=4&around=00000000-0000-7000-8000-000000000000")).status == 404
    assert (await stage.ask(f"/messages?before={ids[0]}&after={ids[0]}")).status == 400


async def test_everything_that_she_ever_said_by_whatever_name(stage: Stage) -> None:
    rt = stage.front.rt
    older = await stage.hear("By my user id", contact={"address": "bsuid:IT.1"})
    await rt.contacts.met("acme", "whatsapp", stage.message((), inbound=True).contact.model_copy(
        update={"aliases": ("bsuid:IT.1",)}))  # fmt: skip
    newer = await stage.hear("By my number")
    await rt.messages.remember(
        stage.message((Text(text="To another number"),), inbound=True, origin={"adapter": "whatsapp", "account": "9"}),
        newer.origin,
    )
    assert {one["id"] for one in await stage.bubbles()} >= {older.id, newer.id}
    texts = [part["text"] for one in await stage.bubbles() for part in one["parts"]]
    assert texts[:2] == ["By my user id", "By my number"]


async def test_what_retention_emptied_still_says_that_it_was(stage: Stage) -> None:
    await stage.hear("secret")
    await stage.front.rt.db.execute("update messages set sealed = ''")
    assert (await stage.bubbles())[0]["parts"] == [{"type": "opaque", "label": "text"}]


ATTACKS = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "javascript:alert(1)", "{{constructor}}",
    "\u202egnp.exe", "</title><svg/onload=alert(1)>", "' or 1=1 --", "${7*7}",
]  # fmt: skip


async def test_words_pass_through_as_plain_strings(stage: Stage) -> None:
    for attack in ATTACKS:
        await stage.hear(Text(text=attack), contact={"address": "tel:+393331234567", "name": attack})
        await stage.say(Choices(body=attack, options=(Option(id=attack, title=attack),)))
    told = await stage.bubbles()
    for attack, heard, asked in zip(ATTACKS, told[::2], told[1::2], strict=True):
        assert (heard["parts"][0]["text"], heard["author"]["name"]) == (attack, attack)
        assert (asked["parts"][0]["body"], asked["parts"][0]["options"][0]["title"]) == (attack, attack)
    answer = await stage.ask("/messages")
    assert (answer.content_type, answer.headers["X-Content-Type-Options"]) == ("application/json", "nosniff")


async def test_only_who_may_sees_it(stage: Stage) -> None:
    await stage.foreign()
    stage.tokens |= {
        "supervisor": await stage.session(Role.supervisor),
        "elsewhere": await stage.session(Role.agent, "t-2"),
        "unbound": await stage.session(Role.agent),
        "foreign": await stage.session(Role.supervisor, tenant="globex"),
        "operator": await stage.front.token(Role.xyper_admin, None),
        "nobody": "made-up",
    }
    message = await stage.hear("Hello")
    expected: dict[str, Any] = {
        "agent": 200, "supervisor": 200, "elsewhere": 404, "unbound": 404, "foreign": 404, "operator": 403,
        "nobody": 401,
    }  # fmt: skip
    for path in ("", "/messages", f"/messages/{message.id}"):
        found = {who: (await stage.ask(path, who)).status for who in expected}
        assert found == expected, path
    told = await stage.read("", "supervisor")
    assert (told["me"]["may_act"], told["me"]["why_not"]) == (False, "role")
    assert (await stage.ask(BASE.replace("t-1", "t-9"), "supervisor")).status == 404


async def test_a_message_of_another_conversation_is_not_told(stage: Stage) -> None:
    other = await stage.hear("Mine", contact={"address": "tel:+491701234567", "name": "Max"})
    assert (await stage.ask(f"/messages/{other.id}")).status == 404
    assert (await stage.ask(f"/messages?around={other.id}")).status == 404


async def test_when_the_agents_conversation_ended_it_is_read_only(stage: Stage) -> None:
    await stage.front.rt.db.execute("update conversations set ended_at = now(), ended_by = 'agent'")
    told = await stage.read()
    assert (told["conversation"]["state"], told["me"]["why_not"]) == ("closed", "ended")
