"""What somebody looks for by the only thing they have: an id of ours or of a vendor's, a conversation's, a person.

`scope` is the tenant whose rows are looked at, by the database's own rules; None: everybody's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from xyper_engine.store.db import Database

MOST = 20
"""Things of one name that are told."""


@dataclass(frozen=True, slots=True)
class Thing:
    what: Literal["message", "conversation"]
    tenant: str
    id: str
    """Ours."""


class Finding:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def things(self, scope: str | None, name: str) -> Sequence[Thing]:
        """Messages and conversations with this id, ours or a vendor's; the newest first."""
        async with self._db.within(scope) as connection:
            rows = await connection.fetch(_NAMED, scope, name, MOST)
        return [Thing(row["what"], row["tenant"], row["id"]) for row in rows]


# The accounts first: each with the vendor's id is a key of an index of every partition.
_NAMED = """
with own as materialized (
  select tenant, adapter, account from accounts where $1::text is null or tenant = $1
), named as (
  select 'message' as what, tenant, id from messages where id = $2
  union
  select 'message', m.tenant, m.id from own
    join messages m on (m.adapter, m.account, m.external_id) = (own.adapter, own.account, $2)
  union
  select 'message', m.tenant, m.id from own
    join posts o on (o.adapter, o.account, o.far_id) = (own.adapter, own.account, $2)
    join messages m on (m.adapter, m.account, m.external_id) = (o.origin_adapter, o.origin_account, o.external_id)
  union
  select 'conversation', tenant, id from conversations where id = $2
  union
  select 'conversation', h.tenant, h.conversation from (select distinct tenant from own) t
    join threads h on (h.tenant, h.thread) = (t.tenant, $2)
)
select what, tenant, id from named where $1::text is null or tenant = $1 order by what desc, id desc limit $3
"""
