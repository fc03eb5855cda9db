"""Access reports: everything that is held about a person, as one zip that is made while it is sent.

`person.json`, `conversations.json` (with contexts), `messages.json`, `messages.html` for people, `waiting.json`,
`dead_letters.json`, `consents.json` and, in `files/`, the files themselves. Nothing is written to a disk.
"""

import html
import io
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import orjson

from xyper_engine.errors import NotFound
from xyper_engine.keyring import Keyring
from xyper_engine.media.port import MediaStore
from xyper_engine.model import Message, dump, load, new_id, now
from xyper_engine.sealing import Cipher, context
from xyper_engine.state.dead_letters import bound as letter_bound
from xyper_engine.state.messages import opened
from xyper_engine.state.persons import Person
from xyper_engine.state.waiting import bound as waiting_bound
from xyper_engine.store.db import Database

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection

BATCH = 200


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
    packed = await _opened(keyring, row)
    return Person(row["tenant"], tuple(packed["contacts"]), tuple(packed["names"]))


async def opened_names(keyring: Keyring, row: Any) -> Sequence[str]:
    """Of the person that a row is about."""
    names: Sequence[str] = (await _opened(keyring, row))["names"]
    return names


async def _opened(keyring: Keyring, row: Any) -> Any:
    bound = _bound(row["tenant"], row["id"])
    return orjson.loads(await keyring.open(row["tenant"], row["key_id"], row["sealed"], bound))


class AccessReport:
    """What is held about one person, as it stands now."""

    def __init__(self, db: Database, keyring: Keyring, store: MediaStore, person: Person) -> None:
        self._db = db
        self._keyring = keyring
        self._store = store
        self._person = person
        self._tenant = person.tenant
        self._names = list(person.names)

    async def zipped(self) -> AsyncGenerator[bytes, None]:
        """Raises `Unavailable`, also when much of it was sent."""
        pipe = _Pipe()
        with ZipFile(pipe, "w", ZIP_DEFLATED) as archive:
            async for name, chunks in self._entries():
                with archive.open(ZipInfo(name, now().timetuple()[:6]), "w", force_zip64=True) as entry:
                    async for chunk in chunks:
                        entry.write(chunk)
                        yield pipe.taken()
        yield pipe.taken()

    async def _entries(self) -> AsyncIterator[tuple[str, AsyncIterator[bytes]]]:
        yield "person.json", self._json(self._contacts())
        yield "conversations.json", self._json(self._conversations())
        yield "messages.json", self._json(self._messages())
        yield "messages.html", self._page()
        yield "waiting.json", self._json(self._waiting())
        yield "dead_letters.json", self._json(self._letters())
        yield "consents.json", self._json(self._consents())
        for file in await self._fetch(_FILES, self._names):
            yield f"files/{file['id']}-{file['name']}", self._bytes(file["object"])

    async def _json(self, rows: AsyncIterator[Any]) -> AsyncIterator[bytes]:
        yield b"["
        before = b"\n"
        async for row in rows:
            yield before + orjson.dumps(row, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z, default=str)
            before = b",\n"
        yield b"\n]\n"

    async def _contacts(self) -> AsyncIterator[Any]:
        rows = await self._fetch(_CONTACTS, list(self._person.contacts), self._names)
        if not rows:
            yield {"names": self._names}
        for row in rows:
            yield row["told"]

    async def _conversations(self) -> AsyncIterator[Any]:
        for row in await self._fetch(_CONVERSATIONS, self._names):
            told = {**row["told"], "threads": row["threads"] or []}
            if row["sealed"] is not None:
                bound = context(self._tenant, "context", f"{row['id']}:{row['version']}")
                told["context"] = orjson.loads(await self._open(row, row["sealed"], bound))
            yield told

    async def _messages(self) -> AsyncIterator[Any]:
        async for message, row in self._said():
            yield {**orjson.loads(dump(message)), "payloads": row["payloads"] or []}

    async def _page(self) -> AsyncIterator[bytes]:
        """The same, to be read."""
        yield _HEAD
        async for message, _ in self._said():
            side = "customer" if message.direction == "inbound" else "agent"
            text = html.escape(message.text).replace("\n", "<br>")
            yield f'<p class="{side}"><b>{side}</b> <time>{message.occurred_at:%F %T}</time><br>{text}</p>\n'.encode()
        yield b"</body></html>\n"

    async def _said(self) -> AsyncIterator[tuple[Message, Any]]:
        after = ""
        while rows := await self._fetch(_MESSAGES, self._names, after, BATCH):
            after = rows[-1]["id"]
            for row in rows:
                message = await opened(self._keyring, row)
                if message is not None:
                    yield message, row

    async def _waiting(self) -> AsyncIterator[Any]:
        for row in await self._fetch(_WAITING, self._names):
            yield orjson.loads(await self._open(row, row["sealed"], waiting_bound(self._tenant, row["id"])))

    async def _letters(self) -> AsyncIterator[Any]:
        """Events that died; not what nobody could read, for it may be of several people."""
        for row in await self._fetch(_LETTERS):
            body = row["body"]
            if row["key_id"] is not None:
                body = await self._open(row, body, letter_bound(self._tenant, row["id"]))
            if self._person.mentioned(body):
                yield {"reason": row["reason"], "died_at": row["died_at"], "event": orjson.loads(dump(load(body)))}

    async def _consents(self) -> AsyncIterator[Any]:
        """What they decided about being written to."""
        for row in await self._fetch(_CONSENTS, list(self._person.contacts)):
            yield row["told"]

    async def _bytes(self, key: str) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._store.get(key):
                yield chunk
        except NotFound:  # deleted while this was made
            return

    async def _open(self, row: Any, sealed: bytes, bound: str) -> bytes:
        return await self._keyring.open(self._tenant, row["key_id"], sealed, bound)

    async def _fetch(self, sql: str, *values: object) -> Sequence[Any]:
        async with self._db.tenant(self._tenant) as connection:
            return await connection.fetch(sql, self._tenant, *values)


