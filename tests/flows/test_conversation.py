"""What the product is for: a customer writes, an agent answers, and each sees what became of it."""

from tests.flows.conftest import Build
from tests.world import Tenant, eventually

MARIA = "393331234567"


async def test_a_text_reaches_the_agent_and_the_answer_comes_back_with_ticks(build: Build) -> None:
    async with build() as bridge:
        tenant, world = bridge.tenants[0], bridge.world
        wamid = await world.write(tenant, MARIA, "Buongiorno, dov'è il mio pacco? 📦")
        [message] = await world.reached(1)
        assert message["body"]["text"] == "Buongiorno, dov'è il mio pacco? 📦"
        assert message["body"]["channel"]["messageId"] == wamid

        conversation = await world.conversation(tenant, MARIA)
        answer = await world.say(conversation["id"], "Arriva oggi.")
        [sent] = await world.sent(1, status="read")
        assert (sent["text"], sent["customer"]) == ("Arriva oggi.", MARIA)

        [receipt] = await world.reached(1, kind="receipt")
        assert (receipt["body"]["id"], receipt["body"]["status"]) == (answer, "Delivered")
        await world.settled()
        assert len(await world.reached(1, kind="receipt")) == 1, "one final receipt, though read followed delivered"
        assert await world.violations() == []


async def test_the_conversation_is_remembered(build: Build) -> None:
    async with build() as bridge:
        tenant, world = bridge.tenants[0], bridge.world
        wamid = await world.write(tenant, MARIA, "hello")
        await world.reached(1)
        conversation = await world.conversation(tenant, MARIA)

        async def stored() -> bool:
            row = await bridge.engine.rt.db.fetchrow("select * from conversations")
            return row is not None and row["thread"] == conversation["id"] and row["last_inbound_id"] == wamid

        assert await eventually(stored)


async def test_an_agent_types_and_the_customer_sees_it(build: Build) -> None:
    async with build() as bridge:
        tenant, world = bridge.tenants[0], bridge.world
        wamid = await world.write(tenant, MARIA, "hello")
        await world.reached(1)
        conversation = await world.conversation(tenant, MARIA)

        async def typed_and_read() -> bool:
            await world.call("POST", f"/api/cloud/conversations/{conversation['id']}/typing")
            rows = (await world.call("GET", f"/api/graph/received?customer={MARIA}"))["received"]
            return any(row["id"] == wamid and row["status"] == "read" for row in rows)

        assert await eventually(typed_and_read)


async def test_messages_of_a_conversation_keep_their_order_both_ways(build: Build) -> None:
    async with build(cloud={"rate": 0}, settings={}) as bridge:
        tenant, world = bridge.tenants[0], bridge.world
        texts = [f"message {n}" for n in range(20)]
        for text in texts:
            await world.write(tenant, MARIA, text)
        assert [row["body"]["text"] for row in await world.reached(20)] == texts
        conversation = await world.conversation(tenant, MARIA)
        for text in texts:
            await world.say(conversation["id"], text)
        assert [row["text"] for row in await world.sent(20)] == texts


async def test_tenants_do_not_meet(build: Build) -> None:
    async with build(tenants=3) as bridge:
        world = bridge.world
        for tenant in bridge.tenants:
            await world.write(tenant, MARIA, f"for {tenant.id}")
        rows = await world.reached(3)
        assert {(row["integration"], row["body"]["text"]) for row in rows} == {
            (tenant.integration, f"for {tenant.id}") for tenant in bridge.tenants
        }


async def test_an_answer_takes_the_number_that_the_customer_wrote_to(build: Build) -> None:
    """One integration serves two numbers: the older link must not swallow the other's customers."""
    async with build() as bridge:
        second = Tenant(2)
        await bridge.add_number(bridge.tenants[0], second)
        await bridge.world.write(second, MARIA, "to the second number")
        [message] = await bridge.world.reached(1)
        await bridge.world.say(message["conversation"], "from the second number")
        [sent] = await bridge.world.sent(1)
        assert sent["phone_number_id"] == second.number
