"""What is wrong just now, and was: each thing is noted once when it begins and once when it is over."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import Field

from xyper_engine.model import CANARY, new_id
from xyper_engine.saying import Saying, again, quoted, said, sayings
from xyper_engine.state.pulses import TokenView
from xyper_engine.store.db import Database
from xyper_engine.store.rows import given
from xyper_engine.view import View

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection


class Topic(StrEnum):
    """What somebody can be told of."""

    check = "check"
    """A vendor refuses a tenant's account."""
    token = "token"  # noqa: S105  no password
    """An access token is about to expire."""
    breaker = "breaker"
    """Traffic to an account has been paused for long."""
    dead = "dead"
    """Many dead letters wait."""
    age = "age"
    """A message has been waiting for long."""
    budget = "budget"
    """A tenant's error budget is used up, or goes too fast."""
    certificate = "certificate"
    """That of our public address is about to expire, or does not hold."""
    spool = "spool"
    """Messages wait on a machine's own disk."""
    part = "part"
    """A server that Xyper stands on is away."""
    clock = "clock"
    """Our clock and another one's differ."""
    canary = "canary"
    """The canary's message was lost."""


OF_TENANTS = (Topic.check, Topic.token, Topic.breaker, Topic.dead, Topic.age, Topic.budget)
"""What a tenant's own people can be told of."""


class Condition(NamedTuple):
    """Something that is wrong. `subject` tells it from others of its topic, and does not change while it lasts."""

    tenant: str | None
    topic: Topic
    subject: str
    words: str
    """Of `saying.py`, unless they are another's."""


class AlertView(View):
    id: str
    tenant: str | None
    """Null: it is of Xyper itself."""
    topic: Topic
    subject: str
    words: str
    said: dict[str, Saying] = Field(default_factory=dict)
    """The words for other languages: by the field that holds them in English."""
    began_at: datetime
    ended_at: datetime | None
    """Null: it goes on."""


class Turned(NamedTuple):
    began: Sequence[AlertView]
    ended: Sequence[AlertView]

    @property
    def anything(self) -> bool:
        return bool(self.began or self.ended)


class AlertBook:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def note(self, connection: "Connection", found: Sequence[Condition], settle: timedelta) -> Turned:
        """What is wrong now; what began with that, and what is over.

        What was not found for as long as `settle` is over: something that comes and goes is one thing.
        """
        rows = [(new_id(), *one, sayings(words=one.words)) for one in found]
        began = await connection.fetch(_BEGIN, rows)
        ended = await connection.fetch(_END, settle)
        return Turned([_view(row) for row in began if row["new"]], [_view(row) for row in ended])

    async def listed(
        self, tenant: str | None, before: tuple[datetime, str] | None, limit: int, *, open_: bool = False
    ) -> Sequence[AlertView]:
        """Newest first. `tenant`: that tenant's alone, read as that tenant; `open_`: what goes on."""
        at, id_ = before or (None, None)
        async with self._db.within(tenant) as connection:
            return [_view(row) for row in await connection.fetch(_LIST, tenant, at, id_, limit, open_)]

    async def wrong(self) -> Sequence[Condition]:
        """Accounts that their vendors refuse, of active tenants."""
        rows = await self._db.fetch(_WRONG, CANARY, MOST)
        return [
            Condition(row["tenant"], Topic.check, f"{row['adapter']}/{row['account']}", _found(row)) for row in rows
        ]

    async def expiring(self, within: timedelta) -> Sequence[TokenView]:
        return [TokenView(**dict(row)) for row in await self._db.fetch(_EXPIRING, within, MOST)]

    async def piled(self, more_than: int) -> Sequence[tuple[str, int]]:
        """Tenants with more dead letters than that, about which nothing was decided."""
        return [(row["tenant"], row["n"]) for row in await self._db.fetch(_PILED, more_than, MOST)]


MOST = 1000
"""Of each kind, at most."""


def _view(row: Any) -> AlertView:
    return AlertView.model_validate({name: row[name] for name in AlertView.model_fields})


def _found(row: Any) -> str:
    detail, todo = (quoted(again(row[name], row["said"].get(name))) for name in ("detail", "todo"))
    return said("alert.check", "{detail} {todo}", detail=detail, todo=todo) if todo else detail


_FOUND = given("id text, tenant text, topic text, subject text, words text, said jsonb")

_BEGIN = f"""
insert into alerts as a (id, tenant, topic, subject, words, said)
select distinct on (coalesce(g.tenant, ''), topic, subject) g.* from {_FOUND} g
left join tenants t on t.id = g.tenant where g.tenant is null or t.id is not null
on conflict (coalesce(tenant, ''), topic, subject) where ended_at is null
do update set seen_at = now(), words = excluded.words, said = excluded.said
returning *, xmax = 0 as new
"""  # noqa: S608  constants

_END = "update alerts set ended_at = now() where ended_at is null and seen_at < now() - $1::interval returning *"

_LIST = """
select * from alerts
where ($1::text is null or tenant = $1) and ($2::timestamptz is null or (began_at, id) < ($2, $3::text))
  and (not $5 or ended_at is null)
order by began_at desc, id desc limit $4
"""

_WRONG = """
select distinct on (h.tenant, h.adapter, h.account) h.*
from health h join tenants t on t.id = h.tenant and t.state = 'active'
where h.state = 'wrong' and h.tenant <> $1
order by h.tenant, h.adapter, h.account, h.place limit $2
"""

_EXPIRING = """
select h.tenant, h.adapter || '/' || h.account as account, min(h.expires_at) as expires_at
from health h join tenants t on t.id = h.tenant and t.state = 'active'
where h.expires_at < now() + $1::interval group by 1, 2 order by 3 limit $2
"""

_PILED = """
select tenant, count(*) as n from dead_letters
where replayed_at is null and discarded_at is null and tenant is not null
group by tenant having count(*) > $1 order by 2 desc limit $2
"""
