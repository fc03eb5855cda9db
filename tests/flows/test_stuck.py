"""A consumer that is stuck, or that the broker has lost, is what the watchdog is told of; one that waits is not."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import pytest

from tests.conftest import Configure
from tests.world import eventually
from xyper_engine import hookimpl
from xyper_engine.broker.journal import Journal
from xyper_engine.contract import Target, Transformer
from xyper_engine.engine import Engine, opened
from xyper_engine.model import CANARY, Direction, Utterance
from xyper_engine.routing import pulse
from xyper_engine.runtime import Runtime

SETTINGS: dict[str, Any] = {
    "canary": {"enabled": True, "interval": 0.2, "patience": 60.0}, "plugins": {"sim": {"canary": True}},
    "routing": {"transformer_timeout": 60.0}, "watchdog": {"consumer": 1.0},
}  # fmt: skip


class Hanging:
    """Waits for what never comes."""

    name = "hanging"
    direction = Direction.inbound
    order = 50
    on_failure: ClassVar[str] = "stop"

    async def apply(self, event: Utterance, to: Target, rt: Runtime) -> Utterance:
        await asyncio.Event().wait()
        return event


class HangingPlugin:
    @hookimpl
    def xyper_transformers(self, settings: object) -> Iterable[Transformer]:
        return [Hanging()]


@asynccontextmanager
async def watched(
    configure: Configure, monkeypatch: pytest.MonkeyPatch, **extra: object
) -> AsyncIterator[tuple[Engine, list[str]]]:
    monkeypatch.setattr(pulse, "BEAT", 0.1)
    bites: list[str] = []
    async with opened(configure(SETTINGS), extra=extra, bite=bites.append) as engine:
        yield engine, bites


async def test_a_message_that_never_ends(configure: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
    async with watched(configure, monkeypatch, hang=HangingPlugin()) as (_, bites):

        async def bitten() -> bool:
            return bites != []

        assert await eventually(bitten)
        assert bites[0].startswith(f"Nothing of in.{CANARY} was settled for 1 seconds")


async def test_a_consumer_that_the_broker_has_lost(configure: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
    async with watched(configure, monkeypatch) as (engine, bites):
        broker = engine.rt.broker
        assert isinstance(broker, Journal)

        async def consumed() -> bool:
            return f"signals.{CANARY}" in broker._queues

        async def bitten() -> bool:
            return bites != []

        assert await eventually(consumed)
        await asyncio.sleep(1.5)
        assert bites == [], "all is well"
        broker._queues[f"signals.{CANARY}"].rewind()
        assert await eventually(bitten)
        assert bites[0].startswith(f"The broker has seen no consumer of signals.{CANARY} for 1 seconds")
