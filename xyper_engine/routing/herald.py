"""The herald: posts what agents send from the widget into their conversation, as them, each line once.

    due → claimed → where do they speak? → said → noted under its id            and the webhook brings it back
                                             └ no clear answer → is it there? → noted, or said again

A line of unknown fate is never repeated blindly: what was said in the conversation is read back first. Several engines
share the work by claims that last a while; whoever comes late with a claim that is over changes nothing.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

from xyper_engine.abilities import KeepsHistory, Span
from xyper_engine.agents import SpeaksAsAgent
from xyper_engine.contract import Priority, Rate
from xyper_engine.ending import end
from xyper_engine.errors import AuthRefused, Rejected, SendError, Unsendable
from xyper_engine.model import now
from xyper_engine.plugins import Registry
from xyper_engine.rounds import Round
from xyper_engine.routing.pace import Pace
from xyper_engine.routing.voices import Voices, signed_out
from xyper_engine.runtime import Runtime
from xyper_engine.state.send import Send, State, plain

PAUSE = 0.5
"""Seconds between two looks at what is due, where nobody calls."""
MOST = 50
"""Conversations in one look."""
TIMELY = timedelta(minutes=5)
"""How old a click may be for its line to be said still."""
UNCLEAR = timedelta(minutes=2)
"""For how long an unclear one is looked for."""
FRESH = 2.0
"""Seconds for which a claim is surely ours: who was suspended in between must ask again."""
SKEW = timedelta(seconds=30)
"""By which the agent side's clock may be behind ours."""
ABSENT = 5.0
"""Seconds until somebody who left something waiting, and is not signed in, is looked for again."""
_LATE = "It could not be sent in time: send it again."
_UNCLEAR = "Nobody could find out whether it was sent: look before you send it again."


