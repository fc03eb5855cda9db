"""Stored files: which file is which message's, where it lies, what far sides keep of it, and links to it.

The bytes lie in the media store under `<tenant>/…`; PostgreSQL knows what they are. A file is named by our own id, so
that where it lies can change without anybody noticing.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from xyper_engine.errors import NotFound
from xyper_engine.media.port import MediaStore
from xyper_engine.model import Endpoint
from xyper_engine.parts import Frozen
from xyper_engine.sealing import Sealer
from xyper_engine.store.db import Database


class StoredFile(Frozen):
    """What is known of a file."""

    id: str
    tenant: str
    event_key: str
    n: int
    contact: str
    object: str | None
    """Its key in the media store; None where nothing lies there (any more)."""
    state: str
    """`stored`, `infected`, `gone`."""
    kind: str
    mime: str
    name: str
    """Safe to show and to save under."""
    size: int
    sha256: str
    detail: str = ""


class Files:
    def __init__(self, db: Database, store: MediaStore, sealer: Sealer, public_url: str) -> None:
        self._db = db
        self._store = store
        self._sealer = sealer
        self._public_url = public_url

    async def get(self, file_id: str) -> StoredFile:
        """Raises `NotFound`."""
        row = await self._db.fetchrow(f"{_SELECT} where id = $1", file_id)
        if row is None:
            raise NotFound(f"There is no file {file_id}.")
        return _file(row)

    async def of(self, event_key: str, n: int) -> StoredFile | None:
        """File `n` of an event, if an earlier try has claimed it."""
        row = await self._db.fetchrow(f"{_SELECT} where (event_key, n) = ($1, $2)", event_key, n)
        return _file(row) if row else None

    async def note(self, file: StoredFile) -> None:
        """Remember a file; the first one noted for an event's number stays."""
        await self._db.execute(
            "insert into files (id, tenant, event_key, n, contact, object, state, kind, mime, name, size, sha256, "
            "detail) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict do nothing",
            file.id, file.tenant, file.event_key, file.n, file.contact, file.object, file.state, file.kind, file.mime,
            file.name, file.size, file.sha256, file.detail,
        )  # fmt: skip

    async def open(self, file_id: str, *, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start`, in chunks. Raises `NotFound`, also for a file that is infected or gone."""
        file = await self.get(file_id)
        if file.state != "stored" or file.object is None:
            raise NotFound(f"The file {file_id} is {file.state}.")
        async for chunk in self._store.get(file.object, start=start, length=length):
            yield chunk

    async def uploaded(self, endpoint: Endpoint, sha256: str, mime: str) -> str | None:
        """The far side's id of these bytes, while it keeps them."""
        found: str | None = await self._db.fetchval(
            "select far_id from uploads "
            "where (adapter, account, sha256, mime) = ($1, $2, $3, $4) and expires_at > now()",
            endpoint.adapter, endpoint.account, sha256, mime,
        )  # fmt: skip
        return found

    async def note_upload(
        self, tenant: str, endpoint: Endpoint, sha256: str, mime: str, far_id: str, expires_at: datetime
    ) -> None:
        """The far side keeps these bytes under `far_id` until then."""
        await self._db.execute(
            "insert into uploads values ($1, $2, $3, $4, $5, $6, $7) on conflict (adapter, account, sha256, mime) "
            "do update set (far_id, expires_at) = (excluded.far_id, excluded.expires_at)",
            tenant, endpoint.adapter, endpoint.account, sha256, mime, far_id, expires_at,
        )  # fmt: skip

    async def forget_upload(self, endpoint: Endpoint, far_id: str) -> None:
        """The far side no longer knows it."""
        await self._db.execute(
            "delete from uploads where (adapter, account, far_id) = ($1, $2, $3)",
            endpoint.adapter, endpoint.account, far_id,
        )  # fmt: skip


def _file(row: Any) -> StoredFile:
    return StoredFile(**dict(row))


_SELECT = (
    """select id, tenant, event_key, n, contact, object, state, kind, mime, name, size, sha256, detail from files"""
)
