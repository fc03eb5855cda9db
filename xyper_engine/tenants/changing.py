"""One change of a tenant: in one transaction with its line in the audit, made to the version that was read, or not."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from xyper_engine.access import audit
from xyper_engine.access.caller import Caller
from xyper_engine.access.deeds import Deed
from xyper_engine.errors import Conflict, Outdated
from xyper_engine.store.db import Database
from xyper_engine.tenants.reading import missing
from xyper_engine.tenants.views import State

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection


@dataclass(slots=True)
class Change:
    """A change under way. What is put into `before` and `after` goes into the audit; no secret may stand there."""

    connection: "Connection"
    state: State
    delete_at: datetime | None
    subject: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


@asynccontextmanager
async def changing(
    db: Database,
    by: Caller,
    tenant: str,
    action: Deed,
    subject: str = "",
    *,
    version: int | None = None,
    ending: bool = False,
) -> AsyncIterator[Change]:
    """The tenant's own transaction, in which nobody else changes it; what changes nothing is not noted.

    `version` is the one the caller has read, None for whatever there is. Raises `NotFound`, `Outdated`, or, unless
    `ending` allows it, `Conflict` for a tenant that is being deleted.
    """
    async with db.tenant(tenant) as connection:
        change = await _begun(connection, tenant, subject or f"tenant/{tenant}", version)
        if change.state == "deleting" and not ending:
            raise Conflict(
                f"Tenant {tenant} is being deleted (at {change.delete_at:%Y-%m-%d %H:%M} UTC): resume it first."
            )
        yield change
        if change.before != change.after:
            await audit.write(connection, by, action, change.subject, tenant, before=change.before, after=change.after)


async def _begun(connection: "Connection", tenant: str, subject: str, version: int | None) -> Change:
    # In the order in which the tables' own triggers lock, or two changes could wait for each other.
    await connection.execute("select from directory_revision for update")
    row = await connection.fetchrow(
        "select version, state, delete_at from tenants where id = $1 for no key update", tenant
    )
    if row is None:
        raise missing(tenant)
    if version not in (None, row["version"]):
        raise Outdated(
            f"Tenant {tenant} was changed meanwhile: it is at version {row['version']}, not {version}. "
            "Read it again, then repeat the change."
        )
    return Change(connection, row["state"], row["delete_at"], subject)
