"""Conversations over the API: by the number as it is written everywhere, and their threads page by page."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Configure
from tests.engine.edge.front import OWN, Front, opened
from tests.engine.tenants.world import DESK, NUMBER
from xyper_engine.model import Contact, Link

LINK = Link(id="l", tenant="acme", customer=NUMBER, agent=DESK)
MARIA = Contact(address="tel:+393331234567")
ALL = f"{OWN}/conversations"


@pytest.fixture
async def front(configure: Configure, embedded_url: str) -> AsyncIterator[Front]:
    async with opened(configure, embedded_url) as found:
        for n in range(5):
            await found.rt.conversations.threaded(LINK, MARIA, f"t-{n}")
        yield found


ASKED = {
    str(NUMBER): (200, 1), "whatsapp/1": (200, 0), f"genesys/{NUMBER.account}": (200, 0),
    NUMBER.account: (422, 0), "whatsapp/": (422, 0), "/1001": (422, 0), "": (422, 0),
}  # fmt: skip


async def test_by_the_account_that_customers_write_to(front: Front) -> None:
    for number, (status, count) in ASKED.items():
        answer = await front.ask("GET", ALL, params={"number": number})
        told = await answer.json()
        assert answer.status == status, number
        if status == 200:
            assert [one["contact"] for one in told["conversations"]] == ["tel:+39…67"] * count, number
        else:
            assert "must be written <adapter>/<account>" in told["detail"]
        mapped = await front.ask("GET", f"{OWN}/mapping", params={"number": number, "contact": MARIA.address})
        assert mapped.status == (status if count or status == 422 else 404), number


async def test_its_threads_page_by_page_the_newest_first(front: Front) -> None:
    [known] = (await (await front.ask("GET", ALL)).json())["conversations"]
    found, cursor = [], ""
    for left in (3, 1, 0):
        page = await (await front.ask("GET", f"{ALL}/{known['id']}/threads?limit=2{cursor}")).json()
        found += [one["thread"] for one in page["threads"]]
        assert (page["next"] is None) == (left == 0)
        cursor = f"&cursor={page['next']}"
    assert found == [f"t-{n}" for n in (4, 3, 2, 1, 0)]
    for made_up in ("x", "WyJ4IiwieSJd"):
        answer = await front.ask("GET", f"{ALL}/{known['id']}/threads?cursor={made_up}")
        assert (answer.status, "cursor" in (await answer.json())["detail"]) == (400, True)
