"""Conversations: a customer ↔ a number ↔ the agent side's conversation. Stored as soon as either side names one."""

from asyncio import Future
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from xyper_engine.conversation import Conversation
from xyper_engine.grouping import Grouped
from xyper_engine.model import Contact, Endpoint, Link, Message, new_id
from xyper_engine.parts import Notice, Reaction
from xyper_engine.store.db import Database
from xyper_engine.store.rows import given


class Heard(NamedTuple):
    """News of a conversation: a customer's message, or the agent side's id of it."""

    link: Link
    contact: Contact
    thread: str | None = None
    inbound_id: str | None = None
    inbound_at: datetime | None = None
    window_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which conversations of a tenant; None: whichever."""

    state: Literal["open", "closed"] | None = None
    """`open`: the agent side is at it."""
    number: Endpoint | None = None
    """The account that the customer writes to."""
    contact: str | None = None
    """The customer's address."""
    thread: str | None = None
    """The agent side's id, also of an earlier conversation."""


class Conversations:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._find = Grouped(self._find_all)
        self._note = Grouped(self._note_all)
        self._answered = Grouped(self._answered_all)

    def find(self, link: Link, address: str) -> Future[Conversation | None]:
        """The conversation of this customer over this link, as last stored."""
        return self._find((link, address))

    def heard(self, link: Link, message: Message) -> Future[None]:
        """A customer wrote or called: what a typing indicator and the channel's service window refer to."""
        until = message.occurred_at + timedelta(hours=message.opens) if message.opens else None
        # Nobody can be shown typing in answer to a call, a reaction or a changed number.
        said = any(not isinstance(part, Notice | Reaction) for part in message.parts)
        id_ = message.external_id if said else None
        return self._note(Heard(link, message.contact, None, id_, message.occurred_at if id_ else None, until))

    async def get(self, tenant: str, id: str) -> Conversation | None:  # noqa: A002  the model's word
        """A tenant's conversation by our own id of it."""
        async with self._db.tenant(tenant) as connection:
            row = await connection.fetchrow(f"{_SELECT} from conversations c where tenant = $1 and id = $2", tenant, id)
        return _conversation(row) if row else None

    async def page(self, tenant: str, wanted: "Wanted", before: str | None, limit: int) -> Sequence[Conversation]:
        """A tenant's, newest first, from the one after `before` on."""
        sql, values = _page(tenant, wanted, before)
        async with self._db.tenant(tenant) as connection:
            rows = await connection.fetch(f"{_SELECT} from conversations c where {sql} limit {limit:d}", *values)
            return [_conversation(row) for row in rows]

    async def newest(self, agent: Endpoint, contact: Contact, thread: str | None) -> Endpoint | None:
        """Which of the customer's channels this conversation last came by, where the agent side serves several."""
        row = await self._db.fetchrow(_NEWEST, agent.adapter, agent.account, contact.address, thread)
        return Endpoint(adapter=row["customer_adapter"], account=row["customer_account"]) if row else None

    async def threaded(self, link: Link, contact: Contact, thread: str) -> None:
        """The agent side named its conversation."""
        await self._note(Heard(link, contact, thread))

    def answered(self, id: str, asked_at: datetime) -> Future[bool]:  # noqa: A002  the model's word
        """An agent answered what the customer asked then. True for the first answer only."""
        return self._answered((id, asked_at))

    async def shut(self, channel: Endpoint, contact: Contact, at: datetime) -> Sequence[str]:
        """The channel says that its window was closed then. Of which conversations, by our ids, that was news."""
        rows = await self._db.fetch(_SHUT, channel.adapter, channel.account, contact.address, at)
        return [row["id"] for row in rows]

    async def _answered_all(self, answers: Sequence[tuple[str, datetime]]) -> Sequence[bool]:
        unique = dict.fromkeys(answers)
        rows = await self._db.fetch(_ANSWERED, list(unique))
        first = {row["id"] for row in rows}
        return [id_ in first for id_, _ in answers]

    async def _find_all(self, wanted: Sequence[tuple[Link, str]]) -> Sequence[Conversation | None]:
        rows = await self._db.fetch(_FIND, [(i, *_ends(link), address) for i, (link, address) in enumerate(wanted)])
        found = {row["i"]: row for row in rows}
        return [_conversation(found[i], link) if i in found else None for i, (link, _) in enumerate(wanted)]

    async def _note_all(self, news: Sequence[Heard]) -> Sequence[None]:
        merged: dict[tuple[str, ...], Heard] = {}
        for item in news:
            key = (*_ends(item.link), item.contact.address)
            merged[key] = _newer(merged[key], item) if key in merged else item
        await self._db.execute(_NOTE, [_row(item) for item in merged.values()])
        return [None] * len(news)


def _page(tenant: str, wanted: Wanted, before: str | None) -> tuple[str, list[str]]:
    """Only what is asked for stands in the statement, so that each question has its index."""
    number = {"adapter": wanted.number.adapter, "account": wanted.number.account} if wanted.number else {}
    given = {"before": before, **number, "contact": wanted.contact, "thread": wanted.thread}
    sql, values = ["c.tenant = $1"], [tenant]
    for name, value in given.items():
        if value is not None:
            values.append(value)
            sql.append(_WHERE[name].format(n=len(values)))
    if wanted.state:
        sql.append(_WHERE[wanted.state])
    return " and ".join(sql) + " order by c.id desc", values


def _ends(link: Link) -> tuple[str, str, str, str]:
    return link.customer.adapter, link.customer.account, link.agent.adapter, link.agent.account


