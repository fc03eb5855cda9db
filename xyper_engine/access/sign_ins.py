"""Signing in with the help of a browser and somebody else's login: the steps, kept between the requests.

    begin   a page asks for one: it gets a public id and a secret of its own
    start   a browser window goes to the login: it gets a cookie; the login gets `state` and PKCE's challenge
    arrive  the window comes back: `state` and cookie must both be those of the start, and `state` is good once
    settle  who it is, as far as the login could prove
    prove   that window, by its cookie, is given a proof
    finish  the page, by its secret, hands the proof in

Who knows id and secret has begun a sign-in, no more: he may have lured somebody else's browser into going through with
it (the phishing of device codes). The proof is known only to the window in which the person signed in, and travels
from there to the page, never through the server; so there is no step that waits for the end by asking for it.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from secrets import randbelow, token_urlsafe
from typing import TYPE_CHECKING, Any

import orjson

from xyper_engine.errors import Forbidden
from xyper_engine.keyring import Keyring
from xyper_engine.saying import said
from xyper_engine.sealing import context
from xyper_engine.store.db import Database

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection

LASTS = 600
"""Seconds from the beginning until somebody must have come back from the login."""
PROOF_LASTS = 120
"""Seconds from then until the proof must have been handed in."""
TRIES = 5
"""Wrong proofs, then the sign-in is over: a short code has a million values."""

Note = Mapping[str, Any]
"""What is remembered, sealed: JSON."""


@dataclass(frozen=True, slots=True)
class Begun:
    id: str
    secret: str


@dataclass(frozen=True, slots=True)
class Started:
    cookie: str
    state: str
    verifier: str
    nonce: str
    note: Note

    @property
    def challenge(self) -> str:
        """PKCE's S256 of the verifier (RFC 7636)."""
        return urlsafe_b64encode(_hash(self.verifier)).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class Arrived:
    verifier: str
    nonce: str
    note: Note


