"""A tenant with nothing but credentials is set up at both vendors, and a message goes there and back."""

from tests.conftest import Configure
from tests.flows.conftest import Build
from tests.newcomer import MARIA, NEW, ONE, Stage, stage
from tests.world import eventually

NAMES = [
    "token", "permissions", "integration", "created", "content", "typing", "flow", "widget", "sign_in",
    "token", "number", "subscription", "challenge", "heard", "answered",
]  # fmt: skip


async def _reaches(here: Stage, step: str, *states: str) -> None:
    async def there() -> bool:
        return (await here.steps())[step]["state"] in states

    assert await eventually(there), await here.ask("GET", "onboarding")


async def test_a_newcomer_ends_with_a_round_trip(configure: Configure) -> None:
    async with stage(configure) as here:
        _, before = await here.ask("GET", "onboarding")
        assert before["state"] == "new"
        assert [one["step"] for one in before["steps"]] == NAMES
        await here.run()
        await _reaches(here, "heard", "running")
        await here.world.write(ONE, MARIA, "Is anybody there?")
        await _reaches(here, "answered", "running")
        [chat] = await here.world.call("GET", "/api/cloud/conversations")
        await here.world.say(chat["id"], "Yes, we are.")

        async def ended() -> bool:
            return await here.state() != "running"

        assert await eventually(ended)
        _, after = await here.ask("GET", "onboarding")
        assert {one["step"]: one["state"] for one in after["steps"]} == dict.fromkeys(NAMES, "done"), after
        assert after["state"] == "done"
        assert all(
            one["calls"] and one["detail"] for one in after["steps"] if one["step"] not in ("challenge", "sign_in")
        )
        assert all(call["correlation"] for one in after["steps"] for call in one["calls"])
        genesys = {one["account"] for one in after["steps"] if one["account"].startswith("genesys/")}
        assert genesys == {f"genesys/{chat['integration']}"}
        assert NEW not in str(after)


async def test_what_customers_write_goes_on_while_the_way_to_them_is_barred(build: Build) -> None:
    """Meta refuses the access token: agents' messages wait, and nothing that comes in stops or is refused."""
    async with build(settings={"onboarding": {"check_every": 0.05}}) as bridge:
        tenant, world, rt = bridge.tenants[0], bridge.world, bridge.engine.rt
        await world.write(tenant, MARIA, "before")
        await world.reached(1)
        chat = await world.conversation(tenant, MARIA)
        await world.call("PUT", f"/api/graph/numbers/{tenant.number}", {"access_token": "another"})

        async def known() -> bool:
            return bool(await rt.db.fetchval("select auth from health where (adapter, step) = ('whatsapp', 'token')"))

        assert await eventually(known)
        for n in range(5):
            await world.say(chat["id"], f"waits {n}")
            await world.write(tenant, MARIA, f"goes on {n}")
        taken = [one["body"]["text"] for one in await world.reached(6)]
        assert taken == ["before", *(f"goes on {n}" for n in range(5))]
        webhooks = await world.settled()
        assert (webhooks["attempts"], webhooks["lost"]) == (webhooks["delivered"], 0), "each was taken at once"
        assert await world.sent() == []
        assert await rt.directory.tenants() == (tenant.id,)
        await world.call("PUT", f"/api/graph/numbers/{tenant.number}", {"access_token": f"token-{tenant.n}"})
        assert [one["text"] for one in await world.sent(5)] == [f"waits {n}" for n in range(5)]


async def test_what_agents_write_goes_on_while_the_way_to_them_is_barred(build: Build) -> None:
    """Genesys refuses the OAuth client: customers' messages wait, and agents' still reach the phone."""
    async with build() as bridge:
        tenant, world = bridge.tenants[0], bridge.world
        await world.write(tenant, MARIA, "before")
        await world.reached(1)
        chat = await world.conversation(tenant, MARIA)
        await world.call("PUT", f"/api/cloud/clients/{tenant.client}", {"client_secret": "another"})
        await world.call("DELETE", "/api/cloud/tokens")
        await world.write(tenant, MARIA, "waits")
        for n in range(3):
            await world.say(chat["id"], f"goes on {n}")
        assert [one["text"] for one in await world.sent(3)] == [f"goes on {n}" for n in range(3)]
        await world.call("PUT", f"/api/cloud/clients/{tenant.client}", {"client_secret": f"secret-{tenant.n}"})
        assert [one["body"]["text"] for one in await world.reached(2)] == ["before", "waits"]
