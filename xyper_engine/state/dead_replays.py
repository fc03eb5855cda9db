"""Replays of dead letters: asked for, worked on by one engine at a time, followed and cancelled.

A replay's letters are of one tenant, or of none, and go one after another in the order in which they came to us, which
their ids tell; so do the replays of a tenant. Those of different tenants go side by side.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from xyper_engine.errors import Conflict, NotFound
from xyper_engine.model import new_id
from xyper_engine.state.dead_letters import DeadLetter, DeadLetters
from xyper_engine.store.db import Database

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection

LEASE = timedelta(seconds=30)
"""After which another engine goes on with what one left behind."""


@dataclass(frozen=True, slots=True)
class Replay:
    id: str
    tenant: str | None
    asked_by: str
    asked_at: datetime
    rate: float
    """Letters a second, at most."""
    total: int
    replayed: int
    refused: int
    """Could not be replayed: each says why."""
    again: int
    """Of the replayed ones, those that died once more."""
    left: int
    cancelled_at: datetime | None
    finished_at: datetime | None


class DeadReplays:
    """The engine's side: who works on which."""

    def __init__(self, db: Database, letters: DeadLetters) -> None:
        self._db = db
        self._letters = letters

    async def claim(self) -> Sequence[Replay]:
        """The oldest one of each tenant, where no other engine is at it."""
        return [_replay(row) for row in await self._db.fetch(_CLAIM, LEASE)]

    async def next(self, replay: str, most: int) -> Sequence[DeadLetter]:
        """What comes next of it; none once it is done or cancelled. The lease begins anew."""
        await self._db.execute(
            "update dead_replays set leased_until = now() + $2::interval where id = $1", replay, LEASE
        )
        letters = []
        for row in await self._db.fetch(_NEXT, replay, most):
            try:
                letters.append(await self._letters.opened(row))
            except NotFound as error:  # its tenant's key was destroyed
                await self._letters.refuse_replay(row["id"], str(error))
        return letters or (await self.next(replay, most) if await self._left(replay) else ())

    async def finish(self, replay: str) -> None:
        await self._db.execute(_FINISH, replay)

    async def let_go(self, replay: str) -> None:
        """Another engine may go on at once."""
        await self._db.execute("update dead_replays set leased_until = null where id = $1", replay)

    async def _left(self, replay: str) -> bool:
        return bool(await self._db.fetchval(f"select exists ({_NEXT_OF} and replay = $1)", replay))


async def ask(
    connection: "Connection", letters: Sequence[tuple[str, str | None]], rate: float, by: str
) -> Sequence[Replay]:
    """Have these letters replayed: one replay for each tenant. The engines are told when the transaction ends."""
    asked = []
    for tenant in sorted({tenant for _, tenant in letters}, key=str):
        ids = [id_ for id_, own in letters if own == tenant]
        replay = new_id()
        await connection.execute(
            "insert into dead_replays (id, tenant, asked_by, rate, total) values ($1, $2, $3, $4, $5)",
            replay, tenant, by, rate, len(ids),
        )  # fmt: skip
        await connection.execute(_ASK, ids, replay)
        asked.append(await one(connection, replay))
    return asked


async def cancel(connection: "Connection", replay: str) -> Replay:
    """What was not replayed yet waits again. Raises `NotFound`, or `Conflict` where it has ended."""
    found = await one(connection, replay)
    if found.finished_at or found.cancelled_at:
        raise Conflict(f"The replay {replay} has ended.")
    await connection.execute(_CANCEL_LETTERS, replay)
    await connection.execute("update dead_replays set cancelled_at = now(), finished_at = now() where id = $1", replay)
    return await one(connection, replay)


async def one(connection: "Connection", replay: str) -> Replay:
    """Raises `NotFound`."""
    row = await connection.fetchrow(f"{_REPLAYS} where r.id = $1", replay)
    if row is None:
        raise NotFound(f"There is no replay {replay}.")
    return _replay(row)


async def page(connection: "Connection", before: tuple[datetime, str] | None, limit: int) -> Sequence[Replay]:
    """Newest first."""
    at, id_ = before or (None, "")
    return [_replay(row) for row in await connection.fetch(_PAGE, at, id_, limit)]


def _replay(row: Any) -> Replay:
    return Replay(**{name: row[name] for name in Replay.__slots__})


_NEXT_OF = "select * from dead_letters where replay_asked is not null and replayed_at is null and discarded_at is null"
_NEXT = f"{_NEXT_OF} and replay = $1 order by id limit $2"

_ASK = """
update dead_letters set replay_asked = now(), replayed_at = null, replay = $2, version = version + 1
where id = any($1::text[])
"""

_CANCEL_LETTERS = """
update dead_letters set replay_asked = null, version = version + 1
where replay = $1 and replay_asked is not null and replayed_at is null
"""

_FINISH = """
update dead_replays set finished_at = now() where id = $1 and finished_at is null and not exists (
  select from dead_letters where replay = $1 and replay_asked is not null and replayed_at is null
    and discarded_at is null)
"""

_REPLAYS = """
select r.*, i.left, greatest(i.came_back - r.refused, 0) as again from dead_replays r
cross join lateral (
  select count(*) filter (where replay_asked is not null and replayed_at is null) as left,
    count(*) filter (where replay_asked is null and replayed_at is null and r.cancelled_at is null) as came_back
  from dead_letters where replay = r.id
) i
"""

_PAGE = f"""
{_REPLAYS} where $1::timestamptz is null or (r.asked_at, r.id) < ($1, $2)
order by r.asked_at desc, r.id desc limit $3
"""

_LEASED = "update dead_replays set leased_until = now() + $2::interval where id = $1"

# Two engines at once: the second one finds that the first has just taken it.
_CLAIM = f"""
with claimed as (
  update dead_replays set leased_until = now() + $1::interval
  where id in (
    select distinct on (coalesce(tenant, '')) id from dead_replays where finished_at is null
    order by coalesce(tenant, ''), asked_at, id
  ) and finished_at is null and (leased_until is null or leased_until < now())
  returning id
)
{_REPLAYS} where r.id in (select id from claimed)
"""  # noqa: S608  constants
