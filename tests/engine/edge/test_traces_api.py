"""Traces over the API: by any id, a conversation's page by page, and no other tenant's."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import Configure
from tests.engine.edge.front import OWN, Front, opened
from tests.engine.tenants.world import DESK, NUMBER
from xyper_engine.access.roles import MAY, Action, Role
from xyper_engine.model import Contact, Direction, Link, Message, new_id, now
from xyper_engine.parts import Text

MARIA = Contact(address="tel:+16505551234")
LINK = Link(id="l", tenant="acme", customer=NUMBER, agent=DESK)


@pytest.fixture
async def front(configure: Configure, embedded_url: str) -> AsyncIterator[Front]:
    async with opened(configure, embedded_url) as found:
        yield found


async def conversation(front: Front) -> str:
    await front.rt.conversations.threaded(LINK, MARIA, "thread-1")
    found = await front.rt.conversations.find(LINK, MARIA.address)
    assert found is not None
    return found.id


async def delivered(front: Front, conversation: str, name: str, tenant: str = "acme") -> Message:
    """A customer's message, its way to the agents noted as the router does."""
    message = Message(
        id=new_id(), direction=Direction.inbound, origin=NUMBER, tenant=tenant, contact=MARIA, external_id=name,
        occurred_at=now(), parts=(Text(text="secret words"),),
    )  # fmt: skip
    trace = front.rt.traces.begin(message, message.received_at.timestamp(), again=False)
    trace.within(conversation)
    with trace.call("POST", "/message", {"text": "secret words"}) as call:
        call.answered(400, {"message": "no"}, "corr-1")
    assert await front.rt.ledger.sending(message, 0, DESK, last=True, before=None)
    await front.rt.ledger.sent(message, 0, f"far-{name}", "delivered")
    front.rt.traces.ended(trace, "delivered", "")
    await front.rt.traces.flush()
    return message


async def told(front: Front, path: str, status: int = 200, **more: Any) -> dict[str, Any]:
    answer = await front.ask("GET", f"{OWN}/{path}", **more)
    assert answer.status == status, await answer.text()
    found: dict[str, Any] = await answer.json()
    return found


async def test_by_our_id_and_by_either_vendors(front: Front) -> None:
    within = await conversation(front)
    message = await delivered(front, within, "wamid.1")
    lines = [await told(front, f"trace/{id_}") for id_ in (message.id, "wamid.1", "far-wamid.1")]
    assert lines[0] == lines[1] == lines[2]
    assert (lines[0]["id"], lines[0]["conversation"], lines[0]["outcome"]) == (message.id, within, "delivered")
    steps = {one["what"]: one["facts"] for one in lines[0]["steps"]}
    assert list(steps) == ["received", "taken", "called", "noted as sending", "noted as sent", "ended"]
    assert (steps["called"]["correlation"], steps["called"]["sent"]) == ("corr-1", {"text": "<12 characters>"})
    assert "secret" not in str(lines)


async def test_a_number_within_a_vendors_id_is_not_told(front: Front) -> None:
    within = await conversation(front)
    message = await delivered(front, within, "1")
    wamid = "wamid.HBgLMTY1MDU1NTEyMzQVAgASGBQzQTdDNTVE"
    await front.rt.db.execute("update posts set far_id = $2 where event_id = $1", message.id, wamid)
    for path in (f"trace/{wamid}", f"conversations/{within}/trace"):
        line = await told(front, path)
        assert ("wamid.…GBQzQTdDNTVE" in str(line), wamid in str(line)) == (True, False)


async def test_a_conversations_newest_first_and_page_by_page(front: Front) -> None:
    within = await conversation(front)
    ids = [(await delivered(front, within, f"wamid.{n}")).id for n in range(3)]
    await front.rt.conversations.threaded(LINK, MARIA, "thread-2")
    for name in (within, "thread-1", "thread-2"):
        first = await told(front, f"conversations/{name}/trace?limit=2")
        second = await told(front, f"conversations/{name}/trace?limit=2&cursor={first['next']}")
        assert [one["id"] for page in (first, second) for one in page["messages"]] == ids[::-1]
        assert second["next"] is None
    assert (await told(front, "conversations/nobody/trace"))["messages"] == []


async def test_of_another_tenant_there_is_none(front: Front) -> None:
    message = await delivered(front, await conversation(front), "wamid.1", tenant="other")
    for id_ in (message.id, "wamid.nobody"):
        assert "has no trace of" in (await told(front, f"trace/{id_}", 404))["detail"]


@pytest.mark.parametrize("role", [Role.genesys_admin, Role.supervisor, Role.agent])
async def test_who_may_read_them_is_said_by_the_table_of_roles(front: Front, role: Role) -> None:
    message = await delivered(front, await conversation(front), "wamid.1")
    status = 200 if role in MAY[Action.traces_read] else 403
    await told(front, f"trace/{message.id}", status, key=await front.token(role, "acme"))
