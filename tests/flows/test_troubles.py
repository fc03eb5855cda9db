"""When a far side is slow, silent, strict or away: each trouble has one right end."""

import re
import time
from datetime import timedelta

import pytest

from tests.directory import put_tenant
from tests.flows.conftest import Bridge, Build
from tests.world import eventually
from xyper_engine.model import now
from xyper_engine.routing import poster
from xyper_engine.sealing import Sealer
from xyper_engine.tenants.spec import TenantSpec

MARIA, PAOLO = "393331234567", "393337654321"
IMPATIENT = {
    "retry": {"first": 0.05, "most": 0.2},
    "breaker": {"probe": 0.05, "most": 0.2},
}


@pytest.fixture(params=["embedded"])
async def parts() -> dict[str, object]:
    """The router is the same on any parts."""
    return {}


WAITS = {"timeout": 1.0, "unknown_wait": 2.0}


async def texts(bridge: Bridge, count: int) -> list[str]:
    return [row["body"]["text"] for row in await bridge.world.reached(count)]


async def talk(bridge: Bridge, customer: str = MARIA) -> str:
    """A customer says hello; returns the Genesys conversation."""
    tenant = bridge.tenants[0]
    before = len(await bridge.world.call("GET", "/api/cloud/received?kind=message"))
    await bridge.world.write(tenant, customer, "hello")
    await bridge.world.reached(before + 1)
    return str((await bridge.world.conversation(tenant, customer))["id"])


@pytest.mark.parametrize("how", ["accept_then_timeout", "accept_then_reset", "accept_then_500"])
async def test_a_message_that_genesys_took_without_an_answer_is_not_repeated(build: Build, how: str) -> None:
    async with build(settings=IMPATIENT, waits=WAITS) as bridge:
        await talk(bridge)
        await bridge.world.knobs("cloud", **{how: 1})
        await bridge.world.write(bridge.tenants[0], MARIA, "once")
        await bridge.world.write(bridge.tenants[0], MARIA, "after")
        assert await texts(bridge, 3) == ["hello", "once", "after"]


@pytest.mark.parametrize("how", ["accept_then_timeout", "accept_then_reset", "accept_then_500"])
async def test_a_message_that_whatsapp_took_without_an_answer_is_not_repeated(build: Build, how: str) -> None:
    """Its status webhook carries our own id and proves it."""
    async with build(settings=IMPATIENT, waits={**WAITS, "unknown_wait": 20.0}) as bridge:
        conversation = await talk(bridge)
        await bridge.world.knobs("graph", **{how: 1})
        await bridge.world.say(conversation, "once")
        await bridge.world.say(conversation, "after")
        assert [row["text"] for row in await bridge.world.sent(2)] == ["once", "after"]
        await bridge.world.reached(2, kind="receipt")


async def test_what_stays_unknown_is_sent_again_after_the_wait_and_counted(build: Build) -> None:
    async with build(settings=IMPATIENT, waits={**WAITS, "unknown_wait": 0.5}) as bridge:
        conversation = await talk(bridge)
        await bridge.world.knobs("graph", accept_then_reset=1, no_status=["sent", "delivered", "read"])
        await bridge.world.say(conversation, "twice")
        assert [row["text"] for row in await bridge.world.sent(2)] == ["twice", "twice"]
        assert b'xyper_unknown_sends_total{adapter="whatsapp",ended="resent"} 1.0' in bridge.engine.rt.metrics.text()


