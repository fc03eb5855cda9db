"""What somebody should look at, of one tenant or of all: found by what is wrong, so quick among many that are well."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from xyper_engine.model import now
from xyper_engine.saying import sayings
from xyper_engine.state.objectives import Objectives
from xyper_engine.state.pulses import Pulses, PulseView, TrafficView, merged
from xyper_engine.store.db import Database

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection

Kind = Literal[
    "engines", "part", "canary", "clock", "spool", "breaker", "queue", "unattended", "check", "token", "dead",
    "template", "number", "budget",
]  # fmt: skip
Level = Literal["error", "warning"]
SOON = timedelta(days=14)
"""Before credentials expire, so long people are told."""
URGENT = timedelta(days=3)
OLD = 300.0
"""Seconds after which a message has waited for too long."""
FULL = 0.5
"""Of the spool's limit."""
SKEWED = 30.0
LITTLE = 0.25
"""Of an error budget."""
FAST = 14.4
"""How many times too fast it goes: two per cent of it in an hour."""
MOST = 100
"""Of one kind, at most."""
_LETTERS = 20_000
"""Dead letters that are looked at for their causes, the oldest first."""


@dataclass(frozen=True, slots=True)
class Item:
    kind: Kind
    level: Level
    tenant: str | None = None
    subject: str = ""
    """The account, part, server, template or cause it is about."""
    detail: str = ""
    """What was found, in words of the vendor or of whoever looked."""
    todo: str = ""
    said: Mapping[str, Any] = field(default_factory=dict)
    """Both for other languages."""
    code: str = ""
    count: int = 0
    seconds: float = 0.0
    """How long it has been waiting, or is paused; of clocks, how far they are apart."""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """How many, and which of them matters first."""

    count: int
    at: datetime | None


class Attention:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._pulses = Pulses(db)
        self._objectives = Objectives(db)

    async def engines(self) -> Sequence[PulseView]:
        return await self._pulses.engines()

    async def traffic(self, tenant: str | None, engines: Sequence[PulseView]) -> TrafficView:
        """What waits and what is paused; `engines`: as just read, for all tenants."""
        return merged(engines) if tenant is None else await self._pulses.of(tenant)

    async def checks(self, tenant: str | None) -> Sequence[Item]:
        """What a check found wrong, credentials that expire soon, and numbers of poor quality."""
        rows = await self._rows(tenant, _CHECKS, SOON, MOST)
        return [item for row in rows for item in _of_check(row)]

    async def tokens(self, tenant: str | None) -> Counted:
        """Those that expire soon, and when the next one does."""
        [row] = await self._rows(tenant, _TOKENS, SOON)
        return Counted(row["n"], row["at"])

    async def dead(self, tenant: str | None) -> tuple[Counted, Sequence[Item]]:
        """How many wait and since when, and of what they died."""
        rows = await self._rows(tenant, _DEAD, tenant, _LETTERS)
        items = [
            Item("dead", "warning", row["tenant"], row["reason"], code=row["code"], count=row["n"], since=row["first"])
            for row in rows[:MOST]
        ]
        return Counted(sum(row["n"] for row in rows), min((row["first"] for row in rows), default=None)), items

    async def templates(self, tenant: str | None) -> Sequence[Item]:
        rows = await self._rows(tenant, _TEMPLATES, MOST)
        return [
            Item("template", "warning", row["tenant"], f"{row['name']}/{row['language']}", row["reason"],
                 code=row["status"], since=row["seen_at"])
            for row in rows
        ]  # fmt: skip

    async def budgets(self, tenant: str | None) -> Sequence[Item]:
        """Error budgets that are nearly used up, or will be within two days at this rate."""
        worst = await self._objectives.worst(tenant, None, MOST)
        return [
            Item("budget", "error" if one.kept <= 0 else "warning", one.tenant, f"{one.share:g}", count=left(one.kept))
            for one in worst
            if one.kept < LITTLE or one.burn_hour > FAST
        ]

    async def names(self, tenant: str | None, tenants: Sequence[str]) -> dict[str, str]:
        """Theirs; as `tenant`, who has only one to ask about."""
        rows = await self._rows(tenant, "select id, name from tenants where id = any($1::text[])", tenants)
        return {row["id"]: row["name"] for row in rows}

    async def _rows(self, tenant: str | None, sql: str, *values: object) -> Sequence[Any]:
        connection: Connection
        async with self._db.within(tenant) as connection:
            return await connection.fetch(sql, *values)


