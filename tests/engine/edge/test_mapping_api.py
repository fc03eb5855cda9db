"""Which conversation is meant, over the API: by either way of asking, and for nobody else."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Configure
from tests.engine.edge.front import OWN, Front, opened
from tests.engine.tenants.world import DESK, NUMBER
from xyper_engine.access.roles import Role
from xyper_engine.model import Contact, Link

LINK = Link(id="l", tenant="acme", customer=NUMBER, agent=DESK)
MARIA = Contact(address="tel:+393331234567")


@pytest.fixture
async def front(configure: Configure, url: str) -> AsyncIterator[Front]:
    async with opened(configure, url) as found:
        await found.rt.conversations.threaded(LINK, MARIA, "earlier")
        await found.rt.conversations.threaded(LINK, MARIA, "newest")
        yield found


async def agent_of(front: Front, thread: str) -> str:
    """The token of an agent whose session is for this conversation of the agent side."""
    person = await front.rt.access.people.arrived("genesys", "a", tenant="acme", role=Role.agent, name="Ada")
    begun = await front.rt.access.sessions.begin(person, address="192.0.2.1", conversation=thread)
    return begun.access_token


@pytest.mark.parametrize("query", ["thread=earlier", "thread=newest", f"number={NUMBER}&contact=tel:%2B393331234567"])
async def test_found(front: Front, query: str) -> None:
    known = await front.rt.conversations.find(LINK, MARIA.address)
    assert known is not None
    for _ in range(2):
        answer = await front.ask("GET", f"{OWN}/mapping?{query}")
        expected = {"id": known.id, "customer": str(NUMBER), "agent": str(DESK)}
        assert await answer.json() == {"conversations": [expected]}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("thread=unknown", 404),
        (f"number={NUMBER}&contact=tel:%2B39333", 404),
        ("number=whatsapp/1&contact=tel:%2B393331234567", 404),
        ("", 422),
        (f"number={NUMBER}", 422),
        (f"thread=newest&number={NUMBER}&contact=tel:%2B393331234567", 422),
        ("number=106540352242922&contact=tel:%2B393331234567", 422),
    ],
)
async def test_not_found_and_not_understood(front: Front, query: str, status: int) -> None:
    answer = await front.ask("GET", f"{OWN}/mapping?{query}")
    assert (answer.status, answer.content_type) == (status, "application/problem+json")


async def test_an_agent_may_ask_for_the_conversation_at_hand_only(front: Front) -> None:
    token = await agent_of(front, "newest")
    for query, status in {"thread=newest": 200, "thread=earlier": 404}.items():
        assert (await front.ask("GET", f"{OWN}/mapping?{query}", key=token)).status == status
    by_customer = f"{OWN}/mapping?number={NUMBER}&contact=tel:%2B393331234567"
    assert (await front.ask("GET", by_customer, key=token)).status == 404


async def test_threads_are_told_of_a_conversation_that_is_there(front: Front) -> None:
    [known] = (await (await front.ask("GET", f"{OWN}/mapping?thread=newest")).json())["conversations"]
    for _ in range(2):
        answer = await front.ask("GET", f"{OWN}/conversations/{known['id']}/threads")
        assert [one["thread"] for one in (await answer.json())["threads"]] == ["newest", "earlier"]
        assert (await front.ask("GET", f"{OWN}/conversations/nobodys/threads")).status == 404
    for thread, status in {"newest": 200, "earlier": 404}.items():
        token = await agent_of(front, thread)
        answer = await front.ask("GET", f"{OWN}/conversations/{known['id']}/threads", key=token)
        assert answer.status == status