class SignIns:
    """`tenant` is None for Xyper's own people. All raise `Forbidden`, in words that tell a stranger nothing.

    Keys are asked for outside of transactions: whoever holds one connection must not wait for another.
    """

    def __init__(self, db: Database, keyring: Keyring) -> None:
        self._db = db
        self._keyring = keyring

    async def begin(self, tenant: str | None, note: Note) -> Begun:
        begun = Begun(token_urlsafe(16), token_urlsafe(32))
        key_id, sealed = await self._seal(tenant, begun.id, {"note": note})
        async with self._view(tenant) as connection:
            await connection.execute(_SWEEP)
            await connection.execute(_ADD, begun.id, tenant, _hash(begun.secret), key_id, sealed, LASTS)
        return begun

    async def start(self, tenant: str | None, id: str, cookie: str | None = None) -> Started:  # noqa: A002
        """May be done again as long as nobody has come back: the newest window is the one that counts."""
        async with self._row(tenant, id) as (_, row):
            _still_open(row)
        started = Started(
            cookie=cookie or token_urlsafe(32),
            state=f"{id}.{token_urlsafe(32)}",
            verifier=token_urlsafe(48),
            nonce=token_urlsafe(24),
            note=(await self._open(row))["note"],
        )
        kept = {"verifier": started.verifier, "nonce": started.nonce, "note": started.note}
        key_id, sealed = await self._seal(tenant, id, kept)
        async with self._row(tenant, id) as (connection, row):
            _still_open(row)
            await connection.execute(_START, id, _hash(started.cookie), _hash(started.state), key_id, sealed)
        return started

    async def arrive(self, tenant: str | None, state: str, cookie: str) -> Arrived:
        """`state` is used up, whatever becomes of it."""
        async with self._row(tenant, id_of(state)) as (connection, row):
            await connection.execute("update sign_ins set state_hash = null where id = $1", row["id"])
        if not (_same(row["state_hash"], state) and _same(row["cookie_hash"], cookie)):
            raise Forbidden(
                said("auth.elsewhere", "This sign-in was begun in another window, or is over: begin again.")
            )
        kept = await self._open(row)
        return Arrived(kept["verifier"], kept["nonce"], kept["note"])

    async def settle(self, tenant: str | None, id: str, result: Note) -> None:  # noqa: A002
        key_id, sealed = await self._seal(tenant, id, result)
        async with self._row(tenant, id) as (connection, row):
            _still_open(row)
            await connection.execute(_SETTLE, id, key_id, sealed, PROOF_LASTS)

    async def prove(self, tenant: str | None, id: str, cookie: str, *, short: bool = False) -> str:  # noqa: A002
        """The proof that counts from now on; `short`: six digits, for a person to carry over by hand."""
        proof = f"{randbelow(1_000_000):06d}" if short else token_urlsafe(32)
        async with self._row(tenant, id) as (connection, row):
            if not row["settled"] or not _same(row["cookie_hash"], cookie):
                raise _over()
            await connection.execute("update sign_ins set proof_hash = $2 where id = $1", id, _hash(proof))
        return proof

    async def finish(self, tenant: str | None, id: str, secret: str, proof: str) -> Note:  # noqa: A002
        """What was settled: once."""
        async with self._row(tenant, id) as (connection, row):
            right = _same(row["secret_hash"], secret)
            proved = right and row["settled"] and _same(row["proof_hash"], proof)
            # Only who has the secret can use up the tries: nobody else could guess with them anyway.
            if proved or (right and row["tries"] + 1 >= TRIES):
                await connection.execute("delete from sign_ins where id = $1", id)
            elif right:
                await connection.execute("update sign_ins set tries = tries + 1 where id = $1", id)
        if not proved:
            raise Forbidden(
                said("auth.unknown", "That does not prove who you are: check the code, or begin the sign-in again.")
            )
        return await self._open(row)

    @asynccontextmanager
    async def _row(self, tenant: str | None, id_: str) -> AsyncIterator[tuple["Connection", Any]]:
        """One that still lives, and is this tenant's, locked."""
        async with self._view(tenant) as connection:
            row = await connection.fetchrow(_GET, id_, tenant) if _could_be(id_) else None
            if row is None:
                raise _over()
            yield connection, row

    @asynccontextmanager
    async def _view(self, tenant: str | None) -> AsyncIterator["Connection"]:
        if tenant is None:
            async with self._db.connection() as connection, connection.transaction():
                yield connection
        else:
            async with self._db.tenant(tenant) as connection:
                yield connection

    async def _seal(self, tenant: str | None, id_: str, note: Note) -> tuple[str, bytes]:
        cipher = await self._keyring.cipher(tenant)
        return cipher.id, cipher.seal(orjson.dumps(note), context(tenant, "sign_in", id_))

    async def _open(self, row: Any) -> dict[str, Any]:
        bound = context(row["tenant"], "sign_in", row["id"])
        opened: dict[str, Any] = orjson.loads(
            await self._keyring.open(row["tenant"], row["key_id"], row["sealed"], bound)
        )
        return opened


def id_of(state: str) -> str:
    """Which sign-in a `state` belongs to."""
    return state.partition(".")[0]


def _still_open(row: Any) -> None:
    """Nobody has come back yet."""
    if row["settled"]:
        raise _over()


def _could_be(id_: str) -> bool:
    """Whether the database can be asked for it at all."""
    return id_.isascii() and id_.isprintable()


def _over() -> Forbidden:
    return Forbidden(said("auth.over", "This sign-in is over: begin again."))


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def _same(kept: bytes | None, given: str) -> bool:
    return kept is not None and hmac.compare_digest(kept, _hash(given))


_SWEEP = "delete from sign_ins where expires_at < now()"

_ADD = """
insert into sign_ins (id, tenant, secret_hash, key_id, sealed, expires_at)
values ($1, $2, $3, $4, $5, now() + $6 * interval '1 second')
"""

_GET = """
select * from sign_ins where id = $1 and tenant is not distinct from $2 and expires_at > now() for update
"""

_START = "update sign_ins set (cookie_hash, state_hash, key_id, sealed) = ($2, $3, $4, $5) where id = $1"

_SETTLE = """
update sign_ins set (settled, key_id, sealed, expires_at) = (true, $2, $3, now() + $4 * interval '1 second')
where id = $1
"""
