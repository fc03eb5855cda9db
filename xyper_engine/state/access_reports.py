"""Access reports that were asked for: about whom, and until when they may be fetched."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson

from xyper_engine.errors import NotFound
from xyper_engine.keyring import Keyring
from xyper_engine.model import new_id
from xyper_engine.sealing import Cipher, context
from xyper_engine.state.persons import Person
from xyper_engine.store.db import Database

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection


async def ask(connection: "Connection", cipher: Cipher, person: Person, life: timedelta) -> tuple[str, Any]:
    """Its id, and until when it may be fetched."""
    id_ = new_id()
    packed = orjson.dumps({"contacts": person.contacts, "names": person.names})
    sealed = cipher.seal(packed, _bound(person.tenant, id_))
    return id_, await connection.fetchval(_ASK, id_, person.tenant, cipher.id, sealed, life)


async def asked(db: Database, keyring: Keyring, report: str) -> Person:
    """Whom it is about. Raises `NotFound` once it has expired, or the person was erased."""
    row = await db.fetchrow("select * from access_reports where id = $1 and expires_at > now()", report)
    if row is None:
        raise NotFound("This report is no longer to be had: ask for a new one.")
    try:
        packed = await _opened(keyring, row)
    except NotFound:
        raise NotFound("This report can no longer be read: its tenant was deleted, with its key.") from None
    return Person(row["tenant"], tuple(packed["contacts"]), tuple(packed["names"]))


async def opened_names(keyring: Keyring, row: Any) -> Sequence[str]:
    """Of the person that a row is about; none where its key was destroyed, so that it tells of nobody."""
    try:
        packed = await _opened(keyring, row)
    except NotFound:
        return ()
    names: Sequence[str] = packed["names"]
    return names


async def _opened(keyring: Keyring, row: Any) -> Any:
    bound = _bound(row["tenant"], row["id"])
    return orjson.loads(await keyring.open(row["tenant"], row["key_id"], row["sealed"], bound))


def _bound(tenant: str, report: str) -> str:
    return context(tenant, "access report", report)


_ASK = """
insert into access_reports (id, tenant, key_id, sealed, expires_at) values ($1, $2, $3, $4, now() + $5::interval)
returning expires_at
"""
