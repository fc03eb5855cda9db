"""Reconciliations: when an engine listened, which conversations are compared with their far side, and what differed.

Engines beat while they listen, and only once they have for a while: of those that die again and again within seconds
none may be there at any of a vendor's few tries. One that starts, or that stood still, learns from the beats for how
long nobody listened.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from xyper_engine.conversation import Conversation
from xyper_engine.model import Contact, Endpoint, Message, new_id
from xyper_engine.store.db import Database
from xyper_engine.store.rows import given

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection

Cause = Literal["asked", "schedule", "outage"]
What = Literal["missed", "unreadable", "gone", "silent"]
FORGOTTEN = timedelta(days=1)
"""After which the beat of an engine that is no more goes."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A reconciliation that nobody has begun."""

    id: str
    tenant: str
    since: datetime
    until: datetime | None
    conversations: Sequence[Conversation]


@dataclass(frozen=True, slots=True)
class Finding:
    what: What
    key: str
    """The event's key of what was missed; else our own id of the message."""
    occurred_at: datetime
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Ours:
    """A post of ours in a conversation, with the message it was made for."""

    event_id: str
    external_id: str
    inbound: bool
    occurred_at: datetime
    sent_at: datetime
    far_id: str
    heard_of: bool
    """Whether any receipt came."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How the look at one conversation went."""

    reconciliation: str
    tenant: str
    conversation: str
    calls: int = 0
    compared: int = 0
    failed: str = ""
    findings: Sequence[Finding] = field(default=())


class Reconciliations:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def look_back(self, outage: timedelta, margin: timedelta) -> timedelta | None:
        """Where nobody has listened for `outage`, all tenants are to be reconciled. For how long it was.

        Of several engines that start at once only the first finds that. One that comes later, and still finds that
        nobody listens, asks anew: what was written meanwhile may have been given up as well.
        """
        async with self._db.transaction() as connection:
            await _one_at_a_time(connection)
            await connection.execute(_BORN)
            row = await connection.fetchrow(_SILENCE, outage)
            if row is None or row["asked"]:
                return None
            for tenant in await connection.fetch("select id from tenants where state <> 'deleting' order by id"):
                await ask(connection, tenant["id"], "outage", row["last"] - margin, None)
        silence: timedelta = row["silence"]
        return silence

    async def beat(self, engine: str) -> None:
        """This engine listens."""
        await self._db.execute(_BEAT, engine)
        await self._db.execute("delete from engines where beat_at < now() - $1::interval", FORGOTTEN)

    async def schedule(self, every: timedelta, margin: timedelta) -> None:
        """Ask for those tenants whose last one is so long ago."""
        async with self._db.transaction() as connection:
            await _one_at_a_time(connection)
            for row in await connection.fetch(_DUE, every):
                moment = row["now"]
                await ask(connection, row["id"], "schedule", moment - every - 2 * margin, moment - margin)

    @asynccontextmanager
    async def planning(self, adapters: Sequence[str], reach: timedelta) -> AsyncIterator[Plan | None]:
        """The oldest that nobody has begun; it has been when the block ends without an error. None: there is none.

        Only one engine plans at a time. `adapters`: whose conversations can be looked at; `reach`: how long before
        the span a conversation may have been used last.
        """
        async with self._db.transaction() as connection:
            await _one_at_a_time(connection)
            row = await connection.fetchrow(_UNPLANNED)
            if row is None:
                yield None
                return
            found = await connection.fetch(_CONVERSATIONS, row["tenant"], row["since"] - reach, list(adapters))
            yield Plan(**dict(row), conversations=[_conversation(one) for one in found])
            await connection.execute(_PLANNED, row["id"], len(found))

    async def unknown(self, messages: Sequence[Message]) -> set[str]:
        """Keys of those that came to no end here and do not wait for the customer either."""
        rows = [(one.key, one.origin.adapter, one.origin.account, one.external_id) for one in messages]
        return {row["key"] for row in await self._db.fetch(_UNKNOWN, rows)} if rows else set()

    async def ours(self, of: Conversation, since: datetime, until: datetime | None) -> Sequence[Ours]:
        """What went through this conversation in a time, both ways."""
        rows = await self._db.fetch(
            _OURS, of.tenant, of.contact.address, since, until,
            *(of.customer.adapter, of.customer.account), *(of.agent.adapter, of.agent.account),
        )  # fmt: skip
        return [Ours(**dict(row)) for row in rows]

    async def found(self, seen: Seen) -> None:
        """Note what differs, before anything is done about it."""
        rows = [
            (seen.reconciliation, seen.tenant, seen.conversation, one.what, one.key, one.occurred_at, one.outcome)
            for one in seen.findings
        ]
        if rows:
            await self._db.execute(_FOUND, rows)

    async def finish(self, seen: Seen) -> None:
        """The conversation has been looked at; with the last one the reconciliation ends."""
        async with self._db.transaction() as connection:
            # Whoever plans it holds this row until all of its conversations are known.
            await connection.execute("select from reconciliations where id = $1 for update", seen.reconciliation)
            await connection.execute(
                _SEEN, seen.reconciliation, seen.tenant, seen.conversation, seen.calls, seen.compared, seen.failed
            )
            await connection.execute(_OUTCOMES, seen.reconciliation, seen.conversation)
            await connection.execute(_FINISHED, seen.reconciliation)


