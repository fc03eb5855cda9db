"""The replayer: dead letters that somebody asked for go back into their queues, one after another.

Each goes behind whatever waits there, so it overtakes nothing of its conversation; and the ledger knows what was sent
of it, so however often it comes, it is delivered once.
"""

import asyncio
import time
from collections.abc import Sequence

from pydantic import ValidationError

from xyper_engine.broker import topology
from xyper_engine.broker.port import Outgoing
from xyper_engine.contract import RawRequest
from xyper_engine.ending import end
from xyper_engine.errors import NotFound, Unavailable, XyperError
from xyper_engine.model import load, now
from xyper_engine.plugins import Registry
from xyper_engine.routing.intake import place
from xyper_engine.routing.undertaker import persistently
from xyper_engine.routing.whole import whole_of
from xyper_engine.runtime import Runtime
from xyper_engine.state.dead_letters import DeadLetter
from xyper_engine.state.dead_replays import DeadReplays, Replay
from xyper_engine.within import within

_LOOK = 10.0
"""Seconds between two looks at what nobody told us of: another engine may have died at work."""
_BATCH = 100


class Replayer:
    def __init__(self, rt: Runtime, registry: Registry) -> None:
        self._rt = rt
        self._registry = registry
        self._replays = DeadReplays(rt.db, rt.dead_letters)
        self._asked = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        for work, name in ((self._listen(), "replays asked for"), (self._look(), "replays")):
            self._start(asyncio.create_task(work, name=name))

    async def stop(self) -> None:
        await end(*self._tasks)

    def _start(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _listen(self) -> None:
        async for _ in self._rt.db.listen("xyper_replay"):
            self._asked.set()

    async def _look(self) -> None:
        while True:
            await within(_LOOK, self._asked)
            self._asked.clear()
            try:
                for replay in await self._replays.claim():
                    self._start(asyncio.create_task(self._work(replay), name=f"replay {replay.id}"))
            except Unavailable as error:
                self._rt.once.warning("put off", task="replayer", reason=str(error))

    async def _work(self, replay: Replay) -> None:
        """All of it, at its pace; what follows of the same tenant is looked for when it ends."""
        try:
            await persistently(self._rt, lambda: self._letters(replay))
        except Exception:
            self._rt.log.exception("bug", task="replayer", replay=replay.id)
            return  # the lease runs out, and it is tried again
        except asyncio.CancelledError:
            await asyncio.shield(self._replays.let_go(replay.id))
            raise
        self._asked.set()

    async def _letters(self, replay: Replay) -> None:
        most = max(1, min(_BATCH, int(replay.rate)))
        while letters := await self._replays.next(replay.id, most):
            began = time.monotonic()
            for n, letter in enumerate(letters):
                await asyncio.sleep(began + n / replay.rate - time.monotonic())
                await self._again(letter)
            # Before the next ones are asked for: who cancels meanwhile has cancelled those.
            await asyncio.sleep(began + len(letters) / replay.rate - time.monotonic())
        await self._replays.finish(replay.id)
        self._rt.log.info("replay ended", task="replayer", tenant=replay.tenant, replay=replay.id)

    async def _again(self, letter: DeadLetter) -> None:
        try:
            batch = await self._revived(letter)
        except Unavailable:
            raise
        except (XyperError, ValidationError) as error:
            self._rt.log.warning("replay failed", event_id=letter.id, reason=type(error).__name__, detail=str(error))
            await self._rt.dead_letters.refuse_replay(letter.id, str(error))
            return
        await self._rt.broker.declare([item.queue for item in batch])
        await self._rt.broker.publish(batch)
        await self._rt.dead_letters.replayed(letter)
        self._rt.log.info("dead letter replayed", event_id=letter.id, tenant=letter.tenant)

    async def _revived(self, letter: DeadLetter) -> Sequence[Outgoing]:
        if letter.source == "unparsed":
            return await self._parsed_again(letter)
        if letter.reason == "unreadable" or whole_of(letter.body):
            return [Outgoing(letter.queue, letter.id, letter.body)]
        event = load(letter.body)
        await self._rt.ledger.reopen(event.key)
        return [Outgoing(topology.queue_of(event), event.id, letter.body)]

    async def _parsed_again(self, letter: DeadLetter) -> Sequence[Outgoing]:
        adapter = self._registry.adapter(letter.adapter or "")
        hook = await self._rt.directory.hook(letter.adapter or "", letter.hook or "")
        if adapter is None or hook is None:
            raise NotFound(f"The hook {letter.adapter}/{letter.hook} that brought it is gone.")
        request = RawRequest("POST", {}, {}, letter.body, now())
        return await place(adapter.parse(request), hook, self._rt.directory)
