"""The vendors' approved templates, as last heard of: what a message is checked against before any call."""

from collections.abc import Sequence
from typing import Any

from xyper_engine.store.db import Database
from xyper_engine.template import ApprovedTemplate


class Templates:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, adapter: str, account: str, name: str, language: str) -> ApprovedTemplate | None:
        """The template of this account (WhatsApp: the WABA) in exactly this language."""
        row = await self._db.fetchrow(f"{_SELECT} where (adapter, account, name, language) = ($1, $2, $3, $4)",
                                      adapter, account, name, language)  # fmt: skip
        return _template(row) if row else None

    async def list(self, tenant: str) -> Sequence[ApprovedTemplate]:
        """All of a tenant's, by name and language."""
        rows = await self._db.fetch(f"{_SELECT} where tenant = $1 order by account, name, language", tenant)
        return [_template(row) for row in rows]

    async def replace(self, tenant: str, adapter: str, account: str, found: Sequence[ApprovedTemplate]) -> None:
        """All templates of an account, as just read from the vendor: what is no longer there is forgotten."""
        async with self._db.connection() as connection, connection.transaction():
            await connection.execute(
                "delete from templates where (tenant, adapter, account) = ($1, $2, $3)", tenant, adapter, account
            )
            await connection.executemany(_PUT, [_row(template) for template in found])

    async def put(self, template: ApprovedTemplate) -> None:
        """One that was created or edited."""
        await self._db.execute(_PUT, *_row(template))

    async def amend(self, adapter: str, account: str, name: str, language: str, **news: str) -> bool:
        """What a webhook says of one: `status`, `quality`, `category`, `reason`. False where it is not known."""
        found = await self.find(adapter, account, name, language)
        if found is None:
            return False
        await self.put(found.model_copy(update=news))
        return True

    async def forget(self, adapter: str, account: str, name: str, language: str | None = None) -> None:
        """One that was deleted, in one language or in all."""
        await self._db.execute(
            "delete from templates "
            "where (adapter, account, name) = ($1, $2, $3) and ($4::text is null or language = $4)",
            adapter, account, name, language,
        )  # fmt: skip


def _row(t: ApprovedTemplate) -> tuple[Any, ...]:
    return (
        t.tenant, t.adapter, t.account, t.name, t.language, t.id, t.category, t.status, t.quality, t.format, t.reason,
        list(t.components),
    )  # fmt: skip


def _template(row: Any) -> ApprovedTemplate:
    return ApprovedTemplate(**dict(row) | {"components": tuple(row["components"])})


_SELECT = """select tenant, adapter, account, name, language, far_id as id, category, status, quality, format, reason,
  components from templates"""

_PUT = """
insert into templates (tenant, adapter, account, name, language, far_id, category, status, quality, format, reason,
                       components)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict (adapter, account, name, language) do update set
  (far_id, category, status, quality, format, reason, components, seen_at)
  = (excluded.far_id, excluded.category, excluded.status, excluded.quality, excluded.format, excluded.reason,
     excluded.components, now())
where templates.tenant = excluded.tenant
"""