async def test_an_engine_that_stood_still_before_it_sent_does_not_send(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another one may have sent it meanwhile: it looks first, and here nobody has."""
    stood: list[str] = []

    def stand(at: str) -> None:
        if at == "claimed" and not stood:
            stood.append(at)
            time.sleep(1.2)

    async with build(settings=IMPATIENT, waits=WAITS) as bridge:
        await talk(bridge)
        monkeypatch.setattr(poster, "crossed", stand)
        await bridge.world.write(bridge.tenants[0], MARIA, "once")
        assert await texts(bridge, 2) == ["hello", "once"]
        assert b'reason="NotYetKnown"' in bridge.engine.rt.metrics.text()


async def test_a_clock_that_jumps_does_not_have_it_sent_again(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    async with build(settings=IMPATIENT, waits={**WAITS, "unknown_wait": 20.0}) as bridge:
        conversation = await talk(bridge)
        await bridge.world.knobs("graph", accept_then_reset=1, no_status=["sent", "delivered", "read"])
        await bridge.world.say(conversation, "once")
        await bridge.world.sent(1)
        monkeypatch.setattr(poster, "now", lambda: now() + timedelta(hours=1))

        async def asked_again() -> bool:
            found = re.search(rb'xyper_retries_total\{.*"NotYetKnown".*\} (\d)', bridge.engine.rt.metrics.text())
            return found is not None and int(found[1]) >= 2

        assert await eventually(asked_again)
        assert [row["text"] for row in await bridge.world.sent(1)] == ["once"]


async def test_a_lane_holds_its_head_and_others_go_on(build: Build) -> None:
    async with build(settings={**IMPATIENT, "breaker": {"failures": 1000}}, waits=WAITS) as bridge:
        world, [tenant] = bridge.world, bridge.tenants
        await talk(bridge)
        await world.knobs("cloud", fail_next=[{"status": 503, "count": 4}])
        for text in ("first", "second", "third"):
            await world.write(tenant, MARIA, text)
        assert (await texts(bridge, 4))[1:] == ["first", "second", "third"]


async def test_a_head_that_never_passes_is_buried_and_the_lane_goes_on(build: Build) -> None:
    patience = {"retry": {"first": 0.05, "most": 0.1, "hold": 0.3}, "breaker": {"failures": 1000}}
    async with build(settings=patience, waits=WAITS) as bridge:
        world, [tenant] = bridge.world, bridge.tenants
        conversation = await talk(bridge)
        await world.knobs("graph", fail_next=[{"status": 500, "code": 131000, "count": 6}])
        await world.say(conversation, "too much")
        answer = await world.reached(1, kind="receipt")
        assert (answer[0]["body"]["status"], answer[0]["body"]["isFinalReceipt"]) == ("Failed", True)
        await world.knobs("graph", fail_next=[])
        await world.say(conversation, "next")
        assert [row["text"] for row in await world.sent(1)] == ["next"]
        [letter] = await bridge.engine.rt.dead_letters.list(tenant=tenant.id)
        assert letter.source == "route"
        assert b"too much" in (await bridge.engine.rt.dead_letters.show(letter.id)).body


async def test_a_429_is_waited_for(build: Build) -> None:
    async with build(settings=IMPATIENT, waits=WAITS) as bridge:
        await talk(bridge)
        refusal = {"status": 429, "code": "too.many.requests.retry.after", "headers": {"Retry-After": "1"}}
        await bridge.world.knobs("cloud", fail_next=[refusal])
        start = time.monotonic()
        await bridge.world.write(bridge.tenants[0], MARIA, "later")
        assert await texts(bridge, 2) == ["hello", "later"]
        assert time.monotonic() - start >= 0.9


@pytest.mark.parametrize(("code", "reason"), [(131047, "MessageNotAllowed"), (131026, None), (131050, None)])
async def test_a_failure_told_by_a_status_reaches_the_agent_once(build: Build, code: int, reason: str | None) -> None:
    async with build(settings=IMPATIENT, waits=WAITS) as bridge:
        conversation = await talk(bridge)
        await bridge.world.knobs("graph", fail_delivery=[code])
        message = await bridge.world.say(conversation, "hm")
        [receipt] = await bridge.world.reached(1, kind="receipt")
        assert (receipt["body"]["id"], receipt["body"]["status"]) == (message, "Failed")
        assert str(code) in receipt["body"]["reasons"][0]["message"]
        assert reason in (None, receipt["body"]["reasons"][0]["code"])
        await bridge.world.settled()
        assert await bridge.world.violations() == []


async def test_a_message_that_whatsapp_refuses_is_a_dead_letter_and_a_failed_receipt(build: Build) -> None:
    async with build(settings=IMPATIENT, waits=WAITS) as bridge:
        conversation = await talk(bridge)
        await bridge.world.knobs("graph", fail_next=[{"status": 400, "code": 131009}])
        message = await bridge.world.say(conversation, "no")
        [receipt] = await bridge.world.reached(1, kind="receipt")
        assert (receipt["body"]["id"], receipt["body"]["status"]) == (message, "Failed")
        [letter] = await bridge.engine.rt.dead_letters.list()
        assert (letter.reason, letter.code, letter.direction) == ("rejected", "131009", "outbound")


async def test_a_token_that_ends_in_flight_is_renewed(build: Build) -> None:
    async with build(settings=IMPATIENT, waits=WAITS) as bridge:
        await talk(bridge)
        await bridge.world.call("DELETE", "/api/cloud/tokens")
        await bridge.world.write(bridge.tenants[0], MARIA, "still here")
        assert await texts(bridge, 2) == ["hello", "still here"]


async def test_a_far_side_that_is_away_pauses_its_tenant_and_nobody_else(build: Build) -> None:
    async with build(
        tenants=2, settings={**IMPATIENT, "breaker": {"failures": 2, "probe": 0.1, "most": 0.2}}, waits=WAITS
    ) as bridge:
        world, (sick, well) = bridge.world, bridge.tenants
        await world.knobs("cloud", down_accounts=[sick.client, sick.integration])
        for n in range(5):
            await world.write(sick, MARIA, f"waits {n}")
            await world.write(well, PAOLO, f"passes {n}")
        assert await texts(bridge, 5) == [f"passes {n}" for n in range(5)]

        async def paused() -> bool:
            return f'xyper_breaker_open{{account="genesys/{sick.integration}"}} 1.0' in metrics()

        def metrics() -> str:
            return bridge.engine.rt.metrics.text().decode()

        assert await eventually(paused)
        await world.knobs("cloud", down_accounts=[])
        assert (await texts(bridge, 10))[5:] == [f"waits {n}" for n in range(5)]
        assert await bridge.engine.rt.dead_letters.list() == []


async def test_messages_of_a_suspended_tenant_wait_until_it_is_resumed(build: Build) -> None:
    async with build(tenants=2, settings=IMPATIENT, waits=WAITS) as bridge:
        world, rt, (still, other) = bridge.world, bridge.engine.rt, bridge.tenants
        sealer = Sealer.from_settings(rt.settings)
        await world.write(still, MARIA, "before")
        await world.reached(1)
        await put_tenant(rt.db, sealer, TenantSpec(id=still.id, name="still", state="suspended"))

        async def quiet() -> bool:
            return (await rt.broker.depth(f"in.{still.id}")).consumers == 0

        assert await eventually(quiet)
        await world.write(still, MARIA, "meanwhile")
        await world.write(other, PAOLO, "free")
        assert await texts(bridge, 2) == ["before", "free"]
        await put_tenant(rt.db, sealer, TenantSpec(id=still.id, name="still", state="active"))
        assert await texts(bridge, 3) == ["before", "free", "meanwhile"]


async def test_a_long_answer_is_split_in_order_and_ends_in_one_receipt(build: Build) -> None:
    async with build(settings=IMPATIENT, waits=WAITS) as bridge:
        conversation = await talk(bridge)
        words = " ".join(f"word{n}" for n in range(1200))
        await bridge.world.say(conversation, words)
        rows = await bridge.world.sent(3, status="read")
        assert " ".join(row["text"] for row in rows) == words
        await bridge.world.settled()
        assert len(await bridge.world.reached(1, kind="receipt")) == 1


async def test_blue_ticks_when_a_message_reaches_genesys_if_a_tenant_wants_them(build: Build) -> None:
    async with build(waits={"mark_read": "published"}) as bridge:
        wamid = await bridge.world.write(bridge.tenants[0], MARIA, "seen?")

        async def blue() -> bool:
            rows = (await bridge.world.call("GET", "/api/graph/received"))["received"]
            return any(row["id"] == wamid and row["status"] == "read" for row in rows)

        assert await eventually(blue)


async def test_a_customer_without_a_phone_number(build: Build) -> None:
    """Known by the business-scoped user id only: it is what Genesys sees, and where the answer goes."""
    async with build(settings=IMPATIENT, waits=WAITS) as bridge:
        world, [tenant] = bridge.world, bridge.tenants
        await world.call("PUT", f"/api/graph/customers/{MARIA}", {"hidden": True, "bsuid": "IT.13491208655302741918"})
        await world.write(tenant, MARIA, "who am I?")
        [message] = await world.reached(1)
        assert message["body"]["channel"]["from"] == {
            **message["body"]["channel"]["from"],
            "id": "IT.13491208655302741918",
            "idType": "Opaque",
        }
        await world.say(message["conversation"], "a friend")
        [sent] = await world.sent(1, status="read")
        assert sent["body"]["recipient"] == "IT.13491208655302741918"
        assert "to" not in sent["body"]
