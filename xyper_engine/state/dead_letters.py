"""Dead letters: what could not be handled, with its reason and its raw body, to look at and to replay.

The body is sealed at rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from xyper_engine.errors import NotFound
from xyper_engine.keyring import Keyring
from xyper_engine.metrics import Metrics
from xyper_engine.sealing import context
from xyper_engine.store.db import Database

Source = Literal["unparsed", "route", "broker"]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    id: str
    tenant: str | None
    """None where no tenant owns the account it came from."""
    source: Source
    """`unparsed`: the edge could not read it; `route`: the router gave up; `broker`: delivered too often."""
    queue: str
    event_id: str | None
    adapter: str | None
    account: str | None
    hook: str | None
    reason: str
    detail: str
    body: bytes
    """The event as JSON, or for `unparsed` a whole body of the vendor's shape; empty in lists."""
    died_at: datetime
    replay_asked: datetime | None = None
    """Asked for and neither done (`replayed_at`) nor refused: then it is None again, and `detail` says why."""
    replayed_at: datetime | None = None


class DeadLetters:
    def __init__(self, db: Database, keyring: Keyring, metrics: Metrics | None = None) -> None:
        self._db = db
        self._dead = (metrics or Metrics()).dead
        self._keyring = keyring

    async def bury(self, letter: DeadLetter, *, key: str | None = None) -> None:
        """Store it; the same letter buried again, also after a replay, is one letter.

        With `key`, the ledger learns in the same moment that the event died: a replay never meets a half-done burial.
        """
        key_id, body = await self._sealed(letter)
        await self._db.execute(
            _BURY, letter.id, letter.tenant, letter.source, letter.queue, letter.event_id, letter.adapter,
            letter.account, letter.hook, letter.reason, letter.detail, body, letter.died_at, key, key_id,
        )  # fmt: skip
        # What the edge could not read says why in words of its own.
        self._dead.labels(letter.reason if letter.source == "route" else letter.source).inc()

    async def list(self, *, tenant: str | None = None, limit: int = 50) -> Sequence[DeadLetter]:
        """Newest first, without their bodies and without those already replayed."""
        rows = await self._db.fetch(_LIST, tenant, limit)
        return [_letter(row, b"") for row in rows]

    async def show(self, letter_id: str) -> DeadLetter:
        """Raises `NotFound`. A unique beginning of the id is enough."""
        rows = await self._db.fetch("select * from dead_letters where starts_with(id, $1) limit 2", letter_id)
        if len(rows) != 1:
            how = "no" if not rows else "more than one"
            raise NotFound(f"There is {how} dead letter with the id {letter_id!r}: see `xyper dead list`.")
        return await self._opened(rows[0])

    async def ask_replay(self, ids: Sequence[str]) -> int:
        """Ask the engine to replay them; it does so at once, or when it starts. Returns how many were asked for."""
        return int(await self._db.fetchval(_ASK, list(ids)) or 0)

    async def asked(self) -> Sequence[DeadLetter]:
        """Those to be replayed, oldest first, so that a conversation's messages keep their order."""
        letters = []
        for row in await self._db.fetch(_ASKED):
            try:
                letters.append(await self._opened(row))
            except NotFound as error:  # its tenant's key was destroyed
                await self.refuse_replay(row["id"], str(error))
        return letters

    async def refuse_replay(self, letter_id: str, why: str) -> None:
        """It cannot be replayed: it stays, with the reason of that too."""
        await self._db.execute(
            "update dead_letters set replay_asked = null, detail = $2 where id = $1", letter_id, f"replay: {why}"
        )

    async def replayed(self, letter: DeadLetter) -> None:
        """It is on its way again; unless it died anew meanwhile."""
        await self._db.execute(
            "update dead_letters set replayed_at = now() where id = $1 and died_at = $2", letter.id, letter.died_at
        )

    async def _sealed(self, letter: DeadLetter) -> tuple[str | None, bytes]:
        """The body of a letter whose tenant was removed meanwhile is not kept: nothing of a removed tenant is."""
        try:
            cipher = await self._keyring.cipher(letter.tenant)
        except NotFound:
            return None, b""
        return cipher.id, cipher.seal(letter.body, bound(letter.tenant, letter.id))

    async def _opened(self, row: Any) -> DeadLetter:
        key_id, tenant = row["key_id"], row["tenant"]
        if key_id is None:
            return _letter(row, row["body"])
        return _letter(row, await self._keyring.open(tenant, key_id, row["body"], bound(tenant, row["id"])))


def _letter(row: Any, body: bytes) -> DeadLetter:
    return DeadLetter(**{name: row[name] for name in DeadLetter.__dataclass_fields__} | {"body": body})


def bound(tenant: str | None, letter_id: str) -> str:
    """What a sealed body is bound to."""
    return context(tenant, "dead letter", letter_id)


_BURY = """
with noted as (
  insert into ledger (key, tenant, event_id, outcome)
  select $13, $2, $5, 'dead' where $13::text is not null
  on conflict (key) do nothing
)
insert into dead_letters (id, tenant, source, queue, event_id, adapter, account, hook, reason, detail, body, died_at,
                          key_id)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $14)
on conflict (id) do update set reason = excluded.reason, detail = excluded.detail, died_at = excluded.died_at,
  replay_asked = null, replayed_at = null
"""

_LIST = """
select * from dead_letters where replayed_at is null and ($1::text is null or tenant = $1)
order by died_at desc, id desc limit $2
"""

_ASK = """
with asked as (
  update dead_letters set replay_asked = now(), replayed_at = null where id = any($1::text[]) returning 1
)
select count(*) from asked
"""

_ASKED = """
select * from dead_letters where replay_asked is not null and replayed_at is null order by died_at, id limit 500
"""
