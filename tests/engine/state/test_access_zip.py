"""What is told of a person: also what retention emptied; and what nobody can open is named, and costs nothing else."""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import Configure
from tests.directory import add_tenant
from tests.engine.tenants.world import DESK, NUMBER, acme
from xyper_engine.cli.parts import NoBroker
from xyper_engine.model import Contact, Direction, Link, Message, dump, new_id, now
from xyper_engine.parts import MediaKind, Text
from xyper_engine.runtime import Runtime, open_runtime
from xyper_engine.sealing import Sealer
from xyper_engine.state.access_zip import AccessReport
from xyper_engine.state.dead_letters import DeadLetter
from xyper_engine.state.files import Owner
from xyper_engine.state.persons import Persons

MARIA, PAUL = Contact(address="tel:+393331234567", name="Maria"), Contact(address="tel:+393331234568")
LINK = Link(id="l", tenant="acme", customer=NUMBER, agent=DESK)


@pytest.fixture
async def rt(configure: Configure, url: str) -> AsyncIterator[Runtime]:
    settings = configure({"database": {"url": url}})
    async with open_runtime(settings, given=NoBroker()) as opened:
        await add_tenant(opened.db, Sealer.from_settings(settings), acme())
        yield opened


async def wrote(rt: Runtime, words: str, contact: Contact = MARIA) -> Message:
    message = Message(
        id=new_id(), direction=Direction.inbound, origin=NUMBER, tenant="acme", contact=contact,
        external_id=f"wamid.{words}", occurred_at=now(), parts=(Text(text=words),),
    )  # fmt: skip
    await rt.contacts.met("acme", "whatsapp", contact)
    await rt.messages.remember(message, DESK)
    await rt.conversations.heard(LINK, message)
    return message


async def died(rt: Runtime, message: Message) -> str:
    letter = DeadLetter(new_id(), "acme", "route", "q", message.id, None, None, None, "bug", "", dump(message), now())
    await rt.dead_letters.bury(letter)
    return letter.id


async def told(rt: Runtime) -> dict[str, Any]:
    """Maria's zip: each file read, what is JSON opened."""
    person = await Persons(rt.db).one("acme", MARIA.address)
    body = b"".join([chunk async for chunk in AccessReport(rt.db, rt.keyring, rt.media, person).zipped()])
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.testzip() is None
        texts = {name: archive.read(name) for name in archive.namelist()}
    return {name: json.loads(text) if name.endswith(".json") else text for name, text in texts.items()}


async def test_of_a_message_that_retention_emptied_the_facts_are_told(rt: Runtime) -> None:
    old, new = await wrote(rt, "long ago"), await wrote(rt, "just now")
    await rt.db.execute("update messages set sealed = '', key_id = 'k', words = '{}' where id = $1", old.id)
    found = await told(rt)
    emptied, whole = found["messages.json"]
    assert (emptied["id"], emptied["external_id"], emptied["kinds"]) == (old.id, "wamid.long ago", ["text"])
    assert (emptied["parts"], emptied["contact"]["address"]) == (None, MARIA.address)
    assert (whole["id"], whole["parts"][0]["text"]) == (new.id, "just now")
    assert found["messages.html"].count(b'<p class="customer">') == 2
    assert b"no longer kept" in found["messages.html"]
    assert found["unreadable.json"] == []


async def test_what_no_key_opens_is_named_and_the_rest_is_told(rt: Runtime) -> None:
    message = await wrote(rt, "hello")
    conversation = await rt.conversations.find(LINK, MARIA.address)
    assert conversation is not None
    await rt.contexts.patch(conversation, {"language": "it"})
    letters = [await died(rt, message) for _ in range(2)]
    waiting = [message.model_copy(update={"id": new_id()}) for _ in range(2)]
    for one in waiting:
        await rt.waiting.hold(one, NUMBER, MARIA.address)
    lost = {"waiting": waiting[0].id, "dead letter": letters[0], "context": conversation.id, "message": message.id}
    for table, key, id_ in (
        ("waiting", "id", lost["waiting"]), ("dead_letters", "id", lost["dead letter"]),
        ("contexts", "conversation", lost["context"]), ("messages", "id", lost["message"]),
    ):  # fmt: skip
        await rt.db.execute(f"update {table} set key_id = key_id || '-gone' where {key} = $1", id_)
    found = await told(rt)
    assert {one["kind"]: one["id"] for one in found["unreadable.json"]} == lost
    assert len(found["unreadable.json"]) == len(lost)
    assert found["conversations.json"][0]["context"] is None
    assert [one["id"] for one in found["waiting.json"]] == [waiting[1].id]
    assert [one["event"]["id"] for one in found["dead_letters.json"]] == [message.id]
    assert [(one["id"], one["parts"]) for one in found["messages.json"]] == [(message.id, None)]


async def test_traces_are_told_of_this_person_only(rt: Runtime) -> None:
    own, others = await wrote(rt, "hello"), await wrote(rt, "good day", PAUL)
    for message in (own, others):
        trace = rt.traces.begin(message, message.received_at.timestamp(), again=False)
        with trace.call("POST", "/message", {"text": "hello"}) as call:
            call.answered(200, {}, "corr-1")
        rt.traces.ended(trace, "delivered", "")
    await rt.traces.flush()
    [line] = (await told(rt))["traces.json"]
    assert line["message"] == own.id
    assert [step[1] for step in line["steps"]][-1] == "ended"


async def test_files_are_found_by_their_message_and_by_a_number_within_an_id(rt: Runtime) -> None:
    """Whatever contact a file was kept under: an erasure finds them so, too."""
    message = await wrote(rt, "see this")
    owners = {
        "own": Owner.of(message, 0, MediaKind.document),
        "number": Owner("acme", "whatsapp/1001/393331234567-1", 0, "group:1", MediaKind.document),
        "contact": Owner("acme", "whatsapp/1001/x", 0, MARIA.address, MediaKind.document),
        "longer": Owner("acme", "whatsapp/1001/3933312345678", 0, "group:1", MediaKind.document),
        "pauls": Owner("acme", "whatsapp/1001/y", 0, PAUL.address, MediaKind.document),
    }
    for name, owner in owners.items():
        file = await rt.files.keep_bytes(owner, f"BEGIN:VCARD {name}".encode(), mime="text/vcard", name="a.vcf")
        if name == "own":
            await rt.db.execute("update files set contact = 'group:1' where id = $1", file.id)
    files = [text for name, text in (await told(rt)).items() if name.startswith("files/")]
    assert sorted(files) == [b"BEGIN:VCARD contact", b"BEGIN:VCARD number", b"BEGIN:VCARD own"]
