"""Signed webhook delivery with a vendor's retry policy, which is data. Every attempt is remembered.

Deliveries run concurrently; those that name the same `lane` go one after another, each after the one before has
arrived or was given up. Neither vendor promises that. It is how they behave on a good day, and what a test of order
needs; the knob `reorder_webhooks` takes it away.
"""

import asyncio
import base64
import hashlib
import hmac
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count, islice
from typing import Any, Literal

import aiohttp

from xyper_sim.knobs import Gate, Side
from xyper_sim.live import Live
from xyper_sim.tasks import Tasks


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When a delivery counts as taken, when it is tried again, and when it is given up. Seconds."""

    taken: frozenset[int]
    retried: frozenset[int] | None
    """HTTP statuses worth another try; None: all that are not `taken`. A timeout or a broken connection always is."""
    first: float
    """Pause after the first try …"""
    factor: float
    """… and by what each later pause is longer."""
    longest: float
    tries: int | None
    keep: float
    timeout: float
    """For one try."""

    def pause(self, tries: int) -> float:
        """Seconds to wait after so many tries."""
        return min(self.longest, self.first * self.factor ** min(tries - 1, 60))

    def again(self, status: int | None) -> bool:
        return status is None or self.retried is None or status in self.retried


META = RetryPolicy(frozenset({200}), None, 1.0, 2.0, 3600.0, None, 7 * 86400.0, 20.0)
"""Anything but 200 is retried, less and less often, for seven days."""

GENESYS = RetryPolicy(
    frozenset(range(200, 300)), frozenset({429, *range(500, 600)}), 5.0, 1.0, 5.0, 6, float("inf"), 10.0
)
"""2xx within 10 s; else five retries 5 s apart, on a timeout, 429 or 5xx only; then it is lost."""


def sign_hex(secret: str, body: bytes) -> str:
    """`X-Hub-Signature-256` as Meta writes it."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def sign_base64(secret: str, body: bytes) -> str:
    """`X-Hub-Signature-256` as Genesys writes it."""
    return "sha256=" + base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


@dataclass(frozen=True, slots=True)
class Attempt:
    at: float
    """Unix seconds."""
    seconds: float
    status: int | None
    """None: no answer; then `error` says why."""
    error: str = ""


@dataclass(slots=True)
class Delivery:
    """One webhook on its way. `body` is the very bytes that are signed and sent."""

    id: int
    side: Side
    label: str
    """For the log on the pages: what it is about, e.g. `message`, `status sent`, `Text`."""
    url: str
    body: bytes
    headers: Mapping[str, str]
    policy: RetryPolicy
    attempts: list[Attempt] = field(default_factory=list)
    state: Literal["waiting", "delivered", "lost"] = "waiting"
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def view(self, *, with_body: bool = True) -> dict[str, Any]:
        """As JSON, for `/api/webhooks` and the pages."""
        tries = [{"at": t.at, "seconds": t.seconds, "status": t.status, "error": t.error} for t in self.attempts]
        shown = {"id": self.id, "side": self.side, "label": self.label, "state": self.state, "url": self.url}
        return {**shown, "attempts": tries, **({"body": self.body.decode()} if with_body else {})}


