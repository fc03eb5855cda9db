"""What became of each message: every hop, both vendors' ids, price and window, by any id, by conversation, by words.

Nothing of it is stored twice: `messages` holds what came, `posts` what became of each payload, `ledger` how it ended;
here they are read together. Ids of messages sort by the time they came, so a page is a walk down an index.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from xyper_engine.conversation import Conversation
from xyper_engine.errors import NotFound
from xyper_engine.ids import made_at
from xyper_engine.keyring import Keyring
from xyper_engine.model import Direction, Endpoint, Message, Reason, Status
from xyper_engine.price import Price
from xyper_engine.state.messages import opened
from xyper_engine.state.search import Held, Search
from xyper_engine.state.words import words_of
from xyper_engine.store.db import Database


@dataclass(frozen=True, slots=True)
class Payload:
    """One call to the far side: a message may need several."""

    n: int
    to: Endpoint
    far_id: str | None
    state: str
    """`sending`, `unknown`, `sent`."""
    sending_at: datetime
    sent_at: datetime | None
    status: Status | None
    """The highest that was heard of."""
    status_at: Mapping[str, datetime]
    """All that were heard of."""
    reason: Reason | None
    price: Price | None
    window_open: bool | None
    """Whether the channel's service window was open when it was sent; None: the channel has none, or it never was."""


@dataclass(frozen=True, slots=True)
class Tracked:
    """A message with all that is known of its way. `row` is as stored, for `Tracking.body`."""

    id: str
    direction: Direction
    record: str
    kinds: Sequence[str]
    origin: Endpoint
    external_id: str
    to: Endpoint | None
    thread: str | None
    contact: str
    conversation: str | None
    occurred_at: datetime
    received_at: datetime
    routed_at: datetime | None
    ended_at: datetime | None
    status: str
    """`routed`, `filtered`, `dead`, `sending`, `unknown`, `posted`, or the `Status` of the payload furthest behind."""
    payloads: Sequence[Payload]
    row: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages; None: whichever. `since` and `until` are about when they came to us."""

    since: datetime | None = None
    until: datetime | None = None
    direction: str | None = None
    kind: str | None = None
    status: str | None = None
    words: str | None = None
    conversation: Conversation | None = None
    contact: str | None = None
    ids: Sequence[str] | None = None


class Tracking:
    def __init__(self, db: Database, keyring: Keyring) -> None:
        self._db = db
        self._keyring = keyring
        self._search = Search(db)

    async def one(self, tenant: str, any_id: str) -> Tracked:
        """By our id, or either vendor's. Raises `NotFound`."""
        async with self._db.tenant(tenant) as connection:
            row = await connection.fetchrow(_ONE, tenant, any_id)
        if row is None:
            raise NotFound(f"Tenant {tenant} has no message {any_id}.")
        return tracked_of(row)

    async def page(self, tenant: str, wanted: Wanted, before: str | None, limit: int) -> Sequence[Tracked]:
        """Newest first; `before`: the id of the last one of the page before."""
        if wanted.words is not None:
            return await self._found(tenant, wanted, wanted.words, before, limit)
        return await self._page(_Query(tenant, wanted, before), limit)

    async def of(
        self, tenant: str, wanted: Wanted, contacts: Sequence[str], before: str | None, limit: int
    ) -> Sequence[Tracked]:
        """As `page`, of somebody who goes by several names: down the index of each."""
        pages = [await self.page(tenant, replace(wanted, contact=one), before, limit) for one in contacts]
        return sorted((one for page in pages for one in page), key=lambda one: one.id, reverse=True)[:limit]

    async def _found(
        self, tenant: str, wanted: Wanted, words: str, before: str | None, limit: int
    ) -> Sequence[Tracked]:
        """Those with all these words: by their ids where they are few, else by looking at each on the way."""
        hashes = (await self._keyring.cipher(tenant)).blinded(words_of(words))
        page: list[Tracked] = []
        if not hashes:
            return page
        async for held in self._search.held(hashes):
            query = _Query(tenant, replace(wanted, words=None), before)
            query.hold(held, hashes)
            page += await self._page(query, limit - len(page))
            if len(page) == limit:
                break
        return page

    async def _page(self, query: "_Query", limit: int) -> Sequence[Tracked]:
        async with self._db.tenant(query.tenant) as connection:
            await connection.execute(_WALK)
            rows = await connection.fetch(query.sql(limit), *query.values)
        return [tracked_of(row) for row in rows]

    async def body(self, tracked: Tracked) -> Message | None:
        """What it said."""
        return await opened(self._keyring, tracked.row)


