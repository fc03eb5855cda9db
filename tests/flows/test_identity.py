"""One person is one contact and one conversation, whatever becomes of numbers and user ids."""

from tests.flows.conftest import Bridge, Build
from tests.flows.test_kinds import MARIA, agent, customer

NEW = "393339999999"


async def senders(bridge: Bridge, count: int) -> list[str]:
    """Whom Genesys was told the messages are from."""
    taken = await bridge.world.reached(count)
    return [message["body"]["channel"]["from"]["id"] for message in taken]


async def test_a_number_change_keeps_the_contact_and_answers_go_to_the_new_number(build: Build) -> None:
    async with build() as bridge:
        await customer(bridge, {"type": "text", "text": "hello"})
        await bridge.world.reached(1)
        await customer(bridge, {"type": "system", "system": {"type": "user_changed_number", "wa_id": NEW}})
        await bridge.world.reached(2)  # webhooks of two numbers come in no order
        body = {"phone_number_id": bridge.tenants[0].number, "type": "text", "text": "it is me"}
        await bridge.world.call("POST", f"/api/graph/customers/{NEW}/messages", body)
        assert set(await senders(bridge, 3)) == {f"+{MARIA}"}
        await agent(bridge, text="I know")
        [sent] = await bridge.world.sent(1, status="read")
        assert (sent["customer"], sent["text"]) == (NEW, "I know")
        assert await bridge.engine.rt.db.fetchval("select count(*) from contacts") == 1


async def test_a_customer_who_hides_the_number_stays_the_same_contact(build: Build) -> None:
    async with build() as bridge:
        await customer(bridge, {"type": "text", "text": "hello"})
        await bridge.world.reached(1)
        await bridge.world.call("PUT", f"/api/graph/customers/{MARIA}", {"hidden": True})
        await customer(bridge, {"type": "text", "text": "incognito"})
        assert set(await senders(bridge, 2)) == {f"+{MARIA}"}
