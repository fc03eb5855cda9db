"""`Idempotency-Key`: a call that is sent twice is made once, and both are answered alike.

The key is the client's, and holds for one caller and one address of the API, for a day. What was answered is kept
sealed, since it may hold a secret that is shown only once. An error that certainly changed nothing frees the key; a
call that ended unclearly (a bug, a time limit, a killed process) is never repeated blindly, so its key stays taken.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import orjson
from aiohttp import web

from xyper_engine.edge.gateway.writing import names_of
from xyper_engine.edge.route import Call
from xyper_engine.errors import Conflict, Invalid, Malformed, NotFound, SendError, XyperError
from xyper_engine.keyring import Keyring
from xyper_engine.store.db import Database

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
Run = Callable[[], Awaitable[web.Response]]


class Replays:
    def __init__(self, db: Database, keyring: Keyring) -> None:
        self._db = db
        self._keyring = keyring

    async def once(self, call: Call, body: bytes, run: Run) -> web.Response:
        """`run`, or what it answered before. Raises `Conflict` while it runs, `Invalid` for a key used otherwise."""
        row, cipher = _row(call), await self._keyring.cipher(call.scope)
        digest = cipher.digest(call.request.query_string.encode() + b"\0" + body)
        if (kept := await self._claim(call, row, digest)) is not None:
            return await self._again(call, row, kept)
        try:
            response = await run()
        except XyperError as error:
            if not isinstance(error, SendError) or error.certain:
                await self._free(call, row)
            raise
        except web.HTTPException:
            await self._free(call, row)
            raise
        await self._keep(call, row, response)
        return response

    async def _claim(self, call: Call, row: tuple[str, ...], digest: bytes) -> Any:
        """None where the key is ours now; else what is kept under it."""
        try:
            async with self._db.within(call.scope) as connection:
                if await connection.fetchval(_CLAIM, *row, call.scope, digest):
                    return None
                kept = await connection.fetchrow(_READ, *row)
        except asyncpg.ForeignKeyViolationError:
            raise NotFound(f"There is no tenant {call.scope}.") from None
        if kept is None or kept["status"] is None:
            raise Conflict("A call with this Idempotency-Key is under way, or ended unclearly: see what became of it.")
        if kept["digest"] != digest:
            raise Invalid({"Idempotency-Key": "it was used for another body: use a new one"})
        return kept

    async def _keep(self, call: Call, row: tuple[str, ...], response: web.Response) -> None:
        body = response.body.decode() if isinstance(response.body, bytes) else ""
        said, cipher = orjson.dumps([names_of(response.headers), body]), await self._keyring.cipher(call.scope)
        async with self._db.within(call.scope) as connection:
            await connection.execute(_KEEP, *row, response.status, cipher.id, cipher.seal(said, _bound(row)))

    async def _free(self, call: Call, row: tuple[str, ...]) -> None:
        async with self._db.within(call.scope) as connection:
            await connection.execute(_FREE, *row)

    async def _again(self, call: Call, row: tuple[str, ...], kept: Any) -> web.Response:
        said = await self._keyring.open(call.scope, kept["key_id"], kept["sealed"], _bound(row))
        headers, body = orjson.loads(said)
        if body:
            headers["Content-Type"] = "application/json"
        headers["Idempotency-Replayed"] = "true"
        return web.Response(status=kept["status"], body=body.encode() or None, headers=headers)


def _row(call: Call) -> tuple[str, ...]:
    """What names a call: who makes it, what it is, and their word for it."""
    key = call.request.headers["Idempotency-Key"]
    if not _KEY.fullmatch(key):
        raise Malformed("Idempotency-Key: 1 to 255 visible characters, a UUID for example.")
    return f"{call.caller.kind}/{call.caller.id}", f"{call.request.method} {call.request.path}", key


def _bound(row: tuple[str, ...]) -> str:
    return "|".join(("idempotency", *row))


_CLAIM = """
insert into idempotency_keys (caller, call, key, tenant, digest) values ($1, $2, $3, $4, $5)
on conflict (caller, call, key) do update
  set (digest, status, key_id, sealed, created_at) = (excluded.digest, null, null, null, now())
  where idempotency_keys.created_at < now() - interval '24 hours'
returning true
"""
_READ = "select digest, status, key_id, sealed from idempotency_keys where (caller, call, key) = ($1, $2, $3)"
_KEEP = "update idempotency_keys set (status, key_id, sealed) = ($4, $5, $6) where (caller, call, key) = ($1, $2, $3)"
_FREE = "delete from idempotency_keys where (caller, call, key) = ($1, $2, $3)"