class _Query:
    """The conditions of a page, and their values."""

    def __init__(self, tenant: str, wanted: Wanted, before: str | None) -> None:
        self.tenant = tenant
        self.values: list[object] = []
        self._conditions: list[str] = []
        for condition, value in (
            ("m.tenant = {}", tenant),
            ("m.id < {}", before),
            ("m.id >= xyper_first_id({})", wanted.since),
            ("m.id < xyper_first_id({})", wanted.until),
            ("m.direction = {}", wanted.direction),
            ("{} = any(m.kinds)", wanted.kind),
            (f"{_STATUS} = {{}}", wanted.status),
            ("m.contact = {}", wanted.contact),
            ("m.id = any({}::text[])", wanted.ids),
        ):
            if value is not None:
                self.add(condition, value)
        if wanted.conversation is not None:
            self._within(wanted.conversation)

    def hold(self, held: Held, hashes: Sequence[int]) -> None:
        """Only messages with these words."""
        if held.ids is not None:
            self.add("m.id = any({}::text[])", held.ids)
            return
        self.add("m.words @> {}::bigint[]", hashes)
        for condition, bound in (("m.id >= {}", held.span.first), ("m.id < {}", held.span.end)):
            if bound is not None:
                self.add(condition, bound)

    def add(self, condition: str, *values: object) -> None:
        """`{}` for each value."""
        first = len(self.values) + 1
        self._conditions.append(condition.format(*(f"${n}" for n in range(first, first + len(values)))))
        self.values += values

    def _within(self, one: Conversation) -> None:
        self.add("m.contact = {}", one.contact.address)
        ends = (one.customer.adapter, one.customer.account, one.agent.adapter, one.agent.account)
        self.add(f"{ENDS} = ({{}}, {{}}, {{}}, {{}})", *ends)

    def sql(self, limit: int) -> str:
        where = " and ".join(self._conditions)
        return f"{SELECT} from messages m {JOINED} where {where} order by m.id desc limit {limit}"


def tracked_of(row: Any) -> Tracked:
    return Tracked(
        id=row["id"],
        direction=Direction(row["direction"]),
        record=row["record"],
        kinds=row["kinds"] or (),
        origin=Endpoint(adapter=row["adapter"], account=row["account"]),
        external_id=row["external_id"],
        to=Endpoint(adapter=row["to_adapter"], account=row["to_account"]) if row["to_adapter"] else None,
        thread=row["thread"],
        contact=row["contact"],
        conversation=row["conversation"],
        occurred_at=row["occurred_at"],
        received_at=made_at(row["id"]),
        routed_at=row["routed_at"],
        ended_at=row["finished_at"],
        status=row["status"],
        payloads=tuple(_payload(post) for post in row["posts"] or ()),
        row=row,
    )


def _payload(post: Mapping[str, Any]) -> Payload:
    sending, until = datetime.fromisoformat(post["sending_at"]), _moment(post["window_until"])
    priced = post["price_category"] or post["price_type"]
    return Payload(
        n=post["n"],
        to=Endpoint(adapter=post["adapter"], account=post["account"]),
        far_id=post["far_id"],
        state=post["state"],
        sending_at=sending,
        sent_at=_moment(post["sent_at"]),
        status=list(Status)[post["status"] - 1] if post["status"] else None,
        status_at={name: datetime.fromisoformat(at) for name, at in post["status_at"].items()},
        reason=Reason.model_validate(post["reason"]) if post["reason"] else None,
        price=Price(category=post["price_category"] or "", type=post["price_type"] or "") if priced else None,
        window_open=until > sending if until else None,
    )


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


_NAMES = ", ".join(f"'{status.value}'" for status in Status)

# Of several payloads the one that is furthest behind counts, and a failed one more than any.
_STATUS = f"""case
  when l.outcome = 'dead' then 'dead'
  when p.posts is null then case when l.outcome = 'filtered' then 'filtered' when l.outcome is null then 'routed'
                            else 'posted' end
  when p.failed then 'failed'
  when p.unknown then 'unknown'
  when p.sending then 'sending'
  when p.least = 0 then 'posted'
  else (array[{_NAMES}])[p.least]
end"""

# A message's two ends as a conversation names them. `to` is missing for a while where an older version kept it.
ENDS = """(
  case m.direction when 'inbound' then m.adapter else m.to_adapter end,
  case m.direction when 'inbound' then m.account else m.to_account end,
  case m.direction when 'inbound' then m.to_adapter else m.adapter end,
  case m.direction when 'inbound' then m.to_account else m.account end
)"""

SELECT = f"""select m.id, m.tenant, m.direction, m.record, m.kinds, m.adapter, m.account, m.external_id, m.to_adapter,
  m.to_account, m.thread, m.contact, m.occurred_at, m.routed_at, m.key_id, m.sealed, m.about,
  l.outcome, l.finished_at, p.posts, c.id as conversation, {_STATUS} as status
"""

# Each by its key, row by row: with row-level security the planner would rather read all of a tenant's.
JOINED = f"""
left join lateral (
  select outcome, finished_at from ledger where key = m.adapter || '/' || m.account || '/' || m.external_id limit 1
) l on true
left join lateral (
  select jsonb_agg(to_jsonb(o) order by o.n) as posts, min(o.status) as least, bool_or(o.status = {Status.failed.rank})
    as failed, bool_or(o.state = 'unknown') as unknown, bool_or(o.state = 'sending') as sending
  from posts o where o.key = m.adapter || '/' || m.account || '/' || m.external_id
) p on true
left join lateral (
  select id from conversations
  where (customer_adapter, customer_account, agent_adapter, agent_account) = {ENDS} and contact = m.contact limit 1
) c on true
"""  # noqa: S608  constants

_ONE = f"""
with own as (select adapter, account from accounts where tenant = $1), found as (
  select id from messages where id = $2
  union all
  select m.id from own join messages m on (m.adapter, m.account, m.external_id) = (own.adapter, own.account, $2)
  union all
  select m.id from own join posts o on (o.adapter, o.account, o.far_id) = (own.adapter, own.account, $2)
    join messages m on (m.adapter, m.account, m.external_id) = (o.origin_adapter, o.origin_account, o.external_id)
)
{SELECT} from messages m {JOINED}
where m.tenant = $1 and m.id = (select id from found order by id desc limit 1)
"""  # noqa: S608  constants

# Down an index until the page is full, instead of reading all that fits and sorting it.
_WALK = "select set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true)"
