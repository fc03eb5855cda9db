"""Conversations over time: they end without a word, are opened anew, and carry what is known of them to the agents."""

from typing import Any

import aiohttp
import pytest

from tests.flows.conftest import Bridge, Build
from tests.world import eventually
from xyper_engine.access.caller import Caller
from xyper_engine.access.roles import Action, Role, actions_of
from xyper_engine.routing.pace import Pace
from xyper_engine.routing.watchman import Watchman
from xyper_engine.tenant_rules import PluginRules
from xyper_engine.tenants.decisions import Decisions

MARIA = "393331234567"
QUIET = {"settings": {"conversations": {"check_first": 0.01}}, "cloud": {"rate": 0}}


class Desk:
    """A program with a key, and what it can see of Maria's conversation."""

    def __init__(self, bridge: Bridge, key: str) -> None:
        self.bridge, self._key = bridge, key
        self.path = f"/api/v1/tenants/{bridge.tenants[0].id}/conversations"

    @classmethod
    async def of(cls, bridge: Bridge) -> "Desk":
        _, key = await bridge.engine.rt.keys.add(Caller.host(), "tests", list(actions_of(Role.xyper_admin)))
        return cls(bridge, key)

    async def ask(self, method: str, path: str = "", body: object = None, **headers: str) -> tuple[int, Any]:
        proof = {"Authorization": f"Bearer {self._key}", **headers}
        url = self.bridge.url + self.path + path
        async with aiohttp.ClientSession() as http, http.request(method, url, json=body, headers=proof) as answer:
            return answer.status, await answer.json() if answer.status != 204 else None

    async def write(self, text: str, count: int) -> dict[str, Any]:
        """Maria writes; what Genesys took, once our side has noted it."""
        await self.bridge.world.write(self.bridge.tenants[0], MARIA, text)
        taken = (await self.bridge.world.reached(count))[-1]

        async def noted() -> bool:
            return bool(await self.bridge.engine.rt.db.fetchval(_NOTED, taken["conversation"]))

        assert await eventually(noted)
        return dict(taken)

    async def one(self) -> dict[str, Any]:
        _, page = await self.ask("GET")
        return dict(page["conversations"][0])

    async def threads(self) -> list[dict[str, Any]]:
        return list((await self.ask("GET", f"/{(await self.one())['id']}/threads"))[1]["threads"])

    async def decide(self, **policy: Any) -> None:
        rt, tenant = self.bridge.engine.rt, self.bridge.tenants[0].id
        await Decisions(rt.db, PluginRules(self.bridge.engine.registry)).decide(Caller.host(), tenant, policy)

        async def known() -> bool:
            held = await rt.directory.policy(tenant)
            return all(held.model_dump()[name] == value for name, value in policy.items())

        assert await eventually(known)

    async def look(self) -> None:
        """The watchman has asked what is due."""
        await Watchman(self.bridge.engine.rt, self.bridge.engine.registry, Pace()).round()


_NOTED = "select true from conversations where thread = $1 and ended_at is null"


async def test_an_end_is_found_out_and_a_later_message_opens_it_anew(build: Build) -> None:
    async with build(**QUIET) as bridge:
        desk = await Desk.of(bridge)
        taken = await desk.write("hello", 1)
        assert (await desk.one())["state"] == "open"
        await bridge.world.call("POST", f"/api/cloud/conversations/{taken['conversation']}/disconnect")

        async def closed() -> bool:
            await desk.look()
            return str((await desk.one())["state"]) == "closed"

        assert await eventually(closed)
        again = await desk.write("one more thing", 2)
        assert again["conversation"] == taken["conversation"], "within Genesys' threading timeline"
        newest, first = await desk.threads()
        assert (newest["reopened"], newest["ended_by"]) == (True, None)
        assert (first["reopened"], first["ended_by"], first["thread"]) == (False, "agent", taken["conversation"])
        assert {one["purpose"] for one in first["participants"]} == {"customer", "agent"}


async def test_a_trigger_has_it_looked_at_before_its_time(build: Build) -> None:
    async with build(settings={"conversations": {"check_first": 3600}}, cloud={"rate": 0}) as bridge:
        desk = await Desk.of(bridge)
        taken = await desk.write("hello", 1)
        await desk.look()
        body = {"thread": taken["conversation"]}
        await bridge.world.call("POST", f"/api/cloud/conversations/{taken['conversation']}/disconnect")
        await desk.look()
        assert (await desk.one())["state"] == "open", "its time has not come"
        assert (await desk.ask("POST", "/ended", body))[0] == 204

        async def closed() -> bool:
            await desk.look()
            return str((await desk.one())["state"]) == "closed"

        assert await eventually(closed)


