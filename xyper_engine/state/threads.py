"""Threads: each conversation of the agent side that one of ours ever was; when it began, how it ended, who took part.

The database writes them itself, in the statement that tells a conversation's thread or its end (migration 0022). What
is done here beside reading is to find out about ends, which no webhook of the agent side tells.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from xyper_engine.model import Endpoint
from xyper_engine.participant import Participant
from xyper_engine.store.db import Database

CLAIMED = timedelta(minutes=2)
"""For which whoever claimed a thread has it for itself."""

EndedBy = Literal["agent", "policy", "next"]
"""The agent side; the tenant's `policy.end_after`; or another thread took its place."""


@dataclass(frozen=True, slots=True)
class Thread:
    thread: str
    """The agent side's id."""
    began_at: datetime
    reopened: bool
    """Whether the agent side went on with one that had ended."""
    ended_at: datetime | None
    ended_by: EndedBy | None
    participants: tuple[Participant, ...]
    """As last seen."""
    seen_at: datetime | None
    """When the agent side was last asked."""


@dataclass(frozen=True, slots=True)
class Due:
    """A thread that is to be asked about, claimed."""

    conversation: str
    tenant: str
    active: bool
    """Whether the tenant is."""
    agent: Endpoint
    thread: str
    checks: int
    asked_at: datetime
    silent_since: datetime
    """The customer's last word."""


class Threads:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def of(
        self, tenant: str, conversation: str, limit: int = 100, before: tuple[datetime, str] | None = None
    ) -> Sequence[Thread]:
        """Those of one conversation, newest first; `before`: beginning and id of the last one of the page before."""
        at, thread = before or (None, "")
        async with self._db.tenant(tenant) as connection:
            return [_thread(row) for row in await connection.fetch(_OF, conversation, at, thread, limit)]

    async def soon(self, tenant: str, thread: str) -> bool:
        """Ask the agent side about it at the next opportunity; False where none of ours is open under this id."""
        async with self._db.tenant(tenant) as connection:
            return bool(await connection.fetchval(_SOON, thread))

    async def due(self, quiet: float, limit: int) -> Sequence[Due]:
        """Claim those to ask about now. Where a customer wrote within `quiet` seconds it surely goes on."""
        await self._db.execute(_PUT_OFF, timedelta(seconds=quiet))
        rows = await self._db.fetch(_CLAIM, limit, CLAIMED)
        return [
            Due(
                row["conversation"], row["tenant"], row["active"],
                Endpoint(adapter=row["agent_adapter"], account=row["agent_account"]), row["thread"], row["checks"],
                row["asked_at"], row["silent_since"],
            )
            for row in rows
        ]  # fmt: skip

    async def seen(self, due: Due, participants: Sequence[Participant], again: timedelta) -> None:
        """It goes on, with these in it; ask again after a while."""
        await self._db.execute(_SEEN, due.conversation, due.thread, _plain(participants), again)

    async def put_off(self, due: Due, again: timedelta) -> None:
        """It could not be asked about."""
        await self._db.execute(_LATER, due.conversation, due.thread, again)

    async def ended(
        self, due: Due, at: datetime, by: EndedBy, participants: Sequence[Participant] | None = None
    ) -> bool:
        """Note its end; False where a customer wrote after the question was asked, for that may have opened it anew."""
        async with self._db.transaction() as connection:
            if participants is not None:
                await connection.execute(_SEEN, due.conversation, due.thread, _plain(participants), timedelta(0))
            done = await connection.execute(_END, due.conversation, due.thread, due.asked_at, at, by)
        return done != "UPDATE 0"


def _plain(participants: Sequence[Participant]) -> list[dict[str, Any]]:
    return [one.model_dump(mode="json") for one in participants]


def _thread(row: Any) -> Thread:
    return Thread(
        row["thread"], row["began_at"], row["reopened"], row["ended_at"], row["ended_by"],
        tuple(Participant.model_validate(one) for one in row["participants"]), row["seen_at"],
    )  # fmt: skip


_OF = """
select * from threads where conversation = $1 and ($2::timestamptz is null or (began_at, thread) < ($2, $3))
order by began_at desc, thread desc limit $4
"""

_SOON = """
with told as (update threads set check_at = now(), checks = 0 where thread = $1 and ended_at is null
              and tenant = current_setting('xyper.tenant') returning 1)
select count(*) from told
"""

# What an urgent question is about (`soon`) is asked at once: its `checks` is 0 and a question was due anyway.
_PUT_OFF = """
update threads t set check_at = c.changed_at + $1::interval, checks = 0
from conversations c
where c.id = t.conversation and t.ended_at is null and t.check_at <= now() and c.changed_at > now() - $1::interval
  and t.check_at <= c.changed_at
"""

_CLAIM = """
with due as (
  select conversation, began_at from threads where ended_at is null and check_at <= now()
  order by check_at limit $1 for update skip locked
)
update threads t set check_at = now() + $2::interval, checks = least(t.checks + 1, 30)
from due, conversations c, tenants o
where (t.conversation, t.began_at) = (due.conversation, due.began_at) and c.id = t.conversation and o.id = t.tenant
returning t.conversation, t.tenant, o.state = 'active' as active, c.agent_adapter, c.agent_account, t.thread,
  t.checks, clock_timestamp() as asked_at, coalesce(greatest(c.last_inbound_at, t.began_at), t.began_at) as silent_since
"""

_SEEN = """
update threads set participants = $3, seen_at = now(), check_at = now() + $4::interval
where conversation = $1 and thread = $2 and ended_at is null
"""

_LATER = (
    "update threads set check_at = now() + $3::interval where conversation = $1 and thread = $2 and ended_at is null"
)

_END = """
update conversations set ended_at = $4, ended_by = $5
where id = $1 and thread = $2 and ended_at is null and changed_at <= $3
"""
