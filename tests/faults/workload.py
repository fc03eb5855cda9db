"""A seeded workload: many customers write numbered texts, and each text that reaches an agent is answered."""

import asyncio
import random
from collections.abc import Sequence
from typing import Any

from tests.faults.checker import Verdict, check
from tests.world import Tenant, World, eventually


class Workload:
    """Runs until told to stop; then `verdicts` says what became of everything."""

    def __init__(self, world: World, tenants: Sequence[Tenant], seed: int, customers: int = 6) -> None:
        self._world = world
        self._tenants = tenants
        self._dice = random.Random(seed)
        self._customers = [f"39333000{n:04d}" for n in range(customers)]
        self.inbound: list[str] = []
        self.outbound: list[str] = []
        self._serial: dict[str, int] = {}
        self._answered = 0
        self._over = asyncio.Event()

    async def run(self) -> None:
        """Customers and agents at work until `finish`."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._write())
            group.create_task(self._answer())

    def finish(self) -> None:
        self._over.set()

    async def verdicts(self, timeout: float = 90.0) -> tuple[Verdict, Verdict]:
        """Wait until all has arrived, or time is up, and a moment longer for what should not come."""

        async def arrived() -> bool:
            await self._reply_to_new()
            towards_agents, towards_customers = await self._arrived()
            return set(self.inbound) <= set(towards_agents) and set(self.outbound) <= set(towards_customers)

        await eventually(arrived, timeout)
        await self._world.settled(timeout)
        towards_agents, towards_customers = await self._arrived()
        return check(self.inbound, towards_agents), check(self.outbound, towards_customers)

    async def _arrived(self) -> tuple[list[str], list[str]]:
        received = await self._world.call("GET", "/api/cloud/received?kind=message")
        sent = (await self._world.call("GET", "/api/graph/sent"))["sent"]
        return [row["body"]["text"] for row in received], [row["text"] for row in sent]

    async def _write(self) -> None:
        while not self._over.is_set():
            tenant, customer = self._dice.choice(self._tenants), self._dice.choice(self._customers)
            text = self._numbered(f"{tenant.id}/{customer} in")
            self.inbound.append(text)
            await self._world.write(tenant, customer, text)
            await asyncio.sleep(self._dice.uniform(0.0, 0.03))

    async def _answer(self) -> None:
        while not self._over.is_set():
            await self._reply_to_new()
            await asyncio.sleep(0.05)

    async def _reply_to_new(self) -> None:
        """One answer to each message that reached Genesys since the last look."""
        rows: list[dict[str, Any]] = await self._world.call("GET", f"/api/cloud/received?after={self._answered}")
        self._answered += len(rows)
        for row in rows:
            if row["kind"] == "message":
                text = self._numbered(row["body"]["text"].rpartition(" in #")[0] + " out")
                self.outbound.append(text)
                await self._world.say(row["conversation"], text)

    def _numbered(self, lane: str) -> str:
        self._serial[lane] = self._serial.get(lane, -1) + 1
        return f"{lane} #{self._serial[lane]}"
