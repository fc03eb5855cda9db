"""The ledger: what was sent. Its unique keys decide what is a duplicate, not a cache.

A payload is noted as `sending` before it is posted and as `sent` after. A process that dies in between leaves `sending`
behind: a send of unknown fate, which `receipts.py` resolves when a receipt proves it, or the router by asking the far
side. Every method travels in groups: concurrent callers share one statement.
"""

from asyncio import Future
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from xyper_engine.grouping import Grouped
from xyper_engine.model import AnyEvent, Endpoint
from xyper_engine.store.db import Database
from xyper_engine.store.rows import given

Outcome = Literal["delivered", "filtered", "dead"]


@dataclass(frozen=True, slots=True)
class Post:
    """One payload that was about to be posted. `state` is `sending`, `unknown` or `sent`."""

    state: str
    far_id: str | None
    since: datetime


@dataclass(slots=True)
class Entry:
    """What is known of an event: how it ended, if it did, and which of its payloads were posted."""

    outcome: str | None = None
    posts: dict[int, Post] = field(default_factory=dict)


class Sending(NamedTuple):
    event: AnyEvent
    n: int
    to: Endpoint
    last: bool
    """True for the event's last payload: with it the ledger knows how many there are."""
    again: datetime | None
    """`since` of the try of unknown fate that this one repeats; None for a first try."""
    window_until: datetime | None
    """Until when the channel's service window is open, as far as we know."""
    kind: str = ""
    """Of what is said, for whoever counts what becomes of it."""


class Sent(NamedTuple):
    event: AnyEvent
    n: int
    far_id: str | None
    outcome: Outcome | None
    """Set on the last payload: sent and finished in one statement."""


class Ledger:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._look = Grouped(self._look_all)
        self._sending = Grouped(self._sending_all)
        self._sent = Grouped(self._sent_all)

    def look(self, event: AnyEvent) -> Future[Entry]:
        """What is known of an event with this key, whoever handled it before."""
        return self._look(event.key)

    def sending(
        self,
        event: AnyEvent,
        n: int,
        to: Endpoint,
        *,
        last: bool,
        before: Post | None,
        window_until: datetime | None = None,
        kind: str = "",
    ) -> Future[bool]:
        """Note that payload `n` is about to be posted; durable when it returns.

        False where somebody else noted it since `before` was looked up: an engine whose place was taken may still be
        at work on its last event, and only one of the two may post.
        """
        again = before.since if before else None
        return self._sending(Sending(event, n, to, last, again, window_until, kind))

    def sent(self, event: AnyEvent, n: int, far_id: str | None, outcome: Outcome | None = None) -> Future[None]:
        """Note that payload `n` was taken; with `outcome` the event is finished too."""
        return self._sent(Sent(event, n, far_id, outcome))

    def finish(self, event: AnyEvent, outcome: Outcome) -> Future[None]:
        """Note how the event ended: a second delivery of it will be filtered."""
        return self._sent(Sent(event, -1, None, outcome))

    async def unsent(self, event: AnyEvent, n: int) -> None:
        """The far side certainly did not take payload `n`: it may be posted again at any time."""
        await self._db.execute("delete from posts where key = $1 and n = $2 and state <> 'sent'", event.key, n)

    async def unknown(self, event: AnyEvent, n: int) -> None:
        """No clear answer came to payload `n`."""
        await self._db.execute(
            "update posts set state = 'unknown' where key = $1 and n = $2 and state = 'sending'", event.key, n
        )

    async def heard(self, event_id: str, n: int) -> bool:
        """Whether a receipt of payload `n` came."""
        status = await self._db.fetchval("select status from posts where event_id = $1 and n = $2", event_id, n)
        return bool(status)

    async def reopen(self, key: str) -> None:
        """Forget that an event died, so that a replay is handled. Posted payloads stay posted."""
        await self._db.execute("delete from ledger where key = $1 and outcome = 'dead'", key)

    async def _look_all(self, keys: Sequence[str]) -> Sequence[Entry]:
        rows = await self._db.fetch(_LOOK, [(key,) for key in dict.fromkeys(keys)])
        entries: dict[str, Entry] = {}
        for row in rows:
            entry = entries.setdefault(row["key"], Entry(row["outcome"]))
            if row["n"] is not None:
                entry.posts[row["n"]] = Post(row["state"], row["far_id"], row["sending_at"])
        return [entries[key] for key in keys]

    async def _sending_all(self, items: Sequence[Sending]) -> Sequence[bool]:
        given = [_sending_row(item) for item in items]
        claimed = {(row["key"], row["n"]) for row in await self._db.fetch(_SENDING, given)}
        return [_taken(claimed, (key, n)) for key, n, *_ in given]

    async def _sent_all(self, items: Sequence[Sent]) -> Sequence[None]:
        rows = [_sent_row(item) for item in items]
        await self._db.execute(_SENT, list({row[:2]: row for row in rows}.values()))
        return [None] * len(items)


def _taken(claimed: set[tuple[str, int]], post: tuple[str, int]) -> bool:
    """Whether it is there to be taken; it is, once."""
    if post not in claimed:
        return False
    claimed.remove(post)
    return True


def _sending_row(item: Sending) -> tuple[Any, ...]:
    event = item.event
    return (
        event.key, item.n, event.tenant, event.id, item.to.adapter, item.to.account, event.external_id,
        event.contact.address, event.origin.adapter, event.origin.account, event.thread, item.last, item.again,
        item.window_until, item.kind,
    )  # fmt: skip


def _sent_row(item: Sent) -> tuple[object, ...]:
    return item.event.key, item.n, item.far_id, item.event.tenant, item.event.id, item.outcome


_LOOK = f"""
select k.key, l.outcome, p.n, p.state, p.far_id, p.sending_at
from {given("key text")} k left join ledger l using (key) left join posts p using (key)
"""  # noqa: S608  constants

_GIVEN = given(
    "key text, n smallint, tenant text, event_id text, adapter text, account text, external_id text, contact text, "
    "origin_adapter text, origin_account text, thread text, last boolean, again timestamptz, window_until timestamptz, "
    "kind text"
)
_SENDING = f"""
with given as (
  select * from {_GIVEN} g
), repeated as (
  update posts p set state = 'sending', sending_at = now(), event_id = g.event_id, window_until = g.window_until
  from given g where p.key = g.key and p.n = g.n and p.state <> 'sent' and p.sending_at = g.again
  returning p.key, p.n
), first as (
  insert into posts (key, n, tenant, event_id, adapter, account, external_id, contact, origin_adapter, origin_account,
                     thread, last, window_until, kind)
  select key, n, tenant, event_id, adapter, account, external_id, contact, origin_adapter, origin_account, thread, last,
         window_until, kind
  from given where again is null
  on conflict (key, n) do nothing
  returning key, n
)
select key, n from repeated union all select key, n from first
"""  # noqa: S608  constants

_SENT = f"""
with given as (
  select * from {given("key text, n smallint, far_id text, tenant text, event_id text, outcome text")} g
), noted as (
  update posts p set state = 'sent', far_id = coalesce(g.far_id, p.far_id), sent_at = now()
  from given g where p.key = g.key and p.n = g.n
)
insert into ledger (key, tenant, event_id, outcome)
select distinct on (key) key, tenant, event_id, outcome from given where outcome is not null
on conflict (key) do nothing
"""  # noqa: S608  constants
