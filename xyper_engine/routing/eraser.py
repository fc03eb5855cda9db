"""The eraser: forgets whom somebody asked to be forgotten, and certifies it.

It deletes everything twice: first at once, and again when whatever was under way with the person at that moment has
come to its end. An engine that dies at it leaves it to another one, which goes on with what is left.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import timedelta

from xyper_engine.access import audit
from xyper_engine.access.caller import Caller
from xyper_engine.access.certificates import certified
from xyper_engine.ending import end
from xyper_engine.model import now
from xyper_engine.rounds import Round
from xyper_engine.runtime import Runtime
from xyper_engine.state.erasing import Eraser
from xyper_engine.state.erasures import Erasure, Erasures

CHANNEL = "xyper_erasures"
PAUSE = 15.0
"""Seconds between two looks at what has fallen due."""


async def erase(rt: Runtime) -> None:
    """All that is due. Raises `Unavailable`."""
    erasures = Erasures(rt.db, rt.keyring)
    eraser = Eraser(rt.db, rt.keyring, rt.media, rt.contexts, rt.mapping, rt.consents)
    while claimed := await erasures.claim():
        erasure, person = claimed
        await rt.traces.flush()
        await eraser.sweep(erasure, person)
        rt.contacts.expire()
        await rt.broker.scrub()
        if erasure.swept_at is None:
            await erasures.settle(erasure, timedelta(seconds=rt.settings.privacy.settle))
        else:
            await _finish(rt, erasures, await erasures.one(erasure.tenant, erasure.id))


async def _finish(rt: Runtime, erasures: Erasures, erasure: Erasure) -> None:
    at = now()
    certificate, key = await certified(rt.access.signing, "erasure", _statement(rt, erasure, at.timestamp()))
    async with rt.db.tenant(erasure.tenant) as connection:
        if await erasures.finish(connection, erasure, certificate, at):
            after = {"erasure": erasure.id, "removed": erasure.removed, "signed_by": key}
            subject = f"person/{erasure.person}"
            await audit.write(connection, Caller.engine(), "person.erased", subject, erasure.tenant, after=after)
    rt.log.info("a person was erased", task="eraser", tenant=erasure.tenant, erasure=erasure.id)


def _statement(rt: Runtime, erasure: Erasure, at: float) -> dict[str, object]:
    return {
        "iss": rt.settings.public_url, "jti": erasure.id, "sub": erasure.person, "iat": int(at),
        "tenant": erasure.tenant, "asked_by": erasure.asked_by, "asked_at": int(erasure.asked_at.timestamp()),
        "removed": dict(erasure.removed),
    }  # fmt: skip


@asynccontextmanager
async def erasing(rt: Runtime) -> AsyncIterator[None]:
    """The eraser at work. From the beginning on, what came of a forgotten person is dropped."""
    await _safely(rt, rt.tombstones.read())
    tasks = [asyncio.create_task(work(rt), name="eraser") for work in (_listening, _looking)]
    try:
        yield
    finally:
        await end(*tasks)


async def _listening(rt: Runtime) -> None:
    async for _ in rt.db.listen(CHANNEL):
        await _safely(rt, rt.tombstones.read())
        await _safely(rt, erase(rt))
        await _safely(rt, rt.broker.scrub())  # also where another engine erased


async def _looking(rt: Runtime) -> None:
    while True:
        await asyncio.sleep(min(PAUSE, rt.settings.privacy.settle or PAUSE))
        await _safely(rt, erase(rt))


async def _safely(rt: Runtime, work: Awaitable[None]) -> None:
    with Round(rt, "eraser"):
        await work
