"""An access report: everything that is held about a person, as one zip that is made while it is sent.

`person.json`, `conversations.json` (with contexts), `messages.json`, `messages.html` for people, `waiting.json`,
`unsent.json`, `dead_letters.json`, `traces.json`, `consents.json`, in `files/` the files themselves, and
`unreadable.json`: what is held and cannot be told, because its key was destroyed. Nothing is written to a disk.
"""

import html
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Any

import orjson

from xyper_engine.errors import NotFound
from xyper_engine.keyring import Keyring
from xyper_engine.media.port import MediaStore
from xyper_engine.model import Message, dump, load
from xyper_engine.sealing import context
from xyper_engine.state.dead_letters import bound as letter_bound
from xyper_engine.state.messages import opened
from xyper_engine.state.persons import Person
from xyper_engine.state.sends import bound as send_bound
from xyper_engine.state.waiting import bound as waiting_bound
from xyper_engine.state.zipping import zipped
from xyper_engine.store.db import Database

BATCH = 200


class AccessReport:
    """What is held about one person, as it stands now."""

    def __init__(self, db: Database, keyring: Keyring, store: MediaStore, person: Person) -> None:
        self._db = db
        self._keyring = keyring
        self._store = store
        self._person = person
        self._tenant = person.tenant
        self._names = list(person.names)
        self._unreadable: dict[tuple[str, str], None] = {}

    def zipped(self) -> AsyncGenerator[bytes, None]:
        """Raises `Unavailable`, also when much of it was sent."""
        return zipped(self._entries())

    async def _entries(self) -> AsyncIterator[tuple[str, AsyncIterator[bytes]]]:
        yield "person.json", self._json(self._contacts())
        yield "conversations.json", self._json(self._conversations())
        yield "messages.json", self._json(self._messages())
        yield "messages.html", self._page()
        yield "waiting.json", self._json(self._waiting())
        yield "unsent.json", self._json(self._unsent())
        yield "dead_letters.json", self._json(self._letters())
        yield "traces.json", self._json(self._traces())
        yield "consents.json", self._json(self._consents())
        for file in await self._fetch(_FILES, self._names, list(self._person.patterns)):
            if file["named"] or self._person.mentioned(file["event_key"].encode()):
                yield f"files/{file['id']}-{file['name']}", self._bytes(file["object"])
        yield "unreadable.json", self._json(self._not_told())

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
                values = await self._open("context", row, row["sealed"], bound)
                told["context"] = orjson.loads(values) if values is not None else None
            yield told

    async def _messages(self) -> AsyncIterator[Any]:
        async for message, row in self._said():
            told = orjson.loads(dump(message)) if message else row["facts"]
            yield {**told, "payloads": row["payloads"] or []}

    async def _page(self) -> AsyncIterator[bytes]:
        """The same, to be read."""
        yield _HEAD
        async for message, row in self._said():
            side = "customer" if row["direction"] == "inbound" else "agent"
            text = html.escape(message.text).replace("\n", "<br>") if message else _NO_LONGER
            yield f'<p class="{side}"><b>{side}</b> <time>{row["occurred_at"]:%F %T}</time><br>{text}</p>\n'.encode()
        yield b"</body></html>\n"

    async def _said(self) -> AsyncIterator[tuple[Message | None, Any]]:
        """Without the message where retention emptied it, or its key was destroyed."""
        after = ""
        while rows := await self._fetch(_MESSAGES, self._names, after, BATCH):
            after = rows[-1]["id"]
            for row in rows:
                yield await self._message(row), row

    async def _message(self, row: Any) -> Message | None:
        try:
            return await opened(self._keyring, row)
        except NotFound:
            self._unreadable["message", row["id"]] = None
            return None

    async def _waiting(self) -> AsyncIterator[Any]:
        for row in await self._fetch(_WAITING, self._names):
            body = await self._open("waiting", row, row["sealed"], waiting_bound(self._tenant, row["id"]))
            if body is not None:
                yield orjson.loads(body)

    async def _unsent(self) -> AsyncIterator[Any]:
        """What agents sent them from the widget and is no message (yet)."""
        for row in await self._fetch(_UNSENT, self._names):
            body = await self._open("send", row, row["sealed"], send_bound(self._tenant, row["id"]))
            if body is not None:
                yield {"id": row["id"], "state": row["state"], **orjson.loads(body)}

    async def _letters(self) -> AsyncIterator[Any]:
        """Events that died; not what nobody could read, for it may be of several people."""
        for row in await self._fetch(_LETTERS):
            body = row["body"]
            if row["key_id"] is not None:
                body = await self._open("dead letter", row, body, letter_bound(self._tenant, row["id"]))
            if body is not None and self._person.mentioned(body):
                yield {"reason": row["reason"], "died_at": row["died_at"], "event": orjson.loads(dump(load(body)))}

    async def _traces(self) -> AsyncIterator[Any]:
        """Each try of their messages and receipts, step by step."""
        found = await self._fetch(_TRACED, self._names)
        for first in range(0, len(found), BATCH):
            for row in await self._fetch(_TRACES, [one["message"] for one in found[first : first + BATCH]]):
                yield {**row, "steps": orjson.Fragment(row["steps"])}

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

    async def _not_told(self) -> AsyncIterator[Any]:
        """A dead letter among these may be of anybody."""
        for kind, id_ in self._unreadable:
            yield {"kind": kind, "id": id_, "why": "the key that sealed it was destroyed"}

    async def _open(self, kind: str, row: Any, sealed: bytes, bound: str) -> bytes | None:
        """None where nobody can open it any more: that is told at the end."""
        try:
            return await self._keyring.open(self._tenant, row["key_id"], sealed, bound)
        except NotFound:
            self._unreadable[kind, row["id"]] = None
            return None

    async def _fetch(self, sql: str, *values: object) -> Sequence[Any]:
        async with self._db.tenant(self._tenant) as connection:
            return await connection.fetch(sql, self._tenant, *values)