class Herald:
    def __init__(self, rt: Runtime, registry: Registry, pace: Pace) -> None:
        self._rt = rt
        self._registry = registry
        self._pace = pace
        self._voices = Voices(rt, registry)
        self._at_work: dict[str, asyncio.Task[None]] = {}

    async def round(self) -> int:
        """Begin with what is due; how many conversations it is in. Raises `Unavailable`."""
        due = await self._rt.sends.due(MOST)
        for conversation in due:
            if conversation not in self._at_work:
                task = asyncio.create_task(self._conversation(conversation), name="herald in a conversation")
                self._at_work[conversation] = task
                task.add_done_callback(partial(self._done, conversation))
        return len(due)

    def _done(self, conversation: str, _task: asyncio.Task[None]) -> None:
        self._at_work.pop(conversation, None)

    async def stop(self) -> None:
        """What is under way is of unknown fate then; another engine, or the next one, finds out."""
        tasks = list(self._at_work.values())
        await end(*tasks)

    async def _conversation(self, conversation: str) -> None:
        """All that is due in one, in its order."""
        with Round(self._rt, "herald"):
            while claimed := await self._rt.sends.claim(conversation, self._lease):
                began = time.monotonic()
                await self._one(*claimed, began)
                self._rt.watchers.sent(conversation, claimed[0].id)

    @property
    def _lease(self) -> float:
        """Longer than any call that is made under it."""
        longest = max((adapter.limits.call_wait for adapter in self._registry.adapters.values()), default=15.0)
        return longest + FRESH

    async def _one(self, send: Send, was: State, claimed: float) -> None:
        if was == "posting":
            await self._find(send)
        elif was == "new" and self._stale(send):
            await self._refused(send, "late", _LATE)
        else:
            await self._say(send, was, claimed)

    async def _say(self, send: Send, was: State, claimed: float) -> None:
        wording = send.wording
        assert wording is not None  # noqa: S101  what is withdrawn is not claimed
        try:
            place = await self._voices.place(send.tenant, send.person, send.session, send.agent, send.thread)
            if time.monotonic() - claimed > FRESH:
                await self._rt.sends.put_off(send, was, 0.0)
                return
            far_id = await place.voice.say(wording.line, place.name, place.speaker, self._rt)
        except Unsendable as error:
            await self._unsendable(send, was, error)
        except SendError as error:
            await self._failed(send, was, error)
        else:
            await self._posted(send, far_id)

    async def _unsendable(self, send: Send, was: State, error: Unsendable) -> None:
        """What waited for the customer waits for its agent too; all else is told at once."""
        if was == "waiting" and error.code == "sign_in":
            await self._rt.sends.put_off(send, "waiting", ABSENT)
        else:
            await self._refused(send, error.code, str(error))

    async def _failed(self, send: Send, was: State, error: SendError) -> None:
        self._rt.log.info(
            "not said", task="herald", tenant=send.tenant, send=send.id, reason=type(error).__name__, code=error.code,
            correlation=error.correlation,
        )  # fmt: skip
        if isinstance(error, AuthRefused):
            await self._unsendable(send, was, signed_out())
        elif isinstance(error, Rejected):
            await self._refused(send, "genesys_refused", str(error))
        elif error.certain:
            pause = error.after if error.after is not None else min(2.0**send.tries, 30.0)
            await self._rt.sends.put_off(send, was, pause)
        else:
            await self._find(send)

    async def _find(self, send: Send) -> None:
        """Is it there? Then that is its id; else it is said again, once it can no longer come."""
        began = send.began_at or now()
        try:
            far_id = await self._found(send)
        except SendError as error:
            if now() - began > UNCLEAR:
                if await self._rt.sends.unclear(send, "unclear", _UNCLEAR):
                    self._count(send, "unknown")
                return
            await self._rt.sends.put_off(send, "posting", min(error.after or 1.0, 10.0))
            return
        if far_id is not None:
            await self._posted(send, far_id)
        elif (now() - began).total_seconds() < self._lease:
            await self._rt.sends.put_off(send, "posting", 0.5)
        elif self._stale(send):
            await self._refused(send, "late", _LATE)
        else:
            await self._rt.sends.put_off(send, "new", 0.0)

    async def _posted(self, send: Send, far_id: str) -> None:
        if await self._rt.sends.posted(send, far_id):
            self._count(send, "posted")

    async def _refused(self, send: Send, code: str, words: str) -> None:
        if await self._rt.sends.refused(send, code, words):
            self._count(send, "refused")

    def _count(self, send: Send, ended: str) -> None:
        metrics = self._rt.metrics
        metrics.sends.labels(metrics.tenant(send.tenant), ended).inc()

    async def _found(self, send: Send) -> str | None:
        """The id of a line of these words, said since then, that is nobody else's. Raises a `SendError`."""
        adapter: object = self._registry.adapter(send.agent.adapter)
        account = await self._rt.directory.account(send.agent)
        if account is None or not isinstance(adapter, KeepsHistory) or send.wording is None:
            raise Rejected(f"{send.agent} cannot be asked what was said.")
        span, line = Span((send.began_at or now()) - SKEW), plain(send.wording.line)
        history = await adapter.history(send.thread, account, span, self._turn, self._rt)
        self._pace.learn(history.learned)
        same = [said.message.external_id for said in history.said if plain(said.message.text) == line]
        taken = await self._rt.sends.known(send.agent, same)
        return next((one for one in same if one not in taken), None)

    async def _turn(self, rates: Sequence[Rate]) -> None:
        await self._pace.take(rates, Priority.message)

    def _stale(self, send: Send) -> bool:
        return send.since is not None and now() - send.since > TIMELY


@asynccontextmanager
async def heralding(rt: Runtime, registry: Registry, pace: Pace) -> AsyncIterator[None]:
    """The herald at work, where any adapter can speak as an agent."""
    if not any(isinstance(adapter, SpeaksAsAgent) for adapter in registry.adapters.values()):
        yield
        return
    herald = Herald(rt, registry, pace)
    task = asyncio.create_task(_rounds(rt, herald), name="herald")
    try:
        yield
    finally:
        await end(task)
        await herald.stop()


async def _rounds(rt: Runtime, herald: Herald) -> None:
    while True:
        await rt.sends.called(PAUSE)
        with Round(rt, "herald"):
            await herald.round()
