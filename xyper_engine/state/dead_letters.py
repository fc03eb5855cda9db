"""Dead letters: what could not be handled, with its reason and its raw body, to look at and to replay.

The body is sealed at rest. `dead_search.py` finds them by their cause, `dead_replays.py` has many replayed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from xyper_engine.errors import NotFound, Outdated
from xyper_engine.keyring import Keyring
from xyper_engine.metrics import Metrics
from xyper_engine.sealing import context
from xyper_engine.store.db import Database

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection

Source = Literal["unparsed", "route", "broker"]
State = Literal["waiting", "replaying", "replayed", "discarded"]


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
    code: str = ""
    """The vendor's own, where it named one."""
    direction: str = ""
    """`inbound`, `outbound`; "" where nobody could read which."""
    replay: str | None = None
    """The last replay that it was in."""
    version: int = 1
    edited_at: datetime | None = None
    edited_by: str | None = None
    discarded_at: datetime | None = None
    discarded_by: str | None = None
    discarded_why: str | None = None

    @property
    def state(self) -> State:
        if self.discarded_at:
            return "discarded"
        if self.replayed_at:
            return "replayed"
        return "replaying" if self.replay_asked else "waiting"


COLUMNS = tuple(name for name in DeadLetter.__dataclass_fields__ if name != "body")
"""All of a list."""


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
            letter.account, letter.hook, letter.reason, letter.detail, body, letter.died_at, key, key_id, letter.code,
            letter.direction,
        )  # fmt: skip
        # What the edge could not read says why in words of its own.
        self._dead.labels(letter.reason if letter.source == "route" else letter.source).inc()

    async def list(self, *, tenant: str | None = None, limit: int = 50) -> Sequence[DeadLetter]:
        """Newest first, without their bodies and without those that were replayed or discarded."""
        rows = await self._db.fetch(_LIST, tenant, limit)
        return [letter_of(row) for row in rows]

    async def show(self, letter_id: str) -> DeadLetter:
        """As `find`, of everybody's."""
        async with self._db.connection() as connection:
            return await self.find(connection, letter_id)

    async def find(self, connection: "Connection", letter_id: str) -> DeadLetter:
        """With its body. A unique beginning of the id is enough. Raises `NotFound`, also where its key is gone."""
        rows = await connection.fetch("select * from dead_letters where starts_with(id, $1) limit 2", letter_id)
        if len(rows) != 1:
            how = "no" if not rows else "more than one"
            raise NotFound(f"There is {how} dead letter with the id {letter_id!r}: see `xyper dead list`.")
        return await self.opened(rows[0])

    async def original(self, connection: "Connection", letter_id: str) -> bytes | None:
        """The body before anybody changed it by hand; None where nobody did."""
        row = await connection.fetchrow("select * from dead_letters where id = $1 and original is not null", letter_id)
        if row is None:
            return None
        return await self._keyring.open(row["tenant"], row["key_id"], row["original"], bound(row["tenant"], row["id"]))

    async def mend(self, connection: "Connection", letter: DeadLetter, body: bytes, by: str) -> None:
        """Another body for a letter that was read as `letter`; the first one is kept. Raises `Outdated`."""
        original = await self.original(connection, letter.id) or letter.body
        cipher, place = await self._keyring.cipher(letter.tenant), bound(letter.tenant, letter.id)
        done = await connection.execute(
            _MEND, letter.id, letter.version, cipher.id, cipher.seal(body, place), cipher.seal(original, place), by
        )
        if done != "UPDATE 1":
            raise Outdated("The dead letter was changed, replayed or discarded meanwhile: read it again.")

    async def refuse_replay(self, letter_id: str, why: str) -> None:
        """It cannot be replayed: it stays, with the reason of that too."""
        await self._db.execute(_REFUSE, letter_id, f"replay: {why}")

    async def replayed(self, letter: DeadLetter) -> None:
        """It is on its way again; unless it died anew meanwhile."""
        await self._db.execute(_REPLAYED, letter.id, letter.died_at)

    async def opened(self, row: Any) -> DeadLetter:
        """Raises `NotFound` where its tenant's key was destroyed."""
        key_id, tenant = row["key_id"], row["tenant"]
        if key_id is None:
            return letter_of(row, row["body"])
        return letter_of(row, await self._keyring.open(tenant, key_id, row["body"], bound(tenant, row["id"])))

    async def _sealed(self, letter: DeadLetter) -> tuple[str | None, bytes]:
        """The body of a letter whose tenant was removed meanwhile is not kept: nothing of a removed tenant is."""
        try:
            cipher = await self._keyring.cipher(letter.tenant)
        except NotFound:
            return None, b""
        return cipher.id, cipher.seal(letter.body, bound(letter.tenant, letter.id))


def letter_of(row: Any, body: bytes = b"") -> DeadLetter:
    return DeadLetter(**{name: row[name] for name in COLUMNS}, body=body)


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
                          key_id, code, direction)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $14, $15, $16)
on conflict (id) do update set reason = excluded.reason, detail = excluded.detail, died_at = excluded.died_at,
  code = excluded.code, replay_asked = null, replayed_at = null
"""

_LIST = f"""
select {", ".join(COLUMNS)} from dead_letters
where replayed_at is null and discarded_at is null and ($1::text is null or tenant = $1)
order by died_at desc, id desc limit $2
"""  # noqa: S608  constants

_MEND = """
update dead_letters set key_id = $3, body = $4, original = $5, edited_by = $6, edited_at = now(), version = version + 1
where id = $1 and version = $2 and replay_asked is null and discarded_at is null
"""

# What a replay counts, it counts in the statement that makes it so: once.
_REFUSE = """
with refused as (
  update dead_letters set replay_asked = null, detail = $2 where id = $1 and replay_asked is not null returning replay
)
update dead_replays r set refused = r.refused + 1 from refused where r.id = refused.replay
"""

_REPLAYED = """
with done as (
  update dead_letters set replayed_at = now(), version = version + 1
  where id = $1 and died_at = $2 and replayed_at is null returning replay
)
update dead_replays r set replayed = r.replayed + 1 from done where r.id = done.replay
"""
