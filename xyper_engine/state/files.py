"""Stored files: which file is which message's, where it lies, what far sides keep of it, and links to it.

The bytes lie in the media store under `<tenant>/<yyyy>/<mm>/<id>`; PostgreSQL knows what they are. A file is named by
our own id, so that where it lies can change without anybody noticing. The object is stored first, then its row: what a
crash leaves between the two is an object without a row, which `retention.py` sweeps.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from xyper_engine.errors import NotFound, OverQuota
from xyper_engine.media.port import MediaStore
from xyper_engine.media.scan import Scanner
from xyper_engine.media.sniff import safe_name, sniff
from xyper_engine.media.stream import Stream, once
from xyper_engine.model import Endpoint, Event, now
from xyper_engine.parts import Frozen, MediaKind, Source
from xyper_engine.sealing import Sealer
from xyper_engine.state.links import opened, token
from xyper_engine.store.db import Database

QUARANTINE = "quarantine"
"""`<tenant>/quarantine/<yyyy>/<mm>/<id>`: where infected files lie. Nothing is ever served from there."""
LOCK = "select pg_advisory_xact_lock(hashtextextended($1, 0))"
"""Of `<tenant>/<sha256>`: whoever changes what the same bytes are known as is alone."""
LINK_DAYS = 30.0
Scan = Literal["clean", "infected", "unscanned"]


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose file it is: number `n` of an event of a tenant's contact."""

    tenant: str
    event_key: str
    n: int
    """As `claim` counts an event's files; what is made of them, or for them, counts from `MADE`."""
    contact: str
    kind: MediaKind

    @classmethod
    def of(cls, event: Event, n: int, kind: MediaKind) -> "Owner":
        return cls(event.tenant, event.key, n, event.contact.address, kind)

    @property
    def file_id(self) -> str:
        """The same at every try, so that a try which is repeated replaces what the one before left."""
        return str(uuid5(NAMESPACE_URL, f"{self.event_key}#{self.n}"))


MADE = 1000
"""The first number of an event's files that no far side brought: vCards, converted copies."""


class StoredFile(Frozen):
    """What is known of a file."""

    id: str
    tenant: str
    event_key: str
    n: int
    contact: str
    object: str | None
    """Its key in the media store; None where nothing lies there any more."""
    state: str
    """`stored`, `infected`, `gone`."""
    kind: str
    mime: str
    name: str
    """Safe to show and to save under."""
    size: int
    sha256: str
    detail: str = ""
    """With what it is infected."""
    scan: Scan = "unscanned"
    """What the scanner said, where there was one."""
    source_id: str | None = None
    """The far side's id of it; None for what was made here, and where the far side names none."""
    source_url: str | None = None
    """Host and path of where the far side kept it."""


