"""The batch audit: everything in a webhook comes through once, in order, whatever stands beside it."""

import json

from tests.flows import wire
from tests.flows.conftest import Bridge, Build
from tests.letters import replay
from tests.world import eventually


async def texts(bridge: Bridge, count: int) -> list[str]:
    return [row["body"]["text"] for row in await bridge.world.reached(count)]


async def dead(bridge: Bridge, count: int) -> list[str]:
    """The reasons of the dead letters, once there are `count`."""
    rows: list[str] = []

    async def there() -> bool:
        found = await bridge.engine.rt.dead_letters.list()
        rows[:] = [letter.reason for letter in found]
        return len(rows) >= count

    assert await eventually(there), rows
    return rows


async def test_three_messages_in_a_change(build: Build) -> None:
    async with build() as bridge:
        [tenant] = bridge.tenants
        messages = [wire.text(f"wamid.{n}", f"text {n}") for n in range(3)]
        assert await wire.post(bridge.url, wire.body(wire.entry(tenant, wire.change(tenant.number, messages)))) == (
            200,
            {},
        )
        assert await texts(bridge, 3) == ["text 0", "text 1", "text 2"]


async def test_three_entries_of_different_tenants(build: Build) -> None:
    async with build(tenants=3) as bridge:
        entries = [
            wire.entry(tenant, wire.change(tenant.number, [wire.text(f"wamid.{tenant.n}", tenant.id)]))
            for tenant in bridge.tenants
        ]
        assert (await wire.post(bridge.url, wire.body(*entries)))[0] == 200
        rows = await bridge.world.reached(3)
        assert {(row["integration"], row["body"]["text"]) for row in rows} == {
            (tenant.integration, tenant.id) for tenant in bridge.tenants
        }


async def test_three_statuses_are_three_receipts(build: Build) -> None:
    async with build(graph={"sent_after": 1e6}) as bridge:
        [tenant], world = bridge.tenants, bridge.world
        await world.write(tenant, "393331234567", "hello")
        await world.reached(1)
        conversation = await world.conversation(tenant, "393331234567")
        for n in range(3):
            await world.say(conversation["id"], f"answer {n}")
        rows = await world.sent(3)
        statuses = [wire.status(row["wamid"], "delivered") for row in rows]
        await wire.post(bridge.url, wire.body(wire.entry(tenant, wire.change(tenant.number, statuses=statuses))))
        receipts = await world.reached(3, kind="receipt")
        assert [receipt["body"]["status"] for receipt in receipts] == ["Delivered"] * 3


async def test_broken_items_cost_their_neighbours_nothing(build: Build) -> None:
    async with build() as bridge:
        [tenant] = bridge.tenants
        good = [wire.text(f"wamid.{n}", f"text {n}") for n in range(3)]
        messages = [good[0], "not an object", good[1], {"type": "text"}, good[2]]
        stranger = wire.change("999999999999999", [wire.text("wamid.x", "for nobody")])
        raw = wire.body(wire.entry(tenant, wire.change(tenant.number, messages, ["what?"]), stranger))
        assert (await wire.post(bridge.url, raw))[0] == 200
        assert await texts(bridge, 3) == ["text 0", "text 1", "text 2"]
        reasons = await dead(bridge, 4)
        assert len(reasons) == 4
        assert "no tenant owns whatsapp/999999999999999" in reasons
        letters = await bridge.engine.rt.dead_letters.list()
        owners = {letter.tenant for letter in letters if letter.account != "999999999999999"}
        assert owners == {tenant.id}, "unreadable, but whose it is is known: it is sealed and removed with that tenant"


