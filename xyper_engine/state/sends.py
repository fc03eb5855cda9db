"""What agents send from the widget, from their click until it is a message like any other. Sealed at rest.

    waiting ─ the customer writes → new → posting → posted ─ the webhook brings its line → paired
                                             ├→ refused: the agent side did not take it, so nobody has it
                                             └→ unknown: nobody could find out in time; a line that comes is its own

Whoever posts holds a row for a while (`due_at`), and one of a conversation at a time: so of several engines one posts,
lines stand in the order of the clicks, and what a dead process left behind is taken up by another.
"""

import asyncio
from asyncio import Future
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from xyper_engine.errors import Conflict, NotFound
from xyper_engine.grouping import Grouped
from xyper_engine.keyring import Keyring
from xyper_engine.model import Endpoint, Message, new_id
from xyper_engine.sealing import Cipher, context
from xyper_engine.state.send import Match, Send, State, Wish, Wording, plain
from xyper_engine.store.db import Database
from xyper_engine.store.rows import given
from xyper_engine.within import within


class Sends:
    def __init__(self, db: Database, keyring: Keyring) -> None:
        self._db = db
        self._keyring = keyring
        self._matches = Grouped(self._matches_all)
        self._call = asyncio.Event()

    async def begin(self, wish: Wish) -> Send:
        """What is to be sent, or was before with this key. Raises `Conflict` where that was something else."""
        cipher, id_ = await self._keyring.cipher(wish.tenant), new_id()
        digest = cipher.digest(wish.asked)
        async with self._db.tenant(wish.tenant) as connection:
            await connection.execute(_BEGIN, *_row(id_, wish, cipher, digest))
            await connection.execute(_USED, wish.tenant, list(wish.files))
            row = await connection.fetchrow(_OF_KEY, wish.tenant, wish.person, wish.key)
        if row is None or row["digest"] != digest:
            raise Conflict("This Idempotency-Key was used for something else: use a new one.")
        self._call.set()
        return await self._opened(row)

    async def known_by(self, tenant: str, person: str, key: str) -> Send | None:
        """What this person sent with this key."""
        async with self._db.tenant(tenant) as connection:
            row = await connection.fetchrow(_OF_KEY, tenant, person, key)
        return await self._opened(row) if row else None

    async def same(self, send: Send, asked: bytes) -> bool:
        """Whether that is what was asked for."""
        digest = (await self._keyring.cipher(send.tenant)).digest(asked)
        async with self._db.tenant(send.tenant) as connection:
            return bool(await connection.fetchval("select digest = $2 from sends where id = $1", send.id, digest))

    async def called(self, seconds: float) -> None:
        """Until something was begun in this process, or so long."""
        await within(seconds, self._call)
        self._call.clear()

    async def get(self, tenant: str, id: str) -> Send:  # noqa: A002  the model's word
        """By its own id, or by ours of the message that it became. Raises `NotFound`."""
        async with self._db.tenant(tenant) as connection:
            row = await connection.fetchrow(_ONE, tenant, id)
        if row is None:
            raise NotFound(f"Tenant {tenant} has sent nothing {id}.")
        return await self._opened(row)

    async def of(self, tenant: str, conversation: str) -> Sequence[Send]:
        """What is not a message yet, or never became one, oldest first."""
        async with self._db.tenant(tenant) as connection:
            rows = await connection.fetch(_OF, tenant, conversation)
        return [await self._opened(row) for row in rows]

    async def keys(self, tenant: str, messages: Sequence[str]) -> dict[str, Send]:
        """By our ids of messages: the sends that they were."""
        async with self._db.tenant(tenant) as connection:
            rows = await connection.fetch(_OF_MESSAGES, tenant, list(messages))
        return {row["message"]: await self._opened(row) for row in rows}

    async def withdraw(self, tenant: str, id: str, person: str) -> bool:  # noqa: A002
        """Take back what this person left waiting. False where it no longer waits."""
        async with self._db.tenant(tenant) as connection:
            return bool(await connection.fetchval(_WITHDRAW, tenant, id, person))

    async def due(self, limit: int) -> Sequence[str]:
        """The conversations in which something is to be posted now."""
        return [row["conversation"] for row in await self._db.fetch(_DUE, limit)]

    async def claim(self, conversation: str, lease: float) -> tuple[Send, State] | None:
        """The oldest in this conversation that is due, ours for `lease` seconds, and what it was before."""
        row = await self._db.fetchrow(_CLAIM, conversation, timedelta(seconds=lease))
        return (await self._opened(row), row["was"]) if row else None

    async def posted(self, send: Send, far_id: str) -> bool:
        """The agent side took it. False where it is no longer ours to say."""
        return await self._ended(send, "posted", far_id=far_id)

    async def refused(self, send: Send, code: str, words: str) -> bool:
        """The agent side did not take it."""
        return await self._ended(send, "refused", code, words)

    async def unclear(self, send: Send, code: str, words: str) -> bool:
        """Nobody could find out."""
        return await self._ended(send, "unknown", code, words)

    async def put_off(self, send: Send, state: State, seconds: float) -> bool:
        """It is certainly not there: `new` or `waiting` again, not before `seconds` from now."""
        return bool(await self._db.fetchval(_PUT_OFF, send.id, send.due_at, state, timedelta(seconds=seconds)))

    async def adopt(self, id: str, far_id: str) -> bool:  # noqa: A002
        """A line came that only the unclear one can be."""
        return bool(await self._db.fetchval(_ADOPT, id, far_id))

    async def paired(self, id: str, message: str) -> str | None:  # noqa: A002
        """It goes its way as this message. Whose it is; None where that was known before."""
        person: str | None = await self._db.fetchval(_PAIRED, id, message)
        return person

    async def known(self, agent: Endpoint, far_ids: Sequence[str]) -> frozenset[str]:
        """Those of these ids that are a send's, or came to an end here as somebody's own words."""
        prefix = f"{agent.adapter}/{agent.account}/"
        rows = await self._db.fetch(_KNOWN, agent.adapter, agent.account, list(far_ids), prefix)
        return frozenset(row["far_id"] for row in rows)

    def matches(self, message: Message, conversation: str | None) -> Future[Sequence[Match]]:
        """The sends that an agent's message may be the line of, the surest first."""
        return self._matches((message, conversation or ""))

    async def _matches_all(self, items: Sequence[tuple[Message, str]]) -> Sequence[Sequence[Match]]:
        rows = await self._db.fetch(_MATCHES, [
            (n, one.tenant, one.origin.adapter, one.origin.account, one.external_id, conversation)
            for n, (one, conversation) in enumerate(items)
        ])  # fmt: skip
        found: list[list[Match]] = [[] for _ in items]
        for row in rows:
            message, cipher = items[row["n"]][0], await self._keyring.cipher(row["tenant"])
            same = row["certain"] or row["line"] == cipher.digest(plain(message.text))
            if same and (wording := (await self._opened(row)).wording):
                found[row["n"]].append(Match(row["id"], row["state"], row["certain"], wording))
        return [sorted(matches, key=lambda one: not one.certain) for matches in found]

    async def _ended(
        self, send: Send, state: State, code: str = "", words: str = "", far_id: str | None = None
    ) -> bool:
        return bool(await self._db.fetchval(_END, send.id, send.due_at, state, code, words, far_id))

    async def _opened(self, row: Any) -> Send:
        place, wording = bound(row["tenant"], row["id"]), None
        if row["sealed"]:
            opened = await self._keyring.open(row["tenant"], row["key_id"], row["sealed"], place)
            wording = Wording.model_validate_json(opened)
        own = {name: row[name] for name in _OWN}
        return Send(agent=Endpoint(adapter=row["adapter"], account=row["account"]), wording=wording, **own)