class Files:
    def __init__(
        self,
        db: Database,
        store: MediaStore,
        sealer: Sealer,
        public_url: str,
        *,
        link_days: float = LINK_DAYS,
        scanner: Scanner | None = None,
    ) -> None:
        self._db = db
        self._store = store
        self._sealer = sealer
        self._public_url = public_url
        self._link_days = link_days
        self._scanner = scanner

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

    async def keep(
        self,
        owner: Owner,
        chunks: AsyncIterator[bytes],
        *,
        mime: str = "",
        name: str | None = None,
        sha256: str | None = None,
        source: Source | None = None,
    ) -> StoredFile:
        """Store what streams by: once per owner however often it is tried, and the same bytes once per tenant.

        `mime`, `name`, `sha256` and `source` are as the far side tells them; the file's own are as its bytes say. What
        is found infected is kept aside and never served: its state is `infected`, its `detail` says with what.
        Raises `Unavailable`, `SendError` where the bytes are not those of `sha256`, or `OverQuota` where the tenant has
        no room for a file that a far side brought; what is made of such files always has room.
        """
        kept = await self.of(owner.event_key, owner.n)
        return kept or await self._keep(owner, Stream(chunks, sha256), mime, name, source or Source())

    async def keep_bytes(self, owner: Owner, body: bytes, *, mime: str = "", name: str | None = None) -> StoredFile:
        """As `keep`, for what is small and was made here: a vCard."""
        return await self.keep(owner, once(body), mime=mime, name=name)

    async def open(self, file_id: str, *, start: int = 0, length: int | None = None) -> AsyncGenerator[bytes, None]:
        """The bytes from `start`, in chunks. Raises `NotFound`, also for a file that is infected or gone."""
        file = await self.get(file_id)
        if file.state != "stored" or file.object is None:
            raise NotFound(f"The file {file_id} is {file.state}.")
        async with aclosing(self._store.get(file.object, start=start, length=length)) as chunks:
            async for chunk in chunks:
                yield chunk

    def link(self, file_id: str, name: str, *, hours: float | None = None) -> str:
        """An address under which anybody may fetch the file for so long; by default `[media] link_days`."""
        found = token(self._sealer, "file", file_id, self._link_days * 24 if hours is None else hours)
        return f"{self._public_url}/files/{found}/{quote(name, safe='')}"

    def linked(self, token: str) -> str:
        """The file's id, of a link's token. Raises `NotFound` where it is forged or has expired; asks no database."""
        return opened(self._sealer, "file", token)

    async def _keep(self, owner: Owner, stream: Stream, told: str, name: str | None, source: Source) -> StoredFile:
        mime = sniff(await stream.head(), told, name)
        key = f"{owner.tenant}/{now():%Y/%m}/{owner.file_id}"
        async with aclosing(stream.passing()) as passing:
            await self._store.put(key, passing, mime=mime)
        file = StoredFile(
            id=owner.file_id,
            tenant=owner.tenant,
            event_key=owner.event_key,
            n=owner.n,
            contact=owner.contact,
            object=key,
            state="stored",
            kind=owner.kind,
            mime=mime,
            name=safe_name(name, mime, owner.kind),
            size=stream.size,
            sha256=stream.sha256,
            source_id=(source.id or "").replace("\0", "") or None,  # which PostgreSQL does not take
            source_url=source.place,
        )
        file = await self._scanned(file, key, self._scanner) if self._scanner else file
        try:
            return await self._note(file)
        except OverQuota:
            await self._store.delete(file.object or key)
            raise

    async def _scanned(self, file: StoredFile, key: str, scanner: Scanner) -> StoredFile:
        """The same file with the verdict; an infected one was moved aside."""
        async with aclosing(self._store.get(key)) as chunks:
            found = await scanner.scan(chunks)
        if found is None:
            return file.model_copy(update={"scan": "clean"})
        aside = await set_aside(self._store, key)
        await self._store.delete(key)
        infected = {"state": "infected", "scan": "infected", "object": aside, "detail": found.name}
        return file.model_copy(update=infected)

    async def _note(self, file: StoredFile) -> StoredFile:
        """Remember it. Where the same bytes lie already, or another engine was faster, ours go."""
        async with self._db.connection() as connection, connection.transaction():
            # Else two engines with the same bytes would look at the same time, and both find nothing.
            await connection.execute(LOCK, f"{file.tenant}/{file.sha256}")
            row = await connection.fetchrow(
                _NOTE, file.id, file.tenant, file.event_key, file.n, file.contact, file.object, file.state, file.kind,
                file.mime, file.name, file.size, file.sha256, file.detail, file.scan, file.source_id, file.source_url,
            )  # fmt: skip
            if file.state == "infected":  # which was not known yet of the same bytes before
                await connection.execute(_CONDEMN, file.tenant, file.sha256, file.detail)
        noted = _file(row) if row else await self.get(file.id)
        return noted if noted.object == file.object else await self._shared(noted, file)

    async def _shared(self, noted: StoredFile, ours: StoredFile) -> StoredFile:
        """Drop our object, unless the other one, against all order, is not there: then ours takes its place."""
        try:
            if noted.object:
                await self._store.stat(noted.object)
        except NotFound:
            await self._db.execute(_REPLACE, noted.tenant, noted.sha256, noted.object, ours.object)
            return noted.model_copy(update={"object": ours.object})
        if ours.object:
            await self._store.delete(ours.object)
        return noted

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


async def set_aside(store: MediaStore, key: str) -> str:
    """The key of a copy in quarantine; what lies under `key` is the caller's to delete."""
    aside = key.replace("/", f"/{QUARANTINE}/", 1)
    async with aclosing(store.get(key)) as chunks:
        await store.put(aside, chunks, mime="application/octet-stream")
    return aside


def _file(row: Any) -> StoredFile:
    return StoredFile(**dict(row))


_COLUMNS = """
id, tenant, event_key, n, contact, object, state, kind, mime, name, size, sha256, detail, scan, source_id, source_url
"""
_SELECT = f"select {_COLUMNS} from files"  # noqa: S608  constants
_CONDEMN = """
update files set state = 'infected', scan = 'infected', detail = $3 where (tenant, sha256, state) = ($1, $2, 'stored')
"""
_REPLACE = "update files set object = $4 where (tenant, sha256, object) = ($1, $2, $3)"

# `for share`: retention must not take the object away between this look at it and the row that will name it.
_NOTE = f"""
with same as (
  select object from files where (tenant, sha256, state) = ($2, $12, $7) and object is not null
  order by created_at limit 1 for share
)
insert into files ({_COLUMNS})
values ($1, $2, $3, $4, $5, coalesce((select object from same), $6), $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
on conflict do nothing returning {_COLUMNS}
"""  # noqa: S608  constants
