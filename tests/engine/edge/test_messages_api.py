"""Messages over the API: who reads what they say, and who is told a telephone number."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.conftest import Configure
from tests.engine.edge.front import OWN, Front, opened
from tests.engine.tenants.world import DESK, NUMBER
from xyper_engine.access.roles import Action, Role
from xyper_engine.media.stream import once
from xyper_engine.model import Contact, Direction, Link, Message, new_id, now
from xyper_engine.parts import MediaKind, Source, Text
from xyper_engine.state.files import Owner

PHONE = "tel:+16505551234"
LINK = Link(id="l", tenant="acme", customer=NUMBER, agent=DESK)


@pytest.fixture
async def front(configure: Configure, url: str) -> AsyncIterator[Front]:
    async with opened(configure, url) as found:
        yield found


@pytest.fixture
async def message(front: Front) -> Message:
    said = Message(
        id=new_id(), direction=Direction.inbound, origin=NUMBER, tenant="acme", contact=Contact(address=PHONE),
        external_id="wamid.HBgLMTY1MDU1NTEyMzQVAgASGBQzQTdDNTVE", occurred_at=now(), parts=(Text(text="Good morning"),),
    )  # fmt: skip
    await front.rt.messages.remember(said, DESK)
    await front.rt.conversations.heard(LINK, said)
    return said


async def told(front: Front, path: str, **more: Any) -> dict[str, Any]:
    answer = await front.ask("GET", f"{OWN}/{path}", **more)
    assert answer.status == 200, await answer.text()
    found: dict[str, Any] = await answer.json()
    return found


@pytest.mark.parametrize("role", [Role.genesys_admin, Role.supervisor, Role.xyper_admin])
async def test_what_it_says_is_told_to_those_who_may_read_it(front: Front, message: Message, role: Role) -> None:
    bearer = await front.token(role, None if role is Role.xyper_admin else "acme")
    found = await told(front, f"messages/{message.id}", key=bearer)
    assert (found["parts"] is None) == (role is Role.xyper_admin)
    assert found["contact"] == "tel:+16…34"
    assert PHONE.removeprefix("tel:+") not in str(found)
    assert (found["status"], found["kinds"], found["direction"]) == ("routed", ["text"], "inbound")


async def test_a_number_is_told_in_full_and_the_audit_knows_to_whom(front: Front, message: Message) -> None:
    answer = await front.ask("POST", f"{OWN}/messages/{message.id}/revelation")
    assert await answer.json() == {"contact": PHONE, "external_id": message.external_id, "far_ids": []}
    [line] = (await told(front, "audit?action=message.reveal"))["lines"]
    assert line["subject"] == f"message/{message.id}"


async def test_searched_by_words_and_by_pages(front: Front, message: Message) -> None:
    for n in range(2):
        more = message.model_copy(update={"id": new_id(), "external_id": f"x{n}", "parts": (Text(text="Good night"),)})
        await front.rt.messages.remember(more, DESK)
    first = await told(front, "messages?words=GOOD&limit=2")
    second = await told(front, f"messages?words=GOOD&limit=2&cursor={first['next']}")
    assert (len(first["messages"]), second["next"]) == (2, None)
    assert [one["id"] for one in second["messages"]] == [message.id]
    assert len((await told(front, "messages?words=night&kind=text&direction=inbound"))["messages"]) == 2


async def test_a_conversations_messages(front: Front, message: Message) -> None:
    conversation = await front.rt.conversations.find(LINK, PHONE)
    assert conversation is not None
    agent = await front.token(Role.agent, "acme")
    [one] = (await told(front, f"conversations/{conversation.id}/messages", key=agent))["messages"]
    assert (one["id"], one["conversation"], one["parts"]) == (message.id, conversation.id, None)
    reader = await front.new_key("acme", [Action.conversations_read, Action.bodies_read])
    [one] = (await told(front, f"conversations/{conversation.id}/messages", key=reader))["messages"]
    assert one["parts"] == [{"type": "text", "text": "Good morning"}]


async def test_an_agent_beside_the_conversation_reads_it_and_no_other(front: Front, message: Message) -> None:
    """Their session names it by the agent side's id."""
    await front.rt.conversations.threaded(LINK, message.contact, "thread-1")
    conversation = await front.rt.conversations.find(LINK, PHONE)
    assert conversation is not None
    path = f"{OWN}/conversations/{conversation.id}/messages"
    person = await front.rt.access.people.arrived("genesys", "a", tenant="acme", role=Role.agent, name="Ada")
    for thread, status in {"thread-1": 200, "thread-2": 404, conversation.id: 404}.items():
        begun = await front.rt.access.sessions.begin(person, address="192.0.2.1", conversation=thread)
        answer = await front.ask("GET", path, key=begun.access_token)
        assert answer.status == status
        if status == 200:
            [one] = (await answer.json())["messages"]
            assert one["parts"] == [{"type": "text", "text": "Good morning"}]


async def test_a_messages_file_with_all_its_ids_and_a_link(front: Front, message: Message) -> None:
    owner = Owner.of(message, 0, MediaKind.document)
    source, until = Source(id="9876", url="https://lookaside.example.com/a?hash=secret"), now() + timedelta(days=30)
    file = await front.rt.files.keep(owner, once(b"BEGIN:VCARD"), mime="text/vcard", name="a.vcf", source=source)
    await front.rt.files.note_upload("acme", NUMBER, file.sha256, file.mime, "media-1", until)
    conversation = await front.rt.conversations.find(LINK, PHONE)
    assert conversation is not None
    bearer = await front.token(Role.supervisor, "acme")
    [one] = (await told(front, f"messages/{message.id}/files", key=bearer))["files"]
    assert (one["id"], one["message"], one["conversation"]) == (file.id, message.id, conversation.id)
    assert (one["source_id"], one["source_url"], one["scan"]) == ("9876", "lookaside.example.com/a", "unscanned")
    [upload] = one["uploads"]
    assert (upload["account"], upload["far_id"]) == (str(NUMBER), "media-1")
    assert datetime.fromisoformat(upload["expires_at"]) == until
    assert (await told(front, "files"))["files"][0]["source_id"] == "9876"
    assert one["link"].endswith("/a.vcf")
    assert await told(front, f"files/{file.id}", key=bearer) | {"link": ""} == one | {"link": ""}
    for state, count in (("stored", 1), ("infected", 0)):
        assert len((await told(front, f"files?state={state}&limit=1"))["files"]) == count
    assert (await told(front, f"files/{file.id}"))["link"] is None, "who may not read bodies fetches no files"
