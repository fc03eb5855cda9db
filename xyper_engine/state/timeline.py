"""A message's timeline: what the traces, the ledger and the receipts know of it, in the order in which it happened."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from xyper_engine.model import Status

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection

MOST = 500
"""Rows of one timeline: a message that was tried for days has more, and nobody reads them."""


@dataclass(frozen=True, slots=True)
class Happened:
    at: datetime
    event: str
    """Our id of the message, or of the receipt that speaks of it."""
    what: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Timeline:
    id: str
    """Ours, of the message."""
    tenant: str
    conversation: str | None
    outcome: str | None
    """How the message ended here: `delivered`, `filtered`, `dead`; None: it has not, as far as is written yet."""
    steps: tuple[Happened, ...]


async def timelines(connection: "Connection", id_: str, tenant: str | None) -> Sequence[Timeline]:
    """Of the message with this id, ours or either vendor's. Several only where vendors gave two messages one id."""
    found = await connection.fetch(_NAMED, tenant, id_)
    return await _of(connection, [row["message"] for row in found], tenant)


async def of_conversation(
    connection: "Connection", conversation: str, tenant: str, before: str | None, limit: int
) -> tuple[Sequence[Timeline], str | None]:
    """The newest messages first; and before which message the next page goes on, if there is one.

    `conversation` is our id, or the agent side's, also an earlier one.
    """
    rows = await connection.fetch(_SPOKEN, tenant, conversation, before, limit)
    found = {line.id: line for line in await _of(connection, [row["message"] for row in rows], tenant)}
    ordered = [found[id_] for id_ in dict.fromkeys(row["message"] for row in rows) if id_ in found]
    return ordered, rows[-1]["message"] if len(rows) == limit else None


async def _of(connection: "Connection", messages: Sequence[str], tenant: str | None) -> Sequence[Timeline]:
    ids = list(dict.fromkeys(messages))
    rows = await connection.fetch(_ROWS, tenant, ids, MOST * max(len(ids), 1))
    posts = await connection.fetch(_POSTS, tenant, ids)
    return [
        _timeline(id_, own, [post for post in posts if post["event_id"] == id_])
        for id_ in ids
        if (own := [row for row in rows if row["message"] == id_])
    ]


def _timeline(id_: str, rows: Sequence[Any], posts: Sequence[Any]) -> Timeline:
    steps = [step for row in rows for step in _steps(row)] + [step for post in posts for step in _posted(post)]
    steps = list({(step.event, step.what, step.at, str(step.facts)): step for step in steps}.values())
    steps.sort(key=lambda step: step.at)
    ends = [step.facts.get("outcome") for step in steps if step.what == "ended" and step.event == id_]
    conversation = next((row["conversation"] for row in rows if row["conversation"]), None)
    return Timeline(id_, rows[0]["tenant"], conversation, ends[-1] if ends else None, tuple(steps))


def _steps(row: Any) -> Iterator[Happened]:
    yield Happened(row["received_at"], row["event_id"], "received", {})
    for offset, what, facts in orjson.loads(row["steps"]):
        yield Happened(row["received_at"] + timedelta(milliseconds=offset), row["event_id"], what, facts)


def _posted(post: Any) -> Iterator[Happened]:
    """What the ledger and the far side's receipts say of one payload."""
    about = {"payload": post["n"], "account": f"{post['adapter']}/{post['account']}"}
    yield Happened(post["sending_at"], post["event_id"], "noted as sending", about)
    if post["sent_at"]:
        yield Happened(post["sent_at"], post["event_id"], "noted as sent", {**about, "far_id": post["far_id"]})
    code = {"code": post["reason"]["code"]} if post["reason"] else {}
    # In their own order: vendors tell whole seconds, so several may have the same moment.
    for status, at in sorted(post["status_at"].items(), key=lambda one: Status(one[0]).rank):
        facts = {**about, "status": status, **(code if status == "failed" else {})}
        yield Happened(datetime.fromisoformat(at), post["event_id"], "status", facts)


# Vendors' ids stand in the keys of the ledger and in posts, which have an index for each; that of a message which waits
# for its next try stands in its own row alone. The keys are made beforehand: while it makes one, row-level security
# lets the planner compare it with all of a tenant's rows only.
_NAMED = """
with own as (
  select message from traces where message = $2 and ($1::text is null or tenant = $1)
  union select message from traces where event_id = $2 and event_id <> message and ($1::text is null or tenant = $1)
), keys as materialized (
  select adapter, account, adapter || '/' || account || '/' || $2 as key from accounts
  where $1::text is null or tenant = $1
), theirs as (
  select l.event_id as message from keys k join ledger l on l.key = k.key
  union
  select p.event_id from keys k join posts p on p.key = k.key
  union
  select p.event_id from keys k join posts p on (p.adapter, p.account, p.far_id) = (k.adapter, k.account, $2)
  union
  select m.id from keys k join messages m on (m.adapter, m.account, m.external_id) = (k.adapter, k.account, $2)
)
select message from own union select message from theirs
"""

_ROWS = """
select tenant, message, event_id, conversation, received_at, steps from traces
where message = any($2::text[]) and ($1::text is null or tenant = $1) order by at limit $3
"""

_POSTS = """
select event_id, n, adapter, account, far_id, sending_at, sent_at, status_at, reason from posts
where event_id = any($2::text[]) and ($1::text is null or tenant = $1) order by n
"""

_SPOKEN = """
with one as (
  select id from conversations where tenant = $1 and id = $2
  union
  select conversation from threads where tenant = $1 and thread = $2
)
select distinct r.message from one join traces r on r.conversation = one.id
where r.tenant = $1 and r.event_id = r.message and ($3::text is null or r.message < $3)
order by r.message desc limit $4
"""
