"""Messages found by whatever somebody has: any id, a conversation, a telephone number; never in an address."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import Configure
from tests.directory import add_tenant
from tests.engine.edge.front import OWN, Front, opened
from tests.engine.tenants.world import DESK, NUMBER
from xyper_engine.access.roles import Action, Role
from xyper_engine.model import Contact, Direction, Endpoint, Link, Message, new_id, now
from xyper_engine.parts import Text
from xyper_engine.sealing import Sealer
from xyper_engine.tenants.spec import TenantSpec

WAMID = "wamid.HBgLMTY1MDU1NTEyMzQVAgASGBQzQTdDNTVE"
PHONE = "tel:+16505551234"
LINK = Link(id="l", tenant="acme", customer=NUMBER, agent=DESK)


@pytest.fixture
async def front(configure: Configure, embedded_url: str) -> AsyncIterator[Front]:
    async with opened(configure, embedded_url) as found:
        yield found


def said(name: str, text: str = "Good morning", phone: str = PHONE, **more: Any) -> Message:
    values: dict[str, Any] = {"tenant": "acme", "direction": Direction.inbound, "origin": NUMBER, **more}
    values |= {"contact": Contact(address=phone), "parts": (Text(text=text),)}
    return Message(id=new_id(), external_id=name, occurred_at=now(), **values)


async def kept(front: Front, message: Message) -> Message:
    """As the router keeps a customer's message, delivered to the desk with the id `far-<its name>`."""
    await front.rt.contacts.of(message.tenant, "whatsapp", message.contact)
    await front.rt.messages.remember(message, DESK)
    assert await front.rt.ledger.sending(message, 0, DESK, last=True, before=None)
    await front.rt.ledger.sent(message, 0, f"far-{message.external_id}", "delivered")
    return message


async def search(front: Front, path: str = f"{OWN}/messages/search", **body: Any) -> dict[str, Any]:
    answer = await front.ask("POST", path, json=body)
    assert answer.status == 200, await answer.text()
    found: dict[str, Any] = await answer.json()
    return found


def ids(found: dict[str, Any]) -> list[str]:
    return [one["id"] for one in found["messages"]]


async def test_by_every_name(front: Front) -> None:
    first, second = await kept(front, said(WAMID)), await kept(front, said("wamid.2", "Good night"))
    await kept(front, said("wamid.3", phone="tel:+16505559999"))
    await front.rt.conversations.heard(LINK, first)
    await front.rt.conversations.threaded(LINK, first.contact, "thread-1")
    conversation = await front.rt.conversations.find(LINK, PHONE)
    assert conversation is not None
    for name in (first.id, WAMID, f"far-{WAMID}"):
        found = await search(front, name=name, direction="outbound")
        assert (found["by"], found["key"], ids(found)) == ("message", first.id, [first.id]), name
    for name in (conversation.id, "thread-1"):
        found = await search(front, name=name)
        assert (found["by"], found["key"]) == ("conversation", conversation.id), name
        assert ids(found) == [second.id, first.id], name
    person = (await front.rt.contacts.of("acme", "whatsapp", first.contact)).id
    for name in ("+1 650 555 1234", PHONE, person):
        found = await search(front, name=name)
        assert (found["by"], found["key"], ids(found)) == ("person", person, [second.id, first.id]), name
    assert await search(front, name="nobody") == {"by": None, "key": None, "messages": [], "next": None}


async def test_what_is_told_is_masked_and_says_nothing(front: Front) -> None:
    await kept(front, said(WAMID, "secret words"))
    told = str(await search(front, name=PHONE))
    assert not any(private in told for private in ("6505551234", WAMID, "secret"))
    assert "tel:+16…34" in told


async def test_of_a_person_by_filters_and_page_by_page(front: Front) -> None:
    kept_ids = [(await kept(front, said(f"wamid.{n}", f"number {n}"))).id for n in range(3)]
    first = await search(front, name=PHONE, limit=2)
    second = await search(front, name=PHONE, limit=2, cursor=first["next"])
    assert ids(first) + ids(second) == kept_ids[::-1]
    assert second["next"] is None
    assert ids(await search(front, name=PHONE, words="2")) == [kept_ids[2]]
    assert ids(await search(front, name=PHONE, direction="outbound")) == []
    assert ids(await search(front, limit=1)) == [kept_ids[2]]


async def test_who_is_asked_for_everywhere_and_who_sees_whom(front: Front) -> None:
    other = Endpoint(adapter=NUMBER.adapter, account="777")
    account = {"adapter": other.adapter, "account": other.account}
    spec = TenantSpec.model_validate({"id": "other", "name": "Other", "accounts": [account]})
    await add_tenant(front.rt.db, Sealer.from_settings(front.rt.settings), spec)
    message = await kept(front, said("wamid.7", tenant="other", origin=other))
    found = await search(front, "/api/v1/messages/search", name="wamid.7")
    assert found["found"] == [{"what": "message", "tenant": "other", "id": message.id}]
    assert ids(await search(front, name="wamid.7")) == []
    key = await front.new_key()
    answer = await front.ask("POST", "/api/v1/messages/search", json={"name": message.id}, key=key)
    assert await answer.json() == {"found": []}


async def test_what_it_holds_without_words_and_for_those_who_may_read_it_with(front: Front) -> None:
    message = await kept(front, said(WAMID, "secret words"))
    path = f"{OWN}/messages/{message.id}/payload"
    hidden = await (await front.ask("GET", path)).json()
    assert (hidden["event"]["direction"], hidden["event"]["parts"][0]["type"]) == ("inbound", "text")
    assert not any(private in str(hidden) for private in ("secret", "6505551234", WAMID))
    assert (await front.ask("POST", f"{path}/revelation")).status == 403
    reader = await front.token(Role.supervisor, "acme")
    whole = await (await front.ask("POST", f"{path}/revelation", key=reader)).json()
    assert whole["event"]["parts"] == [{"type": "text", "text": "secret words"}]
    audit = await (await front.ask("GET", f"{OWN}/audit?action=message.read")).json()
    assert [line["subject"] for line in audit["lines"]] == [f"message/{message.id}"]


async def test_of_what_retention_emptied_nothing_is_held(front: Front) -> None:
    message = await kept(front, said(WAMID))
    await front.rt.db.execute("update messages set sealed = '' where id = $1", message.id)
    answer = await front.ask("GET", f"{OWN}/messages/{message.id}/payload")
    assert await answer.json() == {"event": None}


async def test_an_answer_is_not_kept_though_the_call_has_a_key(front: Front) -> None:
    headers = {"Idempotency-Key": "a-key-of-this-test"}
    for count in range(2):
        answer = await front.ask("POST", f"{OWN}/messages/search", json={}, headers=headers)
        assert len((await answer.json())["messages"]) == count
        await kept(front, said(f"wamid.{count}"))


@pytest.mark.parametrize("body", [{"name": ""}, {"name": "x" * 301}, {"since": "yesterday"}, {"state": "sent"}])
async def test_what_cannot_be_asked(front: Front, body: dict[str, str]) -> None:
    key = await front.new_key("acme", [Action.messages_read])
    assert (await front.ask("POST", f"{OWN}/messages/search", json=body, key=key)).status == 422