class Webhooks:
    """Sends webhooks and remembers what became of them."""

    def __init__(
        self, gates: Mapping[Side, Gate], live: Live, tasks: Tasks, *, time_scale: float, log: int, keep_alive: bool
    ) -> None:
        self.waiting: dict[int, Delivery] = {}
        self.finished: deque[Delivery] = deque(maxlen=log)
        self.totals = {"delivered": 0, "lost": 0, "attempts": 0}
        self._gates, self._live, self._tasks, self._scale = gates, live, tasks, time_scale
        self._lanes: dict[str, Delivery] = {}
        self._ids = count(1)
        self._keep_alive = keep_alive
        self._http: aiohttp.ClientSession | None = None

    def send(
        self,
        side: Side,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        policy: RetryPolicy,
        *,
        lane: str | None = None,
        label: str = "",
    ) -> Delivery:
        """Start a delivery, twice where the knob says so, and return at once. `headers` include the signature."""
        gate = self._gates[side]
        if gate.dropped():
            return self._drop(Delivery(next(self._ids), side, label, url, body, headers, policy))
        sent = self._start(Delivery(next(self._ids), side, label, url, body, headers, policy), lane, gate)
        if gate.duplicated():
            self._start(Delivery(next(self._ids), side, f"{label} (again)", url, body, headers, policy), lane, gate)
        return sent

    async def settled(self, timeout: float = 10.0) -> None:
        """Wait until nothing is under way any more. Raises `TimeoutError`."""
        async with asyncio.timeout(timeout):
            while self.waiting:
                await next(iter(self.waiting.values())).done.wait()

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()

    def since(self, after: int) -> tuple[int, list[Delivery]]:
        """How many have finished so far, and of those behind the first `after` the ones that are remembered."""
        ended = self.totals["delivered"] + self.totals["lost"]
        new = max(0, min(ended - after, len(self.finished)))
        return ended, list(islice(self.finished, len(self.finished) - new, None))

    def views(self, side: str | None = None, *, with_body: bool = True) -> list[dict[str, Any]]:
        """Every remembered delivery, in the order they were started."""
        known = sorted((*self.finished, *self.waiting.values()), key=lambda delivery: delivery.id)
        return [delivery.view(with_body=with_body) for delivery in known if side in (None, delivery.side)]

    def _start(self, delivery: Delivery, lane: str | None, gate: Gate) -> Delivery:
        before = self._lanes.get(lane) if lane and not gate.knobs.reorder_webhooks else None
        if lane:
            self._lanes[lane] = delivery
        self.waiting[delivery.id] = delivery
        self._tasks.spawn(self._deliver(delivery, lane, before, gate.scatter()), f"sim webhook {delivery.id}")
        return delivery

    def _drop(self, delivery: Delivery) -> Delivery:
        self.waiting[delivery.id] = delivery
        self._finish(delivery, None, "lost")
        return delivery

    async def _deliver(self, delivery: Delivery, lane: str | None, before: Delivery | None, scatter: float) -> None:
        if before is not None:
            await before.done.wait()
        if scatter:
            await asyncio.sleep(scatter * self._scale)
        began = time.monotonic()
        while not await self._try(delivery):
            policy, tries = delivery.policy, len(delivery.attempts)
            old = time.monotonic() - began > policy.keep * self._scale
            if old or tries == policy.tries or not policy.again(delivery.attempts[-1].status):
                return self._finish(delivery, lane, "lost")
            await asyncio.sleep(policy.pause(tries) * self._scale)
        return self._finish(delivery, lane, "delivered")

    async def _try(self, delivery: Delivery) -> bool:
        at, began = time.time(), time.monotonic()
        status, error = await self._post(delivery)
        delivery.attempts.append(Attempt(at, time.monotonic() - began, status, error))
        self.totals["attempts"] += 1
        taken = status in delivery.policy.taken
        if not taken and self._live.watched:
            self._live.publish("webhooks", delivery.view(with_body=False))
        return taken

    async def _post(self, delivery: Delivery) -> tuple[int | None, str]:
        if self._http is None:
            self._http = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=256, force_close=not self._keep_alive),
                auto_decompress=False,
                skip_auto_headers={"User-Agent"},
            )
        limit = aiohttp.ClientTimeout(total=delivery.policy.timeout)
        try:
            async with self._http.post(
                delivery.url, data=delivery.body, headers=delivery.headers, timeout=limit, allow_redirects=False
            ) as answer:
                await answer.read()
                return answer.status, ""
        except (aiohttp.ClientError, TimeoutError) as error:
            return None, type(error).__name__

    def _finish(self, delivery: Delivery, lane: str | None, state: Literal["delivered", "lost"]) -> None:
        delivery.state = state
        self.totals[state] += 1
        del self.waiting[delivery.id]
        self.finished.append(delivery)
        if lane and self._lanes.get(lane) is delivery:
            del self._lanes[lane]
        delivery.done.set()
        if self._live.watched:
            self._live.publish("webhooks", delivery.view(with_body=False))