async def test_a_triggers_key_opens_nothing_else(build: Build) -> None:
    async with build(tenants=2, **QUIET) as bridge:
        keys, (own, other) = bridge.engine.rt.keys, bridge.tenants
        _, key = await keys.add(Caller.host(), "trigger", [Action.conversations_end], own.id)
        trigger, nobody, body = Desk(bridge, key), Desk(bridge, "wrong"), {"thread": "thread-1"}
        foreign = f"/../../{other.id}/conversations/ended"
        asked = [trigger.ask("POST", "/ended", body), nobody.ask("POST", "/ended", body), trigger.ask("GET"),
                 trigger.ask("POST", foreign, body), trigger.ask("POST", "/ended", {})]  # fmt: skip
        assert [(await one)[0] for one in asked] == [204, 401, 403, 404, 422]


async def test_the_longer_nothing_is_heard_the_rarer_it_asks(build: Build) -> None:
    """Also while Genesys is down: then nothing is taken for ended."""
    async with build(settings={"conversations": {"check_first": 60, "check_most": 200}}, cloud={"rate": 0}) as bridge:
        desk, db = await Desk.of(bridge), bridge.engine.rt.db
        taken = await desk.write("hello", 1)
        pauses = []
        for n in range(4):
            await db.execute("update conversations set changed_at = now() - interval '1 day'")
            await db.execute("update threads set check_at = now()")
            await bridge.world.knobs("cloud", down=n in (1, 2))
            await desk.look()
            pauses.append(await db.fetchval("select extract(epoch from check_at - now())::int from threads"))
        assert pauses == pytest.approx([60, 120, 200, 200], abs=10)
        assert [one["thread"] for one in await desk.threads()] == [taken["conversation"]]
        assert (await desk.one())["state"] == "open"


async def test_a_trigger_that_is_wrong_ends_nothing(build: Build) -> None:
    async with build(**QUIET) as bridge:
        desk = await Desk.of(bridge)
        taken = await desk.write("hello", 1)
        for thread in (taken["conversation"], "no-conversation-of-ours"):
            assert (await desk.ask("POST", "/ended", {"thread": thread}))[0] == 204
        await desk.look()
        assert (await desk.one())["state"] == "open"


async def test_a_customers_silence_ends_it_where_the_tenant_says_so(build: Build) -> None:
    async with build(**QUIET) as bridge:
        desk = await Desk.of(bridge)
        await desk.write("hello", 1)
        await desk.look()
        assert (await desk.one())["state"] == "open"
        await desk.decide(end_after=1e-6)

        async def closed() -> bool:
            await bridge.engine.rt.db.execute("update threads set check_at = now() where ended_at is null")
            await desk.look()
            return str((await desk.one())["state"]) == "closed"

        assert await eventually(closed)
        assert [one["ended_by"] for one in await desk.threads()] == ["policy"]
        found = await bridge.world.conversation(bridge.tenants[0], MARIA)
        assert found["connected"] is False, "Genesys was told"


async def test_agents_are_told_what_the_tenant_allows_of_the_context(build: Build) -> None:
    async with build(**QUIET) as bridge:
        desk = await Desk.of(bridge)
        await desk.write("hello", 1)
        path = f"/{(await desk.one())['id']}/context"
        note = {"language": "it", "tier": {"name": "gold"}, "debts": "secret"}
        assert (await desk.ask("PATCH", path, note))[0] == 428
        status, told = await desk.ask("PATCH", path, note, **{"If-Match": '"0"'})
        assert (status, told["version"], told["values"]) == (200, 1, note)
        assert (await desk.ask("PATCH", path, {"language": "de"}, **{"If-Match": '"0"'}))[0] == 412
        assert (await desk.ask("GET", path))[1]["values"] == note
        await desk.decide(context_to_agents=("language", "tier", "unknown"))
        taken = await desk.write("again", 2)
        attributes = taken["body"]["channel"]["metadata"]["customAttributes"]
        told = {name: value for name, value in attributes.items() if name.startswith("xyper_context_")}
        assert told == {"xyper_context_language": "it", "xyper_context_tier": '{"name":"gold"}'}


async def test_conversations_are_listed_by_what_is_known_of_them(build: Build) -> None:
    async with build(**QUIET) as bridge:
        desk = await Desk.of(bridge)
        taken = await desk.write("hello", 1)
        tenant = bridge.tenants[0]
        await bridge.world.write(tenant, "393339999999", "hello too")
        await bridge.world.reached(2)
        wanted = {
            "": 2,
            "?state=open": 2,
            "?state=closed": 0,
            f"?number=whatsapp/{tenant.number}": 2,
            "?number=whatsapp/1": 0,
            f"?number=genesys/{tenant.number}": 0,
            f"?contact=tel:%2B{MARIA}": 1,
            f"?thread={taken['conversation']}": 1,
        }

        async def listed() -> bool:
            found = {query: len((await desk.ask("GET", query))[1]["conversations"]) for query in wanted}
            return found == wanted

        assert await eventually(listed)
        _, first = await desk.ask("GET", "?limit=1")
        _, second = await desk.ask("GET", f"?limit=1&cursor={first['next']}")
        assert second["next"] is None
        contacts = [page["conversations"][0]["contact"] for page in (second, first)]
        assert contacts == ["tel:+39…67", "tel:+39…99"], "whole numbers are not told"
