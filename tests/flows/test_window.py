"""The 24-hour window: an answer that would fail is refused with words, travels as a template, or waits."""

from tests.directory import put_tenant
from tests.flows.conftest import Bridge, Build
from tests.flows.test_kinds import MARIA, agent, customer, opened
from tests.world import eventually
from xyper_engine.access.caller import Caller
from xyper_engine.access.roles import Action
from xyper_engine.policy import Policy, WindowPolicy
from xyper_engine.sealing import Sealer
from xyper_engine.tenants.spec import PolicySpec, TenantSpec


async def closed(bridge: Bridge, policy: Policy) -> None:
    """A day has gone by since Maria wrote, at Meta's and at our side; the tenant has this policy."""
    tenant, rt = bridge.tenants[0], bridge.engine.rt
    await opened(bridge)
    body = {"phone_number_id": tenant.number, "open": False}
    await bridge.world.call("POST", f"/api/graph/customers/{MARIA}/window", body)
    await rt.db.execute("update conversations set window_until = now()")
    decided = PolicySpec.model_validate(policy.model_dump(exclude={"plugins"}))
    spec = TenantSpec(id=tenant.id, name=tenant.id, policy=decided)
    await put_tenant(rt.db, Sealer.from_settings(rt.settings), spec)

    async def known() -> bool:
        return await rt.directory.policy(tenant.id) == policy

    assert await eventually(known)


async def test_refused_with_the_next_step(build: Build) -> None:
    async with build() as bridge:
        await closed(bridge, Policy())
        said = await agent(bridge, text="too late")
        [receipt] = await bridge.world.reached(1, kind="receipt")
        assert (receipt["body"]["id"], receipt["body"]["status"]) == (said, "Failed")
        assert "24-hour window" in receipt["body"]["reasons"][0]["message"]
        assert await bridge.world.sent() == []


async def test_sent_as_the_tenants_template(build: Build) -> None:
    async with build() as bridge:
        name, language = await _with_one_variable(bridge)
        policy = Policy(window=WindowPolicy.template, window_template=name, window_language=language)
        await closed(bridge, policy)
        await agent(bridge, text="your parcel\nis here")
        [sent] = await bridge.world.sent(1, status="read")
        assert sent["body"]["template"]["name"] == name
        assert sent["body"]["template"]["components"] == [
            {"type": "body", "parameters": [{"type": "text", "text": "your parcel is here"}]}
        ]


async def _with_one_variable(bridge: Bridge) -> tuple[str, str]:
    """Of the simulated Meta's templates the one whose body has one variable, once the engine has read it."""
    found: list[tuple[str, str]] = []

    async def read() -> bool:
        kept = await bridge.engine.rt.templates.list(bridge.tenants[0].id)
        bodies = {(one.name, one.language): part for one in kept for part in one.components if part["type"] == "BODY"}
        headed = {(one.name, one.language) for one in kept if any(part["type"] == "HEADER" for part in one.components)}
        found[:] = [key for key, body in bodies.items() if body["text"].count("{{") == 1 and key not in headed]
        return bool(found)

    assert await eventually(read)
    return found[0]


async def test_held_until_the_customer_writes_in_order_and_once(build: Build) -> None:
    async with build() as bridge:
        await closed(bridge, Policy(window=WindowPolicy.hold))
        for text in ("one", "two", "three"):
            await agent(bridge, text=text)

        async def held() -> bool:
            return bool(await bridge.engine.rt.db.fetchval("select count(*) = 3 from waiting"))

        assert await eventually(held)
        assert await bridge.world.sent() == []
        await customer(bridge, {"type": "text", "text": "I am back"})
        sent = await bridge.world.sent(3, status="read")
        assert [one["text"] for one in sent] == ["one", "two", "three"]
        assert await bridge.engine.rt.db.fetchval("select count(*) from waiting") == 0


async def test_the_capability_document_says_what_may_be_said_now(build: Build) -> None:
    async with build() as bridge:
        await opened(bridge)
        rt, tenant = bridge.engine.rt, bridge.tenants[0].id
        path = f"{bridge.url}/api/v1/tenants/{tenant}/conversations"
        id_ = await rt.db.fetchval("select id from conversations")
        _, key = await rt.keys.add(Caller.host(), "tests", [Action.conversations_read])
        headers = {"Authorization": f"Bearer {key}"}
        async with rt.http.get(f"{path}/{id_}/capabilities", headers=headers) as answer:
            document, tag = await answer.json(), answer.headers["ETag"]
        assert document["window"]["open"]
        assert document["media"]["image"]["size"] == 5 * 1024 * 1024
        async with rt.http.get(f"{path}/{id_}/capabilities", headers={**headers, "If-None-Match": tag}) as answer:
            assert answer.status == 304
        async with rt.http.get(f"{path}/other/capabilities", headers=headers) as answer:
            assert (answer.status, (await answer.json())["detail"]) == (
                404,
                f"Tenant {tenant} has no conversation other.",
            )


async def test_what_the_channel_says_of_its_window_is_believed(build: Build) -> None:
    """Only Meta knows that it is closed: after one refusal nothing is tried in vain until the customer writes."""
    async with build() as bridge:
        rt = bridge.engine.rt
        await opened(bridge)
        number = bridge.tenants[0].number
        shut = {"phone_number_id": number, "open": False}
        await bridge.world.call("POST", f"/api/graph/customers/{MARIA}/window", shut)
        await agent(bridge, text="too late")
        await bridge.world.reached(1, kind="receipt")

        async def known() -> bool:
            return bool(await rt.db.fetchval("select window_until <= now() from conversations"))

        assert await eventually(known)
        tried = len(await bridge.world.sent())
        await agent(bridge, text="still there?")
        _, second = await bridge.world.reached(2, kind="receipt")
        assert "24-hour window" in second["body"]["reasons"][0]["message"]
        assert len(await bridge.world.sent()) == tried
        await customer(bridge, {"type": "text", "text": "yes"})
        await bridge.world.reached(2)
        await agent(bridge, text="good")
        *_, last = await bridge.world.sent(1, status="read")
        assert last["text"] == "good"
