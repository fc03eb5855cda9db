"""A person's own token at the vendor who proved them: what can be done there in their name, while their session stands.

It never leaves the server. The database drops it with the session, however that ends (see `0008_sign_on.sql`).
"""

from dataclasses import dataclass, field
from datetime import datetime

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
        if row is None:
            return None
        bound = context(tenant, "vendor_token", session)
        value = await self._keyring.open(tenant, row["key_id"], row["sealed"], bound)
        account = Endpoint(adapter=row["adapter"], account=row["account"])
        return VendorToken(account, value.decode(), row["expires_at"])


_GET = "select * from vendor_tokens where session = $1 and expires_at > now()"

# The session may just have ended: then it is too late.
_KEEP = """
insert into vendor_tokens (session, tenant, adapter, account, key_id, sealed, expires_at)
select id, $2, $3, $4, $5, $6, $7 from sessions where id = $1 and ended_at is null for share
"""