def left(kept: float) -> int:
    """Per cent of an error budget."""
    return max(0, round(100 * kept))


def of_engines(engines: Sequence[PulseView]) -> Iterator[Item]:
    """What they say of themselves and of the servers they need."""
    if not engines:
        yield Item("engines", "error")
    for one in engines:
        for part, state in one.parts.items():
            if state != "ok":
                yield Item("part", "error", None, part, state, said=sayings(detail=one.state(part)))
        if one.canary and one.canary.failing:
            yield Item("canary", "error", since=one.canary.last_at)
        spool = one.spool
        if spool.messages and (spool.age > OLD or spool.used > FULL * max(spool.limit, 1)):
            yield Item("spool", "error", None, one.host, count=spool.messages, seconds=spool.age)
        for host, skew in one.clocks.items():
            if abs(skew) > SKEWED:
                yield Item("clock", "warning", None, host, seconds=skew)


def of_traffic(told: TrafficView) -> Iterator[Item]:
    for paused in told.breakers[:MOST]:
        yield Item("breaker", "error", paused.tenant, paused.account, paused.reason, count=paused.failures,
                   seconds=paused.seconds)  # fmt: skip
    for queue in told.queues[:MOST]:
        if queue.age > OLD:
            yield Item("queue", "error", queue.tenant, queue.queue, count=queue.waiting, seconds=queue.age)
        elif queue.consumers == 0:
            yield Item("unattended", "error", queue.tenant, queue.queue, count=queue.waiting)


def _of_check(row: Any) -> Iterator[Item]:
    account = f"{row['adapter']}/{row['account']}"
    if row["state"] == "wrong":
        yield Item("check", "error", row["tenant"], account, row["detail"], row["todo"], row["said"], code=row["step"],
                   since=row["since"])  # fmt: skip
    if (until := row["expires_at"]) and until < now() + SOON:
        level: Level = "error" if until < now() + URGENT else "warning"
        yield Item("token", level, row["tenant"], account, until=until)
    if row["quality"] in ("RED", "YELLOW"):
        level = "error" if row["quality"] == "RED" else "warning"
        yield Item("number", level, row["tenant"], account, row["detail"], said=row["said"], code=row["quality"],
                   since=row["since"])  # fmt: skip


# Each half has an index of its own that holds nothing but what is wrong.
_CHECKS = """
select h.* from (
  (select * from health where state = 'wrong' or quality in ('RED', 'YELLOW') order by tenant limit $2)
  union
  (select * from health where expires_at < now() + $1::interval order by expires_at limit $2)
) h join tenants t on t.id = h.tenant where t.state = 'active' order by h.tenant, h.place
"""

_TOKENS = """
select count(distinct (adapter, account)) as n, min(expires_at) as at from health
where expires_at < now() + $1::interval
"""

_DEAD = """
select tenant, reason, code, count(*) as n, min(died_at) as first from (
  select tenant, reason, code, died_at from dead_letters
  where replayed_at is null and discarded_at is null and ($1::text is null or tenant = $1)
  order by died_at limit $2
) waiting group by tenant, reason, code order by n desc, first
"""

_TEMPLATES = """
select tenant, name, language, status, reason, seen_at from templates
where status in ('REJECTED', 'PAUSED', 'DISABLED') or quality = 'RED' order by tenant, name, language limit $1
"""