def _newer(old: Heard, new: Heard) -> Heard:
    later = new if new.inbound_id else old
    return Heard(
        link=new.link,
        contact=new.contact if new.inbound_id else old.contact,
        thread=new.thread or old.thread,
        inbound_id=later.inbound_id,
        inbound_at=later.inbound_at,
        window_until=max(filter(None, (old.window_until, new.window_until)), default=None),
    )


def _row(item: Heard) -> tuple[Any, ...]:
    aliases = " ".join(item.contact.aliases)  # URNs hold no blanks
    return (
        new_id(), item.link.tenant, *_ends(item.link), item.contact.address, aliases, item.contact.name,
        item.contact.username, item.thread, item.inbound_id, item.inbound_at, item.window_until,
    )  # fmt: skip


def _conversation(row: Any, link: Link | None = None) -> Conversation:
    """`link`: where it is known which of them the row is of."""
    return Conversation(
        id=row["id"],
        tenant=row["tenant"],
        customer=link.customer if link else Endpoint(adapter=row["customer_adapter"], account=row["customer_account"]),
        agent=link.agent if link else Endpoint(adapter=row["agent_adapter"], account=row["agent_account"]),
        contact=Contact(
            address=row["contact"], aliases=tuple(row["aliases"]), name=row["name"], username=row["username"]
        ),
        began_at=row["created_at"],
        thread=row["thread"],
        ended_at=row["ended_at"],
        context_version=row["context_version"],
        last_inbound_id=row["last_inbound_id"],
        last_inbound_at=row["last_inbound_at"],
        window_until=row["window_until"],
        waiting=row["waiting"],
        asked_at=row["asked_at"],
    )


# Every message asks for them: what its link tells already is not asked for again.
_KNOWN = """
select c.id, c.tenant, c.contact, c.aliases, c.name, c.username, c.created_at, c.thread, c.ended_at, c.context_version,
       c.last_inbound_id, c.last_inbound_at, c.window_until, c.asked_at,
       exists (select from waiting w where w.adapter = c.customer_adapter
               and w.account = c.customer_account and w.contact = c.contact) as waiting"""
_SELECT = f"{_KNOWN}, c.customer_adapter, c.customer_account, c.agent_adapter, c.agent_account"

_FIND = f"""{_KNOWN}, k.i
from {given("i int, ca text, cx text, aa text, ax text, contact text")} k
join conversations c on (c.customer_adapter, c.customer_account, c.agent_adapter, c.agent_account, c.contact)
                      = (k.ca, k.cx, k.aa, k.ax, k.contact)
"""

# A customer is found by every name; `thread` is also an earlier one.
_WHERE = {
    "before": "c.id < ${n}",
    "adapter": "c.customer_adapter = ${n}",
    "account": "c.customer_account = ${n}",
    "contact": "(c.contact = ${n} or c.contact in (select k.address from contact_urns u join contacts k "
    "on k.id = u.contact where u.tenant = $1 and u.urn = ${n}))",
    "thread": "c.id in (select t.conversation from threads t where t.tenant = $1 and t.thread = ${n})",
    "open": "c.thread is not null and c.ended_at is null",
    "closed": "(c.thread is null or c.ended_at is not null)",
}

_NEWEST = """
select customer_adapter, customer_account from conversations
where agent_adapter = $1 and agent_account = $2 and (contact = $3 or thread = $4)
order by coalesce(thread = $4, false) desc, last_inbound_at desc nulls last limit 1
"""

_NEWS = given(
    "id text, tenant text, ca text, cx text, aa text, ax text, contact text, aliases text, name text, username text, "
    "thread text, inbound text, at timestamptz, until timestamptz"
)
_NOTE = f"""
insert into conversations as c (id, tenant, customer_adapter, customer_account, agent_adapter, agent_account, contact,
                                aliases, name, username, thread, last_inbound_id, last_inbound_at, window_until,
                                asked_at)
select id, tenant, ca, cx, aa, ax, contact, string_to_array(aliases, ' '), name, username, thread, inbound, at, until,
       at
from {_NEWS} g
on conflict (customer_adapter, customer_account, agent_adapter, agent_account, contact) do update set
  thread = coalesce(excluded.thread, c.thread),
  ended_at = case when excluded.thread is null then c.ended_at end,
  ended_by = case when excluded.thread is null then c.ended_by end,
  name = coalesce(excluded.name, c.name),
  username = coalesce(excluded.username, c.username),
  aliases = case when cardinality(excluded.aliases) > 0 then excluded.aliases else c.aliases end,
  last_inbound_id = case when excluded.last_inbound_at >= coalesce(c.last_inbound_at, '-infinity')
                         then excluded.last_inbound_id else c.last_inbound_id end,
  last_inbound_at = greatest(excluded.last_inbound_at, c.last_inbound_at),
  window_until = greatest(excluded.window_until, c.window_until),
  asked_at = coalesce(c.asked_at, excluded.asked_at),
  changed_at = now()
"""  # noqa: S608  constants

_ANSWERED = f"""
update conversations c set asked_at = null from {given("id text, asked_at timestamptz")} g
where c.id = g.id and c.asked_at = g.asked_at returning c.id
"""  # noqa: S608  constants

# Whoever wrote after that has opened it again.
_SHUT = """
update conversations c set window_until = $4, changed_at = now()
where c.customer_adapter = $1 and c.customer_account = $2
  and (c.contact = $3 or c.contact in (select k.address from contact_urns u join contacts k on k.id = u.contact
                                       where u.tenant = c.tenant and u.urn = $3))
  and c.window_until > $4 and coalesce(c.last_inbound_at <= $4, true)
returning c.id
"""