async def ask(connection: "Connection", tenant: str, cause: Cause, since: datetime, until: datetime | None) -> str:
    """Every engine is told when the transaction ends; the reconciliation's id."""
    id_ = new_id()
    await connection.execute(
        "insert into reconciliations (id, tenant, cause, since, until) values ($1, $2, $3, $4, $5)",
        id_, tenant, cause, since, until,
    )  # fmt: skip
    return id_


async def _one_at_a_time(connection: "Connection") -> None:
    await connection.execute("select pg_advisory_xact_lock(hashtextextended('xyper reconciliation', 0))")


def _conversation(row: Any) -> Conversation:
    return Conversation(
        id=row["id"],
        tenant=row["tenant"],
        customer=Endpoint(adapter=row["customer_adapter"], account=row["customer_account"]),
        agent=Endpoint(adapter=row["agent_adapter"], account=row["agent_account"]),
        contact=Contact(address=row["contact"], aliases=tuple(row["aliases"])),
        thread=row["thread"],
    )


_BEAT = "insert into engines (id) values ($1) on conflict (id) do update set beat_at = now()"

# Nobody has listened before the first engine; and after its start somebody should have.
_BORN = "insert into engines (id) select 'none' where not exists (select from engines)"

_SILENCE = """
select last, now() - last as silence,
  exists (select from reconciliations where cause = 'outage' and asked_at > now() - $1::interval / 2) as asked
from (select max(beat_at) as last from engines) e where now() - last > $1::interval
"""

_DUE = """
select id, now() as now from tenants t where state = 'active' and not exists (
  select from reconciliations r where r.tenant = t.id and r.cause = 'schedule' and r.asked_at > now() - $1::interval
) order by id
"""

_UNPLANNED = """
select id, tenant, since, until from reconciliations where planned_at is null order by asked_at, id limit 1 for update
"""

_CONVERSATIONS = """
select id, tenant, customer_adapter, customer_account, agent_adapter, agent_account, contact, aliases, thread
from conversations where tenant = $1 and thread is not null and changed_at >= $2 and agent_adapter = any($3::text[])
order by changed_at desc, id
"""

_PLANNED = """
update reconciliations set planned_at = now(), conversations = $2::int,
  finished_at = case when $2::int <= (select count(*) from reconciled where reconciliation = $1) then now() end
where id = $1
"""

_UNKNOWN = f"""
select k.key from {given("key text, adapter text, account text, external_id text")} k
where not exists (select from ledger l where l.key = k.key)
  and not exists (
    select from messages m join waiting w on w.id = m.id
    where (m.adapter, m.account, m.external_id) = (k.adapter, k.account, k.external_id))
"""  # noqa: S608  constants

_OURS = """
select p.event_id, m.external_id, m.direction = 'inbound' as inbound, m.occurred_at, p.sent_at, p.far_id,
  p.status > 0 as heard_of
from messages m join posts p on p.key = m.adapter || '/' || m.account || '/' || m.external_id
where m.tenant = $1 and m.contact = $2 and m.occurred_at >= $3 and m.occurred_at <= coalesce($4, now())
  and m.record = 'live' and p.state = 'sent' and p.sent_at is not null and p.far_id is not null
  and (p.adapter, p.account) = (case when m.direction = 'inbound' then $7 else $5 end,
                                case when m.direction = 'inbound' then $8 else $6 end)
order by m.occurred_at
"""

_FINDINGS = given(
    "reconciliation text, tenant text, conversation text, what text, key text, occurred_at timestamptz, outcome text"
)
_FOUND = f"""
insert into findings (reconciliation, tenant, conversation, what, key, occurred_at, outcome)
select * from {_FINDINGS} g
on conflict do nothing
"""  # noqa: S608  constants

# A second look, after a process ended in the middle of the first, adds its calls.
_SEEN = """
insert into reconciled as r (reconciliation, tenant, conversation, calls, compared, failed)
values ($1, $2, $3, $4, $5, $6) on conflict (reconciliation, conversation) do update set
  calls = r.calls + excluded.calls, compared = excluded.compared, failed = excluded.failed, at = now()
"""

_OUTCOMES = """
update findings f set outcome = coalesce((select l.outcome from ledger l where l.key = f.key), 'waiting')
where f.reconciliation = $1 and f.conversation = $2 and f.what = 'missed' and f.outcome = ''
"""

_FINISHED = """
update reconciliations set finished_at = now() where id = $1 and finished_at is null and planned_at is not null
  and conversations <= (select count(*) from reconciled where reconciliation = $1)
"""
