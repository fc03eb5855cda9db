"""Whom to tell what is wrong: e-mail addresses and webhooks, of a tenant or of who runs Xyper; and what they wait for.

Where to, and with what it is signed, is sealed: an address of a webhook is often a secret itself.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import orjson
from yarl import URL

from xyper_engine.errors import NotFound, OverQuota, SettingsError
from xyper_engine.keyring import Keyring, data_key
from xyper_engine.model import new_id
from xyper_engine.sealing import context
from xyper_engine.state.alerts import Topic
from xyper_engine.store.db import Database
from xyper_engine.view import View

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection

Kind = Literal["email", "webhook"]
MOST = 20
"""Channels of one tenant, or of who runs Xyper."""
LEASE = timedelta(seconds=60)
"""For which whoever tells a channel has it alone."""


class Target(NamedTuple):
    """Where to: addresses, or a URL with the secret that signs."""

    to: tuple[str, ...] = ()
    url: str = ""
    secret: str = ""

    @property
    def shown(self) -> str:
        """For people: of a URL no more than its host."""
        return ", ".join(self.to) if self.to else f"{URL(self.url).origin()}/…"

    def packed(self) -> bytes:
        return orjson.dumps(self._asdict())

    @classmethod
    def unpacked(cls, body: bytes) -> "Target":
        values = orjson.loads(body)
        return cls(tuple(values["to"]), values["url"], values["secret"])


class ChannelView(View):
    id: str
    kind: Kind
    name: str
    target: str
    """E-mail addresses, or the host of a webhook."""
    topics: tuple[Topic, ...]
    """What is told; none: everything."""
    enabled: bool
    version: int
    created_at: datetime
    told_at: datetime | None
    """When it last took something."""
    failed_at: datetime | None
    """When it last did not."""
    failure: str
    waiting: int = 0
    """What it is still to be told."""


class Channel(NamedTuple):
    view: ChannelView
    tenant: str | None
    target: Target


class Post(NamedTuple):
    """One thing to tell one channel."""

    id: str
    channel: str
    tenant: str | None
    body: dict[str, Any]
    made_at: datetime
    tries: int


class ChannelBook:
    """`tenant`: None is who runs Xyper."""

    def __init__(self, db: Database, keyring: Keyring) -> None:
        self._db = db
        self._keyring = keyring

    async def listed(self, connection: "Connection", tenant: str | None) -> Sequence[Channel]:
        """The oldest first; those that nobody can open any more are left out."""
        rows = await connection.fetch(_LIST, tenant)
        return [found for row in rows if (found := await self._opened(connection, row)) is not None]

    async def one(self, connection: "Connection", tenant: str | None, id_: str) -> Channel:
        """For a change. Raises `NotFound`."""
        row = await connection.fetchrow(f"{_ONE} for update of c", id_, tenant)
        found = None if row is None else await self._opened(connection, row)
        if found is None:
            raise NotFound(f"There is no alert channel {id_}.")
        return found

    async def add(
        self, connection: "Connection", tenant: str | None, kind: Kind, name: str, topics: Sequence[Topic],
        target: Target,
    ) -> Channel:  # fmt: skip
        """Raises `OverQuota`."""
        if await connection.fetchval(_COUNT, tenant) >= MOST:
            raise OverQuota(f"There are {MOST} alert channels already: remove one first.")
        id_, cipher = new_id(), await data_key(connection, self._keyring.sealer, tenant)
        sealed = cipher.seal(target.packed(), context(tenant, "alert channel", id_))
        await connection.execute(_ADD, id_, tenant, kind, name, list(topics), cipher.id, sealed)
        return await self.one(connection, tenant, id_)

    async def change(self, connection: "Connection", before: Channel, after: ChannelView, target: Target) -> Channel:
        id_, cipher = before.view.id, await data_key(connection, self._keyring.sealer, before.tenant)
        sealed = cipher.seal(target.packed(), context(before.tenant, "alert channel", id_))
        await connection.execute(_CHANGE, id_, after.name, list(after.topics), after.enabled, cipher.id, sealed)
        if not after.enabled:
            await connection.execute("delete from alert_posts where channel = $1 and ended_at is null", id_)
        return await self.one(connection, before.tenant, id_)

    async def remove(self, connection: "Connection", channel: Channel) -> None:
        await connection.execute("delete from alert_channels where id = $1", channel.view.id)

    async def wanting(self, connection: "Connection") -> Sequence[Any]:
        """Id, tenant and topics of all that are to be told anything."""
        return await connection.fetch("select id, tenant, topics from alert_channels where enabled order by id")

    async def post(self, connection: "Connection", channel: str, tenant: str | None, body: object) -> None:
        await connection.execute(_POST, new_id(), channel, tenant, body)

    async def claim(self, most: int) -> Sequence[tuple[Post, Channel]]:
        """Of each channel the first thing that it is to be told now, for whoever asks first. Raises `Unavailable`."""
        found = []
        async with self._db.transaction() as connection:
            for row in await connection.fetch(_CLAIM, LEASE, most):
                channel = await self._opened(connection, await connection.fetchrow(_ONE, row["channel"], row["tenant"]))
                if channel is not None:
                    names = ("id", "channel", "tenant", "body", "made_at", "tries")
                    found.append((Post(*(row[name] for name in names)), channel))
        return found

    async def told(self, post: Post) -> None:
        await self._db.execute(_TOLD, post.id, post.channel)

    async def failed(self, post: Post, failure: str, pause: timedelta | None) -> None:
        """It is tried again after `pause`; None: never."""
        await self._db.execute(_FAILED, post.id, post.channel, failure, pause)

    async def _opened(self, connection: "Connection", row: Any) -> Channel | None:
        tenant, bound = row["tenant"], context(row["tenant"], "alert channel", row["id"])
        try:
            cipher = await data_key(connection, self._keyring.sealer, tenant)
            target = Target.unpacked(cipher.open(row["sealed"], bound)) if cipher.id == row["key_id"] else None
        except (SettingsError, NotFound):
            return None
        if target is None:
            return None
        told = {name: row[name] for name in ChannelView.model_fields if name != "target"}
        return Channel(ChannelView.model_validate({**told, "target": target.shown}), tenant, target)


_SELECT = """
select c.*, (select count(*) from alert_posts p where p.channel = c.id and p.ended_at is null) as waiting
from alert_channels c
"""
_ONE = f"{_SELECT} where c.id = $1 and c.tenant is not distinct from $2"
_LIST = f"{_SELECT} where c.tenant is not distinct from $1 order by id"

_COUNT = "select count(*) from alert_channels where tenant is not distinct from $1"

_ADD = """
insert into alert_channels (id, tenant, kind, name, topics, key_id, sealed) values ($1, $2, $3, $4, $5, $6, $7)
"""

_CHANGE = """
update alert_channels set (name, topics, enabled, key_id, sealed, version) = ($2, $3, $4, $5, $6, version + 1)
where id = $1
"""

_POST = "insert into alert_posts (id, channel, tenant, body) values ($1, $2, $3, $4)"

# Only the first of each channel: "it is over" must not come before "it is wrong".
_CLAIM = """
update alert_posts set due_at = now() + $1::interval, tries = tries + 1
where id in (
  select id from alert_posts p where ended_at is null and due_at <= now() and not exists (
    select from alert_posts e where e.channel = p.channel and e.ended_at is null and e.id < p.id
  ) order by due_at limit $2 for update skip locked
)
returning *
"""

_TOLD = """
with done as (update alert_posts set ended_at = now(), failure = '' where id = $1)
update alert_channels set told_at = now(), failure = '' where id = $2
"""

_FAILED = """
with done as (
  update alert_posts set failure = $3, due_at = now() + coalesce($4, interval '0'),
    ended_at = case when $4::interval is null then now() end where id = $1
)
update alert_channels set failed_at = now(), failure = $3 where id = $2
"""