_HEAD = b"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Messages</title><style>
body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}
p{padding:.5rem 1rem;border-radius:.5rem;background:#eef}p.agent{background:#efe}time{color:#555}
</style></head><body><h1>Messages</h1>
"""

_NO_LONGER = "<i>What it said is no longer kept.</i>"

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
select m.id, m.tenant, m.key_id, m.sealed, m.direction, m.occurred_at, p.payloads, jsonb_build_object(
  'id', m.id, 'direction', m.direction, 'record', m.record,
  'origin', jsonb_build_object('adapter', m.adapter, 'account', m.account), 'external_id', m.external_id,
  'contact', jsonb_build_object('address', m.contact), 'thread', m.thread, 'occurred_at', m.occurred_at,
  'kinds', m.kinds, 'parts', null) as facts
from messages m left join lateral (
  select jsonb_agg(jsonb_build_object('n', n, 'to', adapter || '/' || account, 'far_id', far_id, 'sent_at', sent_at,
    'status_at', status_at, 'reason', reason) order by n) as payloads
  from posts where key = m.adapter || '/' || m.account || '/' || m.external_id
) p on true
where m.tenant = $1 and m.contact = any($2::text[]) and m.id > $3 order by m.id limit $4
"""

_WAITING = "select * from waiting where tenant = $1 and contact = any($2::text[]) order by since, id"

_UNSENT = """
select s.* from sends s join conversations c on c.id = s.conversation
where s.tenant = $1 and c.contact = any($2::text[]) and s.message is null and s.sealed <> '' order by s.id
"""

_LETTERS = "select * from dead_letters where tenant = $1 and source <> 'unparsed' order by died_at, id"

_CONSENTS = "select to_jsonb(c) as told from consents c where tenant = $1 and contact = any($2::text[]) order by id"

# By the conversation, by the message, and by what was sent of it: as an erasure finds them.
_TRACED = """
with told as (
  select id from messages where tenant = $1 and contact = any($2::text[])
  union select event_id from posts where tenant = $1 and contact = any($2::text[])
)
select message from traces where tenant = $1
  and conversation in (select id from conversations where tenant = $1 and contact = any($2::text[]))
union select message from traces where tenant = $1 and message in (select id from told)
union select message from traces where tenant = $1 and event_id <> message and event_id in (select id from told)
order by message
"""

_TRACES = """
select message, event_id as event, conversation, received_at, steps from traces
where tenant = $1 and message = any($2::text[]) order by message, at
"""

_FILES = """
select f.id, f.name, f.object, f.event_key, f.contact = any($2::text[]) or own.key is not null as named from files f
left join (
  select distinct adapter || '/' || account || '/' || external_id as key from messages
  where tenant = $1 and contact = any($2::text[])
) own on own.key = f.event_key
where f.tenant = $1 and f.state = 'stored' and f.object is not null
  and (f.contact = any($2::text[]) or own.key is not null or f.event_key like any($3::text[])) order by f.id
"""
