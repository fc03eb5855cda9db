"""A `Runtime` for short commands: all of it but the broker, whose journal belongs to the running engine alone."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from xyper_engine.broker.port import Depth, Outgoing, Receiver, Spool, Subscription
from xyper_engine.errors import BrokerUnavailable, Unavailable
from xyper_engine.runtime import Runtime, open_runtime
from xyper_engine.sections import Cache, Media
from xyper_engine.settings import Settings

_WHY = "This command does not open the broker: the engine does."


class NoBroker:
    """Satisfies `Broker` by refusing everything."""

    connected = False
    spooled = 0
    convoy = None
    spool = Spool()

    async def declare(self, queues: Sequence[str]) -> None:  # noqa: ARG002
        raise Unavailable(_WHY)

    async def publish(self, batch: Sequence[Outgoing]) -> None:  # noqa: ARG002
        raise BrokerUnavailable(_WHY)

    async def consume(self, queue: str, receiver: Receiver, prefetch: int) -> Subscription:  # noqa: ARG002
        raise Unavailable(_WHY)

    async def depth(self, queue: str) -> Depth:  # noqa: ARG002
        raise Unavailable(_WHY)

    async def remove(self, queues: Sequence[str]) -> None:  # noqa: ARG002
        raise Unavailable(_WHY)

    async def scrub(self) -> None:
        raise Unavailable(_WHY)

    async def close(self) -> None:
        """Nothing to let go of."""


def open_accounts(settings: Settings) -> AbstractAsyncContextManager[Runtime]:
    """What an adapter needs to prove an account, whether or not cache, media store and broker are there."""
    own = {"cache": Cache(), "media": Media()}
    return open_runtime(settings.model_copy(update=own), given=NoBroker())
