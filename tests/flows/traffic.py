"""Traffic that goes on while a test changes something: what was sent arrives, in order, and nothing is refused."""

import asyncio

from tests.world import Tenant, World

CUSTOMER = "393331234567"


class Traffic:
    """A customer writes and an agent answers, one message after another, until told to stop."""

    def __init__(self, world: World, tenant: Tenant) -> None:
        self._world = world
        self._tenant = tenant
        self._count = self._came = self._went = 0
        self._stop = asyncio.Event()
        self._more = asyncio.Event()
        self._turn = asyncio.Lock()
        self._task = asyncio.create_task(self._run(), name="traffic")

    async def flow(self, count: int = 2) -> None:
        """So many more of each."""
        for _ in range(count):
            self._more.clear()
            async with asyncio.timeout(20):
                await self._more.wait()

    async def pause(self) -> None:
        """Nobody writes until told to go on; what was written has arrived."""
        await self._turn.acquire()
        await self._world.sent(self._count, status="read")
        await self._world.settled()

    def go_on(self) -> None:
        self._turn.release()

    async def end(self) -> None:
        """All of it has arrived, in order, and no webhook was refused even once."""
        self._stop.set()
        await self._task
        numbers, world = range(1, self._count + 1), self._world
        texts = [row["body"]["text"] for row in await world.reached(self._came + self._count + 1)]
        assert texts[self._came :] == ["hello", *(f"question {n}" for n in numbers)]
        sent = await world.sent(self._went + self._count, status="read")
        assert [row["text"] for row in sent[self._went :]] == [f"answer {n}" for n in numbers]
        await world.settled()
        hooks = await world.call("GET", "/api/webhooks")
        assert {one["status"] for hook in hooks for one in hook["attempts"]} == {200}

    async def _run(self) -> None:
        self._came, self._went = len(await self._world.reached(0)), len(await self._world.sent())
        await self._world.write(self._tenant, CUSTOMER, "hello")
        first = (await self._world.reached(self._came + 1))[-1]
        while not self._stop.is_set():
            async with self._turn:
                self._count += 1
                await self._world.write(self._tenant, CUSTOMER, f"question {self._count}")
                await self._world.say(first["conversation"], f"answer {self._count}")
                await self._world.reached(self._came + self._count + 1)
            self._more.set()
            await asyncio.sleep(0)  # whoever wants a pause takes the turn now
