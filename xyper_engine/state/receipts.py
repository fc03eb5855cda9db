"""Receipts: what the far sides say became of our posts. Applied in groups; a status only ever rises.

A receipt is also a sign of life: a post of unknown fate that it speaks of was taken.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from xyper_engine.grouping import Grouped
from xyper_engine.model import Contact, Endpoint, Reason, Receipt, Status
from xyper_engine.price import Price
from xyper_engine.store.db import Database
from xyper_engine.store.rows import given


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a message stands after a receipt: of all its payloads, the one that is furthest behind counts."""

    event_id: str
    n: int
    origin: Endpoint
    """Who sent the message and may want to hear how it ended."""
    external_id: str
    """The message's id at its origin."""
    contact: Contact
    thread: str | None
    resolved: bool
    """True where this receipt settled a send of unknown fate."""
    rose: tuple[int, int]
    """Its rank before this receipt and after; of several receipts that came together the first tells for all."""
    kind: str
    """What the message said, as it was noted with the post."""
    price: Price | None
    """What the payload costs, where this receipt is the first to say it."""
    ended: Status | None
    """`delivered` or `failed` once nothing more can change for the sender, else None."""
    reason: Reason | None


class Receipts:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._apply = Grouped(self._apply_all)

    async def apply(self, receipt: Receipt) -> Progress | None:
        """None where the receipt speaks of a message that is not ours (the Business app's, another system's)."""
        return await self._apply(receipt)

    async def _apply_all(self, receipts: Sequence[Receipt]) -> Sequence[Progress | None]:
        async with self._db.connection() as connection, connection.transaction():
            found = await connection.fetch(_FIND, _asked(receipts))
            posts = {row["i"]: (row["key"], row["n"], row["state"]) for row in found}
            before = {(row["key"], row["n"]): row["status"] for row in found}
            if not posts:
                return [None] * len(receipts)
            await connection.execute(_RAISE, _raised(receipts, posts))
            rows = await connection.fetch(_WHOLE, list({key for key, _, _ in posts.values()}))
        prices = _prices(receipts, posts, {(row["key"], row["n"]) for row in found if row["price_category"]})
        first = {key: i for i, (key, _, _) in sorted(posts.items(), reverse=True)}
        whole: dict[str, list[dict[str, object]]] = {}
        for row in rows:
            whole.setdefault(row["key"], []).append(dict(row))
        return [
            _progress(posts[i], whole[posts[i][0]], before if first[posts[i][0]] == i else {}, prices.get(i))
            if i in posts
            else None
            for i in range(len(receipts))
        ]


def _asked(receipts: Sequence[Receipt]) -> list[tuple[object, ...]]:
    """The index, the far side, its id, and our own id as it may have been echoed: `<id>` or `<id>.<n>`."""
    return [
        (i, r.origin.adapter, r.origin.account, r.about, r.reference, *_split(r.reference))
        for i, r in enumerate(receipts)
    ]


def _split(reference: str | None) -> tuple[str | None, int | None]:
    match = re.fullmatch(r"(.+)\.(\d{1,3})", reference or "")
    return (match[1], int(match[2])) if match else (None, None)


def _raised(receipts: Sequence[Receipt], posts: dict[int, tuple[str, int, str]]) -> list[tuple[object, ...]]:
    """One row per post: the highest status of this group, all timestamps, the last reason and price given."""
    merged: dict[tuple[str, int], dict[str, object]] = {}
    for i, (key, n, _) in sorted(posts.items()):
        receipt = receipts[i]
        row = merged.setdefault((key, n), {"rank": 0, "at": {}, "far": receipt.about, "reason": None, "price": None})
        row["rank"] = max(int(str(row["rank"])), receipt.status.rank)
        row["at"] = {receipt.status.value: receipt.occurred_at.isoformat(), **_dict(row["at"])}
        row["reason"] = receipt.reason.model_dump() if receipt.reason else row["reason"]
        row["price"] = receipt.price or row["price"]
    return [
        (key, n, row["far"], row["rank"], row["at"], row["reason"], *_price(row["price"]))
        for (key, n), row in merged.items()
    ]