def bound(tenant: str, id_: str) -> str:
    """What a sealed body is bound to."""
    return context(tenant, "send", id_)


def _row(id_: str, wish: Wish, cipher: Cipher, digest: bytes) -> tuple[object, ...]:
    sealed = cipher.seal(wish.wording.model_dump_json().encode(), bound(wish.tenant, id_))
    return (
        id_, wish.tenant, wish.conversation, wish.agent.adapter, wish.agent.account, wish.thread, wish.person,
        wish.session, wish.key, digest, cipher.digest(plain(wish.wording.line)), cipher.id, sealed,
        "waiting" if wish.waits else "new",
    )  # fmt: skip


_OWN = (
    "id", "tenant", "conversation", "thread", "person", "session", "key", "state", "code", "words", "tries", "far_id",
    "message", "due_at", "since", "began_at", "ended_at",
)  # fmt: skip

_BEGIN = """
insert into sends (id, tenant, conversation, adapter, account, thread, person, session, key, digest, line, key_id,
                   sealed, state)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
on conflict (tenant, person, key) do nothing
"""

# Uploads that nobody sends go the next day (`retention.py`).
_USED = """
update files set event_key = 'sent/' || substr(event_key, 8)
where tenant = $1 and id = any($2::text[]) and starts_with(event_key, 'upload/')
"""

