"""How each engine finds things, told to all of them: what waits, what is paused, what is away.

An engine writes one row for itself, and one for each tenant of which there is something to tell; what is older than a
minute is of an engine that is no more.
"""

import socket
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import Field

from xyper_engine.certificate import CertificateView
from xyper_engine.saying import Saying, resaid
from xyper_engine.store.db import Database
from xyper_engine.view import View

FRESH = timedelta(seconds=60)
MOST = 1000
"""Queues, breakers and tokens of one engine that are told, at most: the worst."""

Kind = Literal["inbound", "outbound", "signals"]


class QueueView(View):
    tenant: str
    queue: Kind
    age: float
    """Seconds since the oldest message that is not settled came."""
    waiting: int
    """In the broker, not handed out yet."""
    consumers: int | None
    """As the broker sees it; null: it did not say."""


class BreakerView(View):
    tenant: str | None
    account: str
    """To which traffic is paused."""
    seconds: float
    """For how long."""
    failures: int
    reason: str


class TokenView(View):
    tenant: str
    account: str
    expires_at: datetime


class SpoolView(View):
    messages: int = 0
    used: int = 0
    """Bytes."""
    limit: int = 0
    age: float = 0.0
    """Seconds since the oldest was stored."""


class CanaryView(View):
    sent: int = 0
    lost: int = 0
    inbound: float | None = None
    """Seconds that the last one took."""
    outbound: float | None = None
    last_at: datetime | None = None
    failing: bool = False
    """The last one was lost."""


class TrafficView(View):
    """Of one tenant, or of all."""

    queues: tuple[QueueView, ...] = ()
    """Those that are not at rest, the oldest first."""
    breakers: tuple[BreakerView, ...] = ()


class PulseView(TrafficView):
    engine: str
    host: str = Field(default_factory=socket.gethostname)
    version: str
    """Of Xyper."""
    versions: dict[str, str] = Field(default_factory=dict)
    """Of what it runs on."""
    started_at: datetime
    at: datetime
    parts: dict[str, str] = Field(default_factory=dict)
    """Each outside part: `ok`, or what is wrong."""
    kinds: dict[str, str] = Field(default_factory=dict)
    """What each part is: `RabbitMQ` or `journal`, and so on."""
    troubles: dict[str, str] = Field(default_factory=dict)
    """What a person should look at, by its kind."""
    said: dict[str, Saying] = Field(default_factory=dict)
    """Both for other languages, by their place: `parts.broker`, `troubles.spool`."""
    spool: SpoolView = SpoolView()
    clocks: dict[str, float] = Field(default_factory=dict)
    """Seconds by which the clock of each server that we call is ahead of ours."""
    tokens: tuple[TokenView, ...] = ()
    """Those that expire, the next one first."""
    dead_letters: int = 0
    """That wait for somebody."""
    canary: CanaryView | None = None
    certificate: CertificateView | None = None
    """What the world is shown at our public address; null: it is not https, or was not looked at yet."""
    lags: dict[str, float] = Field(default_factory=dict)
    """Seconds by which each vendor's webhooks come late, in the last minutes."""

    def state(self, part: str) -> str:
        """Of a part, as a sentence that other languages know."""
        return resaid(self.parts[part], self.said.get(f"parts.{part}"))


class Pulses:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def write(self, pulse: PulseView) -> None:
        """Instead of what this engine told before."""
        by_tenant: dict[str, dict[str, list[Any]]] = defaultdict(lambda: {"queues": [], "breakers": []})
        for kind in ("queues", "breakers"):
            for one in getattr(pulse, kind):
                by_tenant[one.tenant or "-"][kind].append(one.model_dump(mode="json"))
        rows = {"": pulse.model_dump(mode="json"), **by_tenant}
        async with self._db.transaction() as connection:
            await connection.execute(_CLEAR, pulse.engine, list(rows), FRESH)
            await connection.executemany(_WRITE, [(pulse.engine, tenant, told) for tenant, told in rows.items()])

    async def end(self, engine: str) -> None:
        await self._db.execute("delete from pulses where engine = $1", engine)

    async def engines(self) -> Sequence[PulseView]:
        rows = await self._db.fetch("select told from pulses where tenant = '' and at > now() - $1::interval", FRESH)
        return sorted((PulseView.model_validate(row["told"]) for row in rows), key=lambda one: one.started_at)

    async def of(self, tenant: str) -> TrafficView:
        """What the engines know of one tenant's."""
        async with self._db.tenant(tenant) as connection:
            rows = await connection.fetch(
                "select told from pulses where tenant = $1 and at > now() - $2::interval", tenant, FRESH
            )
        return merged([TrafficView.model_validate(row["told"]) for row in rows])

    async def dead_letters(self) -> int:
        """How many wait; beyond 100,000 it is told as so many."""
        return int(await self._db.fetchval(_DEAD))

    async def tokens(self, tenant: str | None = None) -> Sequence[TokenView]:
        async with self._db.within(tenant) as connection:
            return [TokenView(**dict(row)) for row in await connection.fetch(_TOKENS, MOST)]

    async def version(self) -> str:
        return str(await self._db.fetchval("show server_version"))


def merged(told: Sequence[TrafficView]) -> TrafficView:
    """Of several engines one is at work on each queue: it knows the age, and each what the broker says."""
    queues: dict[tuple[str, str], QueueView] = {}
    for one in (queue for each in told for queue in each.queues):
        known = queues.get((one.tenant, one.queue))
        queues[one.tenant, one.queue] = _both(known, one) if known else one
    breakers = {one.account: one for each in told for one in each.breakers}
    return TrafficView(
        queues=tuple(sorted(queues.values(), key=lambda one: -one.age)), breakers=tuple(breakers.values())
    )


def _both(one: QueueView, other: QueueView) -> QueueView:
    counts = [each.consumers for each in (one, other) if each.consumers is not None]
    return one.model_copy(
        update={
            "age": max(one.age, other.age),
            "waiting": max(one.waiting, other.waiting),
            "consumers": max(counts, default=None),
        }
    )


_CLEAR = """
delete from pulses where (engine = $1 and tenant <> all($2::text[])) or at < now() - 10 * $3::interval
"""

_WRITE = """
insert into pulses (engine, tenant, told) values ($1, $2, $3)
on conflict (engine, tenant) do update set at = now(), told = excluded.told
"""

_DEAD = """
select count(*) from (
  select from dead_letters where replayed_at is null and discarded_at is null limit 100000
) waiting
"""

_TOKENS = """
select tenant, adapter || '/' || account as account, min(expires_at) as expires_at from health
where expires_at is not null group by tenant, adapter, account order by 3 limit $1
"""
