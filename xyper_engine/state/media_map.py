"""The map of media: which file is which message's, under which ids each vendor knows both, and how long each lives."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from xyper_engine.errors import NotFound
from xyper_engine.state.files import Scan
from xyper_engine.state.tracking import ENDS
from xyper_engine.store.db import Database


@dataclass(frozen=True, slots=True)
class Upload:
    """A far side's own copy of the bytes."""

    account: str
    far_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Mapped:
    """A file. `message` is None once that was deleted."""

    id: str
    n: int
    state: str
    """`stored`, `infected`, `gone`: whether it is still there, and may be fetched."""
    scan: Scan
    detail: str
    kind: str
    mime: str
    name: str
    size: int
    sha256: str
    created_at: datetime
    source_id: str | None
    source_url: str | None
    """The file's id, and host and path of its address, at the side it came from."""
    expires_at: datetime
    """When retention deletes it."""
    message: str | None
    conversation: str | None
    external_id: str | None
    far_ids: Sequence[str]
    """Of the message: at the side it came from, and where it went."""
    uploads: Sequence[Upload]


class MediaMap:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def one(self, tenant: str, file_id: str, days: int) -> Mapped:
        """`days`: as long as the tenant keeps files. Raises `NotFound`."""
        async with self._db.tenant(tenant) as connection:
            row = await connection.fetchrow(f"{_SELECT} where f.tenant = $1 and f.id = $3", tenant, days, file_id)
        if row is None:
            raise NotFound(f"Tenant {tenant} has no file {file_id}.")
        return _mapped(row)

    async def of(self, tenant: str, event_key: str, days: int) -> Sequence[Mapped]:
        """A message's files, with what was made of them."""
        async with self._db.tenant(tenant) as connection:
            rows = await connection.fetch(
                f"{_SELECT} where f.tenant = $1 and f.event_key = $3 order by f.n", tenant, days, event_key
            )
        return [_mapped(row) for row in rows]

    async def page(
        self, tenant: str, days: int, state: str | None, before: tuple[datetime, str] | None, limit: int
    ) -> Sequence[Mapped]:
        """Newest first."""
        at, id_ = before or (None, None)
        async with self._db.tenant(tenant) as connection:
            rows = await connection.fetch(f"{_SELECT} {_PAGE}", tenant, days, state, at, id_, limit)
        return [_mapped(row) for row in rows]


def _mapped(row: Any) -> Mapped:
    uploads = [
        Upload(one["account"], one["far_id"], datetime.fromisoformat(one["expires_at"])) for one in row["uploads"] or ()
    ]
    return Mapped(**{**dict(row), "uploads": uploads, "far_ids": row["far_ids"] or ()})


# A file names its event by its key: where it came from, and its id there.
_SELECT = f"""
select f.id, f.n, f.state, f.scan, f.detail, f.kind, f.mime, f.name, f.size, f.sha256, f.created_at, f.source_id,
  f.source_url,
  f.created_at + make_interval(days => $2) as expires_at, m.id as message, c.id as conversation, m.external_id,
  (select array_agg(o.far_id order by o.n) from posts o where o.key = f.event_key and o.far_id is not null) as far_ids,
  (select jsonb_agg(jsonb_build_object('account', u.adapter || '/' || u.account, 'far_id', u.far_id,
                                       'expires_at', u.expires_at))
   from accounts a join uploads u on (u.adapter, u.account, u.sha256, u.mime) = (a.adapter, a.account, f.sha256, f.mime)
   where a.tenant = f.tenant) as uploads
from files f
left join lateral (
  select split_part(f.event_key, '/', 1) as adapter, split_part(f.event_key, '/', 2) as account
) k on true
left join lateral (
  select * from messages where (adapter, account, external_id)
    = (k.adapter, k.account, substring(f.event_key from length(k.adapter) + length(k.account) + 3))
  order by id desc limit 1
) m on true
left join conversations c on c.contact = m.contact
  and (c.customer_adapter, c.customer_account, c.agent_adapter, c.agent_account) = {ENDS}
"""  # noqa: S608  constants

_PAGE = """
where f.tenant = $1 and ($3::text is null or f.state = $3)
  and ($4::timestamptz is null or (f.created_at, f.id) < ($4, $5))
order by f.created_at desc, f.id desc limit $6
"""
