"""A tenant that is deleted: until its grace period is over nothing sent to it is lost, then nothing of it is left."""

from datetime import timedelta

from tests.directory import HOST, service
from tests.flows.conftest import Bridge, Build
from tests.world import Tenant, eventually
from xyper_engine.errors import NotFound
from xyper_engine.routing.housekeeper import purge
from xyper_engine.sealing import Sealer
from xyper_engine.tenants.service import Tenants

MARIA, PAOLO = "393331234567", "393337654321"


def tenants(bridge: Bridge) -> Tenants:
    rt = bridge.engine.rt
    return service(rt.db, Sealer.from_settings(rt.settings))


async def quiet(bridge: Bridge, tenant: Tenant) -> bool:
    return (await bridge.engine.rt.broker.depth(f"in.{tenant.id}")).consumers == 0


async def texts(bridge: Bridge, count: int) -> list[str]:
    return [one["body"]["text"] for one in await bridge.world.reached(count)]


async def test_deleted_resumed_deleted_again_and_gone(build: Build) -> None:
    async with build(tenants=2) as bridge:
        (going, staying), world, rt = bridge.tenants, bridge.world, bridge.engine.rt
        await world.write(going, MARIA, "before")
        await world.write(staying, PAOLO, "hello")
        assert sorted(await texts(bridge, 2)) == ["before", "hello"]

        await tenants(bridge).delete(HOST, going.id, timedelta(days=1))
        assert await eventually(lambda: quiet(bridge, going))
        await world.write(going, MARIA, "meanwhile")
        await world.settled()
        await purge(rt)  # it is not due yet
        await tenants(bridge).resume(HOST, going.id)
        assert (await texts(bridge, 3))[2:] == ["meanwhile"]

        await tenants(bridge).delete(HOST, going.id, timedelta(0))
        assert await eventually(lambda: quiet(bridge, going))
        await purge(rt)
        await gone(bridge, going)
        await world.write(staying, PAOLO, "still here")
        assert (await texts(bridge, 4))[3:] == ["still here"]


async def gone(bridge: Bridge, tenant: Tenant) -> None:
    """No row, no queue, no webhook address."""
    rt = bridge.engine.rt
    for table in ("ledger", "posts", "messages", "conversations", "contacts", "secrets", "accounts", "hooks"):
        assert await rt.db.fetchval(f"select count(*) from {table} where tenant = $1", tenant.id) == 0, table
    for queue in ("in", "out", "signals"):
        try:
            await rt.broker.depth(f"{queue}.{tenant.id}")
        except NotFound:
            continue
        raise AssertionError(f"{queue} is still there")

    async def unknown() -> bool:
        async with rt.http.post(f"{bridge.url}/hooks/genesys/{tenant.hook}", data=b"{}") as answer:
            return answer.status == 404

    assert await eventually(unknown)
