"""A breaker per account: while its far side is in trouble, nothing is sent there but one probe at a time.

Its queue is paused by that: the lanes wait here, their window fills, and further messages stay in the broker.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import NamedTuple

import structlog
from prometheus_client import Gauge

from xyper_engine.errors import SendError
from xyper_engine.metrics import Metrics
from xyper_engine.model import Endpoint
from xyper_engine.sections import Breaker as BreakerSettings
from xyper_engine.within import within

_log = structlog.get_logger("xyper.breaker")


class Standing(NamedTuple):
    """Of one that is open."""

    endpoint: Endpoint
    seconds: float
    """For how long."""
    failures: int
    reason: str


class Breaker:
    """Closed until `failures` troubles come in a row; then open, save for a probe every so often."""

    def __init__(self, endpoint: Endpoint, settings: BreakerSettings, metrics: Metrics) -> None:
        self._endpoint = endpoint
        self._settings = settings
        self._metrics = metrics
        self._failures = 0
        self._opened_at = 0.0
        self._why = ""
        self._pause = settings.probe
        self._closed = asyncio.Event()
        self._closed.set()
        self._probe = asyncio.Lock()
        self._watch = _Watch(self)

    @property
    def open(self) -> bool:
        return not self._closed.is_set()

    @property
    def standing(self) -> Standing:
        return Standing(self._endpoint, time.monotonic() - self._opened_at, self._failures, self._why)

    def passage(self) -> AbstractAsyncContextManager[None]:
        """Enter at once while closed. While open, wait; one waiter at a time goes through as the probe."""
        return self._through_probe() if self.open else self._watch

    @asynccontextmanager
    async def _through_probe(self) -> AsyncIterator[None]:
        async with self._as_probe(), self._watch:
            yield

    def heard(self, error: BaseException | None) -> None:
        """How a call ended."""
        if error is None:
            self._succeeded()
        elif isinstance(error, SendError):
            self._failed(error) if error.trips else self._succeeded()

    @asynccontextmanager
    async def _as_probe(self) -> AsyncIterator[None]:
        """Everyone waits for the breaker to close; whoever holds the lock also waits for the time to probe."""
        async with self._probe:
            if self.open:
                await within(self._pause * random.uniform(0.8, 1.2), self._closed)
                if self.open:
                    yield  # the probe: the lock is held until it is known how it went
                    return
        yield

    def _failed(self, error: SendError) -> None:
        self._failures += 1
        if self.open:
            self._pause = min(self._pause * 2, self._settings.most)
        elif self._failures >= self._settings.failures:
            self._closed.clear()
            self._opened_at, self._why = time.monotonic(), f"{type(error).__name__} {error.code}".strip()
            self._gauge().inc()
            _log.warning("traffic paused", account=str(self._endpoint), reason=str(error), failures=self._failures)

    def _succeeded(self) -> None:
        self._failures = 0
        if self.open:
            self._pause = self._settings.probe
            self._closed.set()
            self._gauge().dec()
            _log.info("traffic resumed", account=str(self._endpoint))

    def _gauge(self) -> Gauge:
        # Only what was open once takes a label; those beyond are counted together.
        return self._metrics.breakers.labels(self._metrics.account(str(self._endpoint)))


class _Watch:
    """Tells the breaker how each call ended. One object for all: every message passes here."""

    def __init__(self, breaker: Breaker) -> None:
        self._breaker = breaker

    async def __aenter__(self) -> None:
        """Nothing has to be waited for."""

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._breaker.heard(error)


class Breakers:
    """One breaker per account, made when first needed."""

    def __init__(self, settings: BreakerSettings, metrics: Metrics) -> None:
        self._settings = settings
        self._metrics = metrics
        self._all: dict[Endpoint, Breaker] = {}

    @property
    def open(self) -> Sequence[Standing]:
        return [one.standing for one in self._all.values() if one.open]

    def of(self, endpoint: Endpoint) -> Breaker:
        found = self._all.get(endpoint)
        if found is None:
            found = self._all[endpoint] = Breaker(endpoint, self._settings, self._metrics)
        return found