def _price(value: object) -> tuple[str | None, str | None]:
    return (value.category or None, value.type or None) if isinstance(value, Price) else (None, None)


def _prices(
    receipts: Sequence[Receipt], posts: Mapping[int, tuple[str, int, str]], known: set[tuple[str, int]]
) -> Mapping[int, Price]:
    """Prices that nobody knew yet, by the first receipt that says each."""
    told, found = set(known), dict[int, Price]()
    for i, (key, n, _) in sorted(posts.items()):
        price = receipts[i].price
        if price and price.category and (key, n) not in told:
            told.add((key, n))
            found[i] = price
    return found


def _dict(value: object) -> dict[str, str]:
    return value if isinstance(value, dict) else {}


def _progress(
    post: tuple[str, int, str],
    rows: Iterable[dict[str, object]],
    before: Mapping[tuple[str, int], int],
    price: Price | None,
) -> Progress:
    rows = sorted(rows, key=lambda row: int(str(row["n"])))
    one = next(row for row in rows if row["n"] == post[1])
    return Progress(
        event_id=str(one["event_id"]),
        n=post[1],
        origin=Endpoint(adapter=str(one["origin_adapter"]), account=str(one["origin_account"])),
        external_id=str(one["external_id"]),
        contact=Contact(address=str(one["contact"])),
        thread=str(one["thread"]) if one["thread"] else None,
        resolved=post[2] != "sent",
        rose=(_rank(rows, before), _rank(rows, {})),
        kind=str(one["kind"]),
        price=price,
        ended=_ended(rows),
        reason=next((Reason.model_validate(row["reason"]) for row in rows if row["reason"]), None),
    )


def _rank(rows: Sequence[dict[str, object]], before: Mapping[tuple[str, int], int]) -> int:
    """How far the whole message is, or was; 0 while it is not known whole."""
    ranks = [before.get((str(row["key"]), int(str(row["n"]))), int(str(row["status"]))) for row in rows]
    if Status.failed.rank in ranks:
        return Status.failed.rank
    return min(ranks) if any(row["last"] for row in rows) else 0


def _ended(rows: Sequence[dict[str, object]]) -> Status | None:
    ranks = [int(str(row["status"])) for row in rows]
    if Status.failed.rank in ranks:
        return Status.failed
    complete = any(row["last"] for row in rows)
    return Status.delivered if complete and min(ranks) >= Status.delivered.rank else None


_FIND = f"""
select r.i, found.key, found.n, found.state, found.status, found.price_category
from {given("i int, adapter text, account text, about text, reference text, stem text, n int")} r
cross join lateral (
  select key, n, state, status, price_category from posts p
   where p.adapter = r.adapter and p.account = r.account and p.far_id = r.about
  union all
  select key, n, state, status, price_category from posts p
   where p.adapter = r.adapter and p.account = r.account and p.event_id = r.stem and p.n = r.n
  union all
  select key, n, state, status, price_category from posts p
   where p.adapter = r.adapter and p.account = r.account and p.external_id = r.reference and p.n = 0
  union all
  select key, n, state, status, price_category from posts p
   where p.adapter = r.adapter and p.account = r.account and p.external_id = r.stem and p.n = r.n
  limit 1
) found
"""  # noqa: S608  constants

_GIVEN = given(
    "key text, n smallint, far text, rank smallint, at jsonb, reason jsonb, price_category text, price_type text"
)
_RAISE = f"""
update posts p set
  state = 'sent', far_id = coalesce(p.far_id, g.far), sent_at = coalesce(p.sent_at, now()),
  status = greatest(p.status, g.rank), status_at = g.at || p.status_at, reason = coalesce(g.reason, p.reason),
  price_category = coalesce(g.price_category, p.price_category), price_type = coalesce(g.price_type, p.price_type)
from {_GIVEN} g
where p.key = g.key and p.n = g.n
"""  # noqa: S608  constants

_WHOLE = """
select key, n, event_id, origin_adapter, origin_account, external_id, contact, thread, last, status, reason, kind
from posts where key = any($1::text[])
"""
