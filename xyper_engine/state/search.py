"""Search: which messages hold these words, by the index of their keyed hashes, a partition at a time from the newest.

A word that few messages hold gives their ids. Of one that many hold, what a page needs lies near the newest of them: a
walk from message to message meets it soon, but only in a partition that holds many. So one that was frequent last year
and is never written any more costs no walk through this year.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from xyper_engine.store.db import Database

FEW = 2000
"""Messages up to which they are looked at one by one."""


@dataclass(frozen=True, slots=True)
class Span:
    """Ids from `first` on and before `end`; None: without bound."""

    first: str | None = None
    end: str | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """Within a span; `ids`: the messages with all the words, None where there are many."""

    span: Span
    ids: Sequence[str] | None


class Search:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def held(self, hashes: Sequence[int]) -> AsyncIterator[Held]:
        """Newest first; spans that hold none are left out."""
        everywhere = await self._ids(hashes, Span())
        if everywhere is not None:
            yield Held(Span(), everywhere)
            return
        for span in await self._spans():
            ids = await self._ids(hashes, span)
            if ids is None or ids:
                yield Held(span, ids)

    async def _ids(self, hashes: Sequence[int], span: Span) -> Sequence[str] | None:
        # Not as the tenant: row-level security would keep its condition before the index of words. Nor need it be: the
        # hashes are keyed by the tenant's own key.
        async with self._db.transaction() as connection:
            await connection.execute(_PLANNED)
            rows = await connection.fetch(HOLDING, hashes, span.first or "", span.end, FEW + 1)
        return [row["id"] for row in rows] if len(rows) <= FEW else None

    async def _spans(self) -> Sequence[Span]:
        rows = await self._db.fetch("select until from xyper_messages_partitions() order by until desc")
        return [Span(first, end) for end, first in pairwise([None, *(row["until"] for row in rows), None])]


# For a span that is known: else the planner takes each for a small one, and reads all of it instead of the words.
_PLANNED = "select set_config('plan_cache_mode', 'force_custom_plan', true)"

HOLDING = """
select id from messages
where words @> $1::bigint[] and id >= $2 and ($3::text is null or id < $3) limit $4
"""