class _Pipe(io.RawIOBase):
    """What a zip is written to, and taken from."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._waiting += data
        return len(data)

    def taken(self) -> bytes:
        data = bytes(self._waiting)
        self._waiting.clear()
        return data


def _bound(tenant: str, report: str) -> str:
    return context(tenant, "access report", report)


_HEAD = b"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Messages</title><style>
body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}
p{padding:.5rem 1rem;border-radius:.5rem;background:#eef}p.agent{background:#efe}time{color:#555}
</style></head><body><h1>Messages</h1>
"""

_ASK = """
insert into access_reports (id, tenant, key_id, sealed, expires_at) values ($1, $2, $3, $4, now() + $5::interval)
returning expires_at
"""

_CONTACTS = """
select to_jsonb(c) || jsonb_build_object('names', (select jsonb_agg(jsonb_build_object('urn', urn, 'since', since))
  from contact_urns u where u.contact = c.id)) as told
from contacts c where c.tenant = $1 and (c.id = any($2::text[]) or c.address = any($3::text[])) order by c.id
"""

_CONVERSATIONS = """
select c.id, to_jsonb(c) as told, x.version, x.key_id, x.sealed,
  (select jsonb_agg(to_jsonb(t) order by t.began_at) from threads t where t.conversation = c.id) as threads
from conversations c left join contexts x on x.conversation = c.id
where c.tenant = $1 and c.contact = any($2::text[]) order by c.id
"""

_MESSAGES = """
select m.id, m.tenant, m.key_id, m.sealed, p.payloads from messages m left join lateral (
  select jsonb_agg(jsonb_build_object('n', n, 'to', adapter || '/' || account, 'far_id', far_id, 'sent_at', sent_at,
    'status_at', status_at, 'reason', reason) order by n) as payloads
  from posts where key = m.adapter || '/' || m.account || '/' || m.external_id
) p on true
where m.tenant = $1 and m.contact = any($2::text[]) and m.id > $3 order by m.id limit $4
"""

_WAITING = "select * from waiting where tenant = $1 and contact = any($2::text[]) order by since, id"

_LETTERS = "select * from dead_letters where tenant = $1 and source <> 'unparsed' order by died_at, id"

_CONSENTS = "select to_jsonb(c) as told from consents c where tenant = $1 and contact = any($2::text[]) order by id"

_FILES = """
select id, name, object from files
where tenant = $1 and contact = any($2::text[]) and state = 'stored' and object is not null order by id
"""
