"""A person's own token at the vendor who proved them: what can be done there in their name, while their session stands.

It never leaves the server. The database drops it with the session, however that ends (see `0008_sign_on.sql`).
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from xyper_engine.keyring import Keyring
from xyper_engine.model import Endpoint
from xyper_engine.sealing import context
from xyper_engine.store.db import Database


@dataclass(frozen=True, slots=True)
class VendorToken:
    account: Endpoint
    """The tenant's account through which the person signed in."""
    value: str = field(repr=False)
    expires_at: datetime


class VendorTokens:
    def __init__(self, db: Database, keyring: Keyring) -> None:
        self._db = db
        self._keyring = keyring

    async def keep(self, tenant: str, session: str, token: VendorToken) -> None:
        cipher = await self._keyring.cipher(tenant)
        sealed = cipher.seal(token.value.encode(), context(tenant, "vendor_token", session))
        async with self._db.tenant(tenant) as connection:
            await connection.execute(
                _KEEP,
                session,
                tenant,
                token.account.adapter,
                token.account.account,
                cipher.id,
                sealed,
                token.expires_at,
            )

    async def get(self, tenant: str, session: str) -> VendorToken | None:
        """None where the session has ended, or the vendor's token has."""
        async with self._db.tenant(tenant) as connection:
            row = await connection.fetchrow(_GET, session)
        return await self._opened(row) if row else None

    async def newest(self, tenant: str, person: str) -> VendorToken | None:
        """Of whichever of a person's sessions: for what they left to be done."""
        async with self._db.tenant(tenant) as connection:
            row = await connection.fetchrow(_NEWEST, person)
        return await self._opened(row) if row else None

    async def _opened(self, row: Any) -> VendorToken:
        bound = context(row["tenant"], "vendor_token", row["session"])
        value = await self._keyring.open(row["tenant"], row["key_id"], row["sealed"], bound)
        account = Endpoint(adapter=row["adapter"], account=row["account"])
        return VendorToken(account, value.decode(), row["expires_at"])


_GET = "select * from vendor_tokens where session = $1 and expires_at > now()"

_NEWEST = """
select v.* from vendor_tokens v join sessions s on s.id = v.session
where s.person = $1 and s.ended_at is null and v.expires_at > now() order by v.expires_at desc limit 1
"""

# The session may just have ended: then it is too late.
_KEEP = """
insert into vendor_tokens (session, tenant, adapter, account, key_id, sealed, expires_at)
select id, $2, $3, $4, $5, $6, $7 from sessions where id = $1 and ended_at is null for share
"""