async def test_an_unknown_number_can_be_replayed_once_it_is_known(build: Build) -> None:
    async with build() as bridge:
        [tenant], rt = bridge.tenants, bridge.engine.rt
        other = type(tenant)(7)
        raw = wire.body(wire.entry(other, wire.change(other.number, [wire.text("wamid.early", "too early")])))
        assert (await wire.post(bridge.url, raw))[0] == 200
        await dead(bridge, 1)
        await bridge.world.call("PUT", f"/api/cloud/clients/{other.client}", {"client_secret": "secret-7"})
        await bridge.world.call("PUT", f"/api/cloud/integrations/{other.integration}", {"name": "seven"})
        await bridge.furnish([other])
        await replay(rt)
        assert await texts(bridge, 1) == ["too early"]
        assert await rt.dead_letters.list() == []


async def test_a_redelivery_after_success_is_not_doubled(build: Build) -> None:
    async with build() as bridge:
        [tenant] = bridge.tenants
        first = wire.text("wamid.1", "once")
        reordered = dict(reversed(first.items()))
        for message in (first, first, reordered):
            await wire.post(bridge.url, wire.body(wire.entry(tenant, wire.change(tenant.number, [message, message]))))
        await wire.post(
            bridge.url, wire.body(wire.entry(tenant, wire.change(tenant.number, [wire.text("wamid.2", "last")])))
        )
        assert await texts(bridge, 2) == ["once", "last"]


async def test_a_redelivery_after_a_failure_is_processed(build: Build) -> None:
    """The far side refuses for good, the letter is dead; what Meta delivers again is filtered, a replay is not."""
    async with build() as bridge:
        [tenant], world, rt = bridge.tenants, bridge.world, bridge.engine.rt
        await world.write(tenant, "15550001111", "so that there is a token")
        await world.reached(1)
        await world.knobs("cloud", fail_next=[{"status": 400, "code": "bad.request", "count": 1}])
        raw = wire.body(wire.entry(tenant, wire.change(tenant.number, [wire.text("wamid.1", "again")])))
        await wire.post(bridge.url, raw)
        assert await dead(bridge, 1) == ["rejected"]
        await wire.post(bridge.url, raw)
        await replay(rt)
        assert (await texts(bridge, 2))[1:] == ["again"]


async def test_a_redelivery_while_the_first_is_being_retried_is_one_message(build: Build) -> None:
    async with build(settings={"retry": {"first": 0.05}}) as bridge:
        [tenant], world = bridge.tenants, bridge.world
        await world.knobs("cloud", fail_next=[{"status": 503, "count": 3}])
        raw = wire.body(wire.entry(tenant, wire.change(tenant.number, [wire.text("wamid.1", "patience")])))
        await wire.post(bridge.url, raw)
        await wire.post(bridge.url, json.dumps(json.loads(raw), indent=1).encode())
        await wire.post(
            bridge.url, wire.body(wire.entry(tenant, wire.change(tenant.number, [wire.text("wamid.2", "last")])))
        )
        assert await texts(bridge, 2) == ["patience", "last"]


async def test_a_message_that_stands_alone_and_cannot_be_read_is_kept_whole(build: Build) -> None:
    """It is stored unread; what is wrong with it shows when its turn comes, and a replay tries again."""
    async with build() as bridge:
        [tenant], rt = bridge.tenants, bridge.engine.rt
        broken = wire.body(wire.entry(tenant, wire.change(tenant.number, [{"from": "15550001111", "type": "text"}])))
        assert (await wire.post(bridge.url, broken))[0] == 200
        assert await dead(bridge, 1) == ["It has no id."]
        [letter] = await rt.dead_letters.list()
        assert (letter.source, letter.account) == ("unparsed", tenant.number)
        kept = json.loads((await rt.dead_letters.show(letter.id)).body)["entry"][0]["changes"][0]["value"]
        assert kept["messages"] == [{"from": "15550001111", "type": "text"}]
        await replay(rt, [letter.id])
        good = wire.body(wire.entry(tenant, wire.change(tenant.number, [wire.text("wamid.1", "next")])))
        assert (await wire.post(bridge.url, good))[0] == 200
        assert await texts(bridge, 1) == ["next"]
