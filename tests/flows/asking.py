"""Programs that ask several engines which conversation is meant, and note things in it, while customers write."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp

from tests.world import Tenant, World, eventually

Lane = tuple[str, str]
"""A tenant's id and a customer's number, as the texts of a workload name them."""


class Asker:
    """Every answer must be right at every engine, whatever becomes of the cache; only a new thread may be unknown."""

    def __init__(self, world: World, tenants: Sequence[Tenant], engines: Sequence[str], key: str) -> None:
        self._world = world
        self._tenants = {one.id: one for one in tenants}
        self._engines = engines
        self._headers = {"Authorization": f"Bearer {key}"}
        self._ids: dict[Lane, str] = {}
        self._notes = 0

    async def round(self) -> None:
        """All questions that there are to ask just now; and one note, written at one engine and read at the others."""
        lanes = await self._threads()
        asked = [(engine, thread, lane) for thread, lane in lanes.items() for engine in self._engines]
        await asyncio.gather(*(self._assert_right(*one) for one in asked))
        for lane in list(self._ids)[:1]:
            await self._note(lane)

    async def settled(self) -> int:
        """Every conversation there is, is known at every engine; by how many ids and names a round asks each engine."""

        async def all_known() -> bool:
            await self.round()
            return set(self._ids) == set((await self._threads()).values())

        assert await eventually(all_known)
        return 2 * len(await self._threads()) + len(self._ids)

    async def _threads(self) -> Mapping[str, Lane]:
        """Genesys' conversations, as Genesys knows them."""
        rows = await self._world.call("GET", "/api/cloud/received?kind=message")
        named = {row["conversation"]: row["body"]["text"].rpartition(" in #")[0].partition("/") for row in rows}
        return {thread: (tenant, customer) for thread, (tenant, _, customer) in named.items()}

    async def _assert_right(self, engine: str, thread: str, lane: Lane) -> None:
        tenant = self._tenants[lane[0]]
        status, told = await self._ask(engine, lane, f"/mapping?thread={thread}")
        if status == 404:
            assert lane not in self._ids, f"{engine} forgot a conversation"
            return
        [found] = told["conversations"]
        assert self._ids.setdefault(lane, found["id"]) == found["id"]
        assert found["customer"] == f"whatsapp/{tenant.number}"
        assert found["agent"] == f"genesys/{tenant.integration}"
        customer = f"number=whatsapp/{tenant.number}&contact=tel:%2B{lane[1]}"
        assert await self._ask(engine, lane, f"/mapping?{customer}") == (200, told)
        status, threads = await self._ask(engine, lane, f"/conversations/{found['id']}/threads")
        assert thread in {one["thread"] for one in threads["threads"]}

    async def _note(self, lane: Lane) -> None:
        self._notes += 1
        path, note = f"/conversations/{self._ids[lane]}/context", {"n": self._notes}
        writes = self._engines[self._notes % len(self._engines)]
        status, _ = await self._ask(writes, lane, path, "PATCH", note)
        assert status == 200
        for engine in self._engines:
            status, told = await self._ask(engine, lane, path)
            assert (status, told["values"]) == (200, note)

    async def _ask(
        self, engine: str, lane: Lane, path: str, method: str = "GET", body: object = None
    ) -> tuple[int, Any]:
        url = f"{engine}/api/v1/tenants/{lane[0]}{path}"
        headers = {**self._headers, "If-Match": "*"} if body else self._headers
        async with aiohttp.ClientSession() as http, http.request(method, url, json=body, headers=headers) as answer:
            assert answer.status in (200, 404), await answer.text()
            return answer.status, await answer.json()