_OF_KEY = "select * from sends where (tenant, person, key) = ($1, $2, $3)"

_ONE = "select * from sends where tenant = $1 and (id = $2 or message = $2) limit 1"

# What was paired a moment ago may not be stored as a message yet.
_OF = """
select * from sends s where tenant = $1 and conversation = $2 and (state not in ('paired', 'withdrawn') or (
  state = 'paired' and ended_at > now() - interval '1 minute' and not exists (select from messages where id = s.message)
)) order by id
"""

_OF_MESSAGES = "select * from sends where tenant = $1 and message = any($2::text[])"

_WITHDRAW = """
update sends set state = 'withdrawn', sealed = '', ended_at = now()
where tenant = $1 and id = $2 and person = $3 and state = 'waiting' returning true
"""

_WRITES = "exists (select from conversations c where c.id = s.conversation and c.window_until > now())"

_DUE = f"""
select distinct conversation from (
  select conversation from sends s where state in ('waiting', 'new', 'posting') and due_at <= now()
    and (state <> 'waiting' or {_WRITES}) order by due_at limit $1
) due
"""  # noqa: S608  constants

# What waits holds up nobody; all else goes in its order.
_CLAIM = f"""
with head as (
  select s.id, s.state, s.due_at from sends s where conversation = $1
    and (state in ('new', 'posting') or (state = 'waiting' and due_at <= now() and {_WRITES}))
  order by id limit 1 for update
)
update sends set state = 'posting', due_at = now() + $2, tries = tries + 1,
  since = case when head.state = 'waiting' then now() else sends.since end,
  began_at = case when head.state = 'posting' then sends.began_at else now() end
from head where sends.id = head.id and head.due_at <= now()
returning sends.*, head.state as was
"""  # noqa: S608  constants

_END = """
update sends set (state, code, words, far_id, ended_at) = ($3, $4, $5, $6, now())
where id = $1 and state = 'posting' and due_at = $2 returning true
"""

_PUT_OFF = """
update sends set state = $3, due_at = now() + $4 where id = $1 and state = 'posting' and due_at = $2 returning true
"""

_ADOPT = """
update sends set (state, far_id, code, words) = ('posted', $2, '', '')
where id = $1 and state = 'unknown' returning true
"""

_PAIRED = """
update sends set (state, message, ended_at) = ('paired', $2, now())
where id = $1 and state = 'posted' returning person
"""

_KNOWN = """
select asked.id as far_id from unnest($3::text[]) asked(id)
where exists (select from sends s where (s.adapter, s.account, s.far_id) = ($1, $2, asked.id))
  or exists (select from ledger where key = $4 || asked.id) or exists (select from posts where key = $4 || asked.id)
"""

_COLUMNS = f"{', '.join(f's.{name}' for name in _OWN)}, s.adapter, s.account, s.line, s.key_id, s.sealed"
_MATCHES = f"""
with given as (
  select * from {given("n int, tenant text, adapter text, account text, external_id text, conversation text")} g
)
select g.n, true as certain, {_COLUMNS} from given g
join sends s on (s.adapter, s.account, s.far_id) = (g.adapter, g.account, g.external_id) and s.tenant = g.tenant
union all
select g.n, false, {_COLUMNS} from given g
join sends s on s.conversation = g.conversation and s.tenant = g.tenant and s.state in ('posting', 'unknown')
order by n, id
"""  # noqa: S608  constants
