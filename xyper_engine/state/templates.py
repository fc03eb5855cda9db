"""The vendors' approved templates, as last heard of: what a message is checked against before any call."""

from collections.abc import Sequence
from datetime import datetime
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
        async with self._db.tenant(tenant) as connection:
            rows = await connection.fetch(f"{_SELECT} where tenant = $1 order by account, name, language", tenant)
        return [_template(row) for row in rows]

    async def languages(self, adapter: str, account: str, name: str) -> tuple[str, ...]:
        """The languages that a template is known in."""
        rows = await self._db.fetch(
            "select language from templates where (adapter, account, name) = ($1, $2, $3) order by language",
            adapter, account, name,
        )  # fmt: skip
        return tuple(row["language"] for row in rows)

    async def known(self, adapter: str, account: str) -> bool:
        """Whether anything was ever heard of this account's templates."""
        return bool(
            await self._db.fetchval(
                "select exists (select from templates where (adapter, account) = ($1, $2))", adapter, account
            )
        )

    async def clock(self) -> datetime:
        """The database's present moment, for `replace`."""
        moment: datetime = await self._db.fetchval("select clock_timestamp()")
        return moment

    async def replace(
        self, tenant: str, adapter: str, account: str, found: Sequence[ApprovedTemplate], since: datetime | None = None
    ) -> None:
        """All templates of an account, as just read from the vendor: what is no longer there is forgotten.

        What was amended after `since` (`clock()` before the reading began) is newer than the reading and stays.
        """
        async with self._db.connection() as connection, connection.transaction():
            await connection.execute(
                "delete from templates where (tenant, adapter, account) = ($1, $2, $3) "
                "and ($4::timestamptz is null or seen_at < $4)",
                tenant, adapter, account, since,
            )  # fmt: skip
            await connection.executemany(_PUT if since is None else _ADD, [_row(template) for template in found])

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

_INSERT = """
insert into templates (tenant, adapter, account, name, language, far_id, category, status, quality, format, reason,
                       components)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict (adapter, account, name, language) do """

_ADD = f"{_INSERT} nothing"

_PUT = f"""{_INSERT} update set
  (far_id, category, status, quality, format, reason, components, seen_at)
  = (excluded.far_id, excluded.category, excluded.status, excluded.quality, excluded.format, excluded.reason,
     excluded.components, now())
where templates.tenant = excluded.tenant
"""
