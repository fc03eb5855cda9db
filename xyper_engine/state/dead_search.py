"""Finding dead letters: by what killed them, by age, by what became of them since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from xyper_engine.state.dead_letters import COLUMNS, DeadLetter, Source, State, letter_of

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which are meant; None: whichever."""

    state: State | None = "waiting"
    """None: whatever became of them."""
    ids: Sequence[str] | None = None
    tenant: str | None = None
    reason: str | None = None
    code: str | None = None
    adapter: str | None = None
    direction: str | None = None
    source: Source | None = None
    since: datetime | None = None
    """When they died, at the earliest."""
    until: datetime | None = None
    event: str | None = None
    """Our id of the message or receipt that died."""
    replay: str | None = None
    """The last replay that they were in."""

    @property
    def values(self) -> tuple[object, ...]:
        """For `_MATCH`."""
        ids = None if self.ids is None else list(self.ids)
        return (
            ids, self.tenant, self.reason, self.code, self.adapter, self.direction, self.source, self.since,
            self.until, self.event, self.replay,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """Letters that died of the same."""

    tenant: str | None
    reason: str
    code: str
    adapter: str | None
    direction: str
    letters: int
    first: datetime
    last: datetime

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        return self.tenant or "", self.reason, self.code, self.adapter or "", self.direction


@dataclass(frozen=True, slots=True)
class Summary:
    """How it stands, in a few numbers."""

    waiting: int
    replaying: int
    """Asked for and not done."""
    causes: int
    """Of those that wait."""
    oldest: datetime | None
    """When the first of them died."""
    lately: int
    """How many of them died within the last hour."""


async def page(
    connection: "Connection", wanted: Wanted, before: tuple[datetime, str] | None, limit: int
) -> Sequence[DeadLetter]:
    """Newest first; `before`: when the last one of the page before died, and its id."""
    at, id_ = before or (None, "")
    return [letter_of(row) for row in await connection.fetch(_PAGES[wanted.state], *wanted.values, at, id_, limit)]


async def groups(connection: "Connection", wanted: Wanted, after: Sequence[str] | None, limit: int) -> Sequence[Group]:
    """By tenant, reason, code, adapter and direction; `after`: the key of the last one of the page before."""
    key = list(after) if after is not None else None
    rows = await connection.fetch(_GROUPS[wanted.state], *wanted.values, key, limit)
    return [Group(**dict(row)) for row in rows]


async def summary(connection: "Connection") -> Summary:
    """Of all that wait."""
    row = await connection.fetchrow(_SUMMARY)
    return Summary(**dict(row or {}))


async def matching(connection: "Connection", wanted: Wanted, most: int) -> Sequence[tuple[str, str | None]]:
    """Ids of at most so many, the oldest first, with their tenants; nobody else changes them until the end."""
    rows = await connection.fetch(_MATCHING[wanted.state], *wanted.values, most)
    return [(row["id"], row["tenant"]) for row in rows]


_STATES: Mapping[State | None, str] = {
    None: "true",
    "waiting": "replayed_at is null and discarded_at is null and replay_asked is null",
    "replaying": "replayed_at is null and discarded_at is null and replay_asked is not null",
    "replayed": "replayed_at is not null and discarded_at is null",
    "discarded": "discarded_at is not null",
}

_MATCH = """
($1::text[] is null or id = any($1)) and ($2::text is null or tenant = $2) and ($3::text is null or reason = $3)
  and ($4::text is null or code = $4) and ($5::text is null or adapter = $5) and ($6::text is null or direction = $6)
  and ($7::text is null or source = $7) and ($8::timestamptz is null or died_at >= $8)
  and ($9::timestamptz is null or died_at <= $9) and ($10::text is null or id = $10 and event_id = $10)
  and ($11::text is null or replay = $11)
"""
"""A letter has the id of the event that died."""

_PAGES = {
    state: f"""
    select {", ".join(COLUMNS)} from dead_letters
    where {found} and {_MATCH} and ($12::timestamptz is null or (died_at, id) < ($12, $13))
    order by died_at desc, id desc limit $14
    """  # noqa: S608  constants
    for state, found in _STATES.items()
}

_CAUSE = "coalesce(tenant, ''), reason, code, coalesce(adapter, ''), direction"

_GROUPS = {
    state: f"""
    select tenant, reason, code, adapter, direction, count(*) as letters, min(died_at) as first, max(died_at) as last
    from dead_letters
    where {found} and {_MATCH} and ($12::text[] is null or array[{_CAUSE}] > $12)
    group by tenant, reason, code, adapter, direction order by {_CAUSE} limit $13
    """  # noqa: S608  constants
    for state, found in _STATES.items()
}

_SUMMARY = f"""
select count(*) filter (where w) as waiting, count(*) filter (where not w) as replaying,
  count(distinct ({_CAUSE})) filter (where w) as causes, min(died_at) filter (where w) as oldest,
  count(*) filter (where w and died_at > now() - interval '1 hour') as lately
from (select *, replay_asked is null as w from dead_letters where replayed_at is null and discarded_at is null) open
"""  # noqa: S608  constants

_MATCHING = {
    state: f"select id, tenant from dead_letters where {found} and {_MATCH} order by id limit $12 for update"  # noqa: S608
    for state, found in _STATES.items()
}
