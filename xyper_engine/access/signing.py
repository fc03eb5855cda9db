"""The keys that sign access tokens: Ed25519, sealed in the database, changed by themselves.

A key is published `LEAD` before it signs and, once it signs no more, for as long as a token that it signed may live, so
nobody who reads the published keys every now and then ever meets a token of a key they do not know.
"""

import asyncio
import base64
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from xyper_engine.keyring import Keyring
from xyper_engine.model import now
from xyper_engine.sealing import Cipher, context
from xyper_engine.store.db import Database

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection

SIGNS = timedelta(days=30)
LEAD = timedelta(days=2)
"""Longer than the day after which the housekeeper looks again."""
LINGERS = timedelta(hours=2)
"""How long a key is published after it signed last: longer than any access token lives."""
LOOK_AGAIN = 1.0
"""Seconds between two looks into the database for a key that is not known: anybody can ask for one."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    id: str
    public: Ed25519PublicKey
    private: Ed25519PrivateKey | None
    """None where the data key that sealed it was destroyed. Another one signs then."""
    signs_from: datetime
    signs_until: datetime

    def signs(self, at: datetime) -> bool:
        return self.private is not None and self.signs_from <= at < self.signs_until


class SigningKeys:
    def __init__(self, db: Database, keyring: Keyring) -> None:
        self._db = db
        self._keyring = keyring
        self._keys: Mapping[str, SigningKey] = {}
        self._fresh = False
        self._looked_at = 0.0
        self._look = asyncio.Lock()

    async def signer(self) -> SigningKey:
        """The key that signs now. Makes a successor in time; waits for the database only then. Raises `Unavailable`."""
        if not self._fresh or not _provided(self._keys.values()):
            await self.provide()
        at = now()
        return max((key for key in self._keys.values() if key.signs(at)), key=lambda key: key.signs_from)

    async def verifier(self, id: str) -> Ed25519PublicKey | None:  # noqa: A002  the model's word
        """The public half of a published key; what is known stays known while the database is away."""
        if id not in self._keys:
            async with self._look:
                if id not in self._keys and time.monotonic() - self._looked_at > LOOK_AGAIN:
                    await self._read()
        key = self._keys.get(id)
        return key.public if key is not None and now() < key.signs_until + LINGERS else None

    async def published(self) -> Sequence[Mapping[str, str]]:
        """The keys as JWKs (RFC 8037), those included that will sign next."""
        if not self._fresh:
            await self.provide()
        return [jwk(key) for key in self._keys.values() if now() < key.signs_until + LINGERS]

    async def provide(self) -> None:
        """See to it that a key signs now, and that its successor is published in time. What ended long ago goes."""
        cipher = await self._keyring.cipher(None)
        async with self._db.connection() as connection, connection.transaction():
            await connection.execute("select pg_advisory_xact_lock(hashtext('xyper signing keys'))")
            await connection.execute("delete from signing_keys where signs_until < now() - $1::interval", LINGERS)
            self._take(await connection.fetch(_READ), cipher)
            if not _provided(self._keys.values()):
                await self._make(connection, cipher)
                self._take(await connection.fetch(_READ), cipher)

    def expire(self) -> None:
        """There may be others by now."""
        self._fresh = False
        self._looked_at = 0.0

    async def _make(self, connection: "Connection", cipher: Cipher) -> None:
        id_, private = token_hex(8), Ed25519PrivateKey.generate()
        at = now()
        begins = max((key.signs_until for key in self._keys.values() if key.private), default=at)
        if not any(key.signs(at) for key in self._keys.values()):
            begins = at
        sealed = cipher.seal(private.private_bytes_raw(), _bound(id_))
        public = private.public_key().public_bytes_raw()
        await connection.execute(_ADD, id_, public, cipher.id, sealed, begins, begins + SIGNS)

    async def _read(self) -> None:
        self._looked_at = time.monotonic()
        cipher = await self._keyring.cipher(None)
        self._take(await self._db.fetch(_READ), cipher)

    def _take(self, rows: Sequence[Any], cipher: Cipher) -> None:
        self._keys = {row["id"]: self._keys.get(row["id"]) or _opened(row, cipher) for row in rows}
        self._fresh = True


def _opened(row: Any, cipher: Cipher) -> SigningKey:
    private = None
    if row["data_key"] == cipher.id:
        private = Ed25519PrivateKey.from_private_bytes(cipher.open(row["sealed"], _bound(row["id"])))
    public = Ed25519PublicKey.from_public_bytes(row["public"])
    return SigningKey(row["id"], public, private, row["signs_from"], row["signs_until"])


def _provided(keys: Any) -> bool:
    at = now()
    return any(key.signs(at) for key in keys) and any(key.signs(at + LEAD) for key in keys)


def _bound(id_: str) -> str:
    return context(None, f"signing:{id_}", "private")


def jwk(key: SigningKey) -> Mapping[str, str]:
    """The public half (RFC 8037)."""
    x = base64.urlsafe_b64encode(key.public.public_bytes_raw()).rstrip(b"=").decode()
    return {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": key.id, "alg": "EdDSA", "use": "sig"}


_READ = "select * from signing_keys order by signs_from"

_ADD = (
    "insert into signing_keys (id, public, data_key, sealed, signs_from, signs_until) values ($1, $2, $3, $4, $5, $6)"
)
