"""The directory: whose hook, account and link is this? Asked for every event, answered from memory nearly always.

Three levels: this process (a dictionary look-up), the cache (rows as the database holds them, so secrets stay sealed
there), the database. Every change raises the directory's revision and tells all engines; the cache's keys carry the
revision, so an engine that was told never reads what was cached before the change. While the database is away, what
this process knows goes on being answered; what it does not know is `Unavailable`.

A suspended tenant's hooks, accounts and links are answered as before, so that nothing sent to it is lost: its queues
fill. It is only missing from `tenants()`, so nobody consumes them until it is active again.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import orjson
from pydantic import SecretStr

from xyper_engine.cache.port import Cache
from xyper_engine.keyring import Keyring
from xyper_engine.model import Account, Endpoint, Hook, Link
from xyper_engine.policy import Policy
from xyper_engine.sealing import context
from xyper_engine.shelf import Shelf
from xyper_engine.store.db import Database
from xyper_engine.store.notices import hearing

CHANNEL = "xyper_directory"
CACHE_TTL = 300.0
"""Seconds a row stays in the cache; its revision, not its age, says whether it still holds."""

_SECRETS = """
    coalesce((select jsonb_agg(jsonb_build_array(s.id, s.name, s.key_id, encode(s.sealed, 'hex'))
                               order by s.created_at desc)
              from secrets s where s.owner = {owner} and (s.retires_at is null or s.retires_at > now())), '[]')"""

_REVISION = "(select revision from directory_revision) as revision"

_HOOK = f"""
select {_REVISION},
  (select jsonb_build_object('tenant', tenant, 'account', account,
                             'secrets', {_SECRETS.format(owner="'hook:' || hooks.id")})
   from hooks where adapter = $1 and id = $2) as found"""  # noqa: S608  built from constants

_ACCOUNT = f"""
select {_REVISION},
  (select jsonb_build_object('tenant', tenant, 'account', account, 'name', name, 'parent', parent, 'config', config,
                             'secrets', {_SECRETS.format(owner="'account:' || adapter || '/' || accounts.account")})
   from accounts where adapter = $1 and (account = $2 or parent = $2)
   order by account = $2 desc, created_at limit 1) as found"""  # noqa: S608  built from constants

_POLICY = f"select {_REVISION}, (select policy from tenants where id = $1 and $2 = '') as found"  # noqa: S608

_LINKS = f"""
select {_REVISION},
  (select jsonb_agg(jsonb_build_object('id', id, 'tenant', tenant,
     'customer', jsonb_build_object('adapter', customer_adapter, 'account', customer_account),
     'agent', jsonb_build_object('adapter', agent_adapter, 'account', agent_account)) order by created_at, id)
   from links where (customer_adapter, customer_account) = ($1, $2)
                 or (agent_adapter, agent_account) = ($1, $2)) as found"""  # noqa: S608  built from constants

_SQL = {"hook": _HOOK, "account": _ACCOUNT, "links": _LINKS, "policy": _POLICY}


class _Opened(NamedTuple):
    id: str
    name: str
    value: SecretStr


class Directory:
    """Tenants, accounts, links and hooks. All methods may raise `Unavailable`, and `SettingsError` for a lost key."""

    def __init__(self, db: Database, cache: Cache, keyring: Keyring) -> None:
        self._db = db
        self._cache = cache
        self._keyring = keyring
        self._revision: int | None = None
        """The newest we know of; None: ask the database, and learn it from the answer."""
        self._changed = asyncio.Event()
        self._hooks = Shelf(self._load_hook)
        self._accounts = Shelf(self._load_account)
        self._links = Shelf(self._load_links)
        self._policies = Shelf(self._load_policy)

    @classmethod
    @asynccontextmanager
    async def open(cls, db: Database, cache: Cache, keyring: Keyring) -> AsyncIterator["Directory"]:
        """Returns once it listens, so that no change is missed; a database that stalls then does not hold it up."""
        directory = cls(db, cache, keyring)
        async with hearing(db, CHANNEL, directory._hear):
            yield directory

    async def hook(self, adapter: str, id: str) -> Hook | None:  # noqa: A002  the model's word
        """The webhook address with everything that proves a request to it, newest first."""
        return await self._hooks((adapter, id))

    def account(self, endpoint: Endpoint) -> Coroutine[Any, Any, Account | None]:
        """The account with its secrets opened; of several valid under one name, the newest.

        For the id of the vendor's account above several (WhatsApp: a WABA) the oldest of those below it.
        """
        return self._accounts((endpoint.adapter, endpoint.account))

    def links(self, endpoint: Endpoint) -> Coroutine[Any, Any, tuple[Link, ...]]:
        """The links this account is on either side of, oldest first."""
        return self._links((endpoint.adapter, endpoint.account))

    def policy(self, tenant: str) -> Coroutine[Any, Any, Policy]:
        """What the tenant decided; the defaults for one that is not there."""
        return self._policies((tenant, ""))

    async def tenants(self) -> tuple[str, ...]:
        """The active ones, straight from the database."""
        rows = await self._db.fetch("select id from tenants where state = 'active' order by id")
        return tuple(row["id"] for row in rows)

    async def parents(self, adapter: str) -> Mapping[str, Sequence[Endpoint]]:
        """The vendor's accounts above the active tenants' accounts, each with those below it, oldest first."""
        rows = await self._db.fetch(
            "select parent, array_agg(account order by accounts.created_at, account) as below "
            "from accounts join tenants on tenants.id = accounts.tenant "
            "where adapter = $1 and parent is not null and state = 'active' group by parent order by parent",
            adapter,
        )
        return {row["parent"]: [Endpoint(adapter=adapter, account=one) for one in row["below"]] for row in rows}

    async def changes(self) -> AsyncGenerator[None, None]:
        """Yields at once, then after every change; several changes while the caller is busy are one."""
        while True:
            changed = self._changed
            yield
            await changed.wait()

    def expire(self) -> None:
        """Ask again for everything; what cannot be asked just now goes on being answered as before."""
        self._keyring.expire()
        for shelf in (self._hooks, self._accounts, self._links, self._policies):
            shelf.expire()

    def _hear(self, notice: str) -> None:
        self._revision = int(notice) if notice else None
        self.expire()
        self._changed.set()
        self._changed = asyncio.Event()

    async def _load_hook(self, key: tuple[str, str]) -> Hook | None:
        adapter, id_ = key
        found = await self._found("hook", key)
        if found is None:
            return None
        opened = await self._opened(found, f"hook:{id_}")
        secrets, tokens = ([one for one in opened if one.name == name] for name in ("secret", "verify_token"))
        return Hook(
            id=id_,
            adapter=adapter,
            tenant=found["tenant"],
            account=found["account"],
            secrets=tuple(one.value for one in secrets),
            secret_ids=tuple(one.id for one in secrets),
            verify_tokens=tuple(one.value for one in tokens),
            verify_token_ids=tuple(one.id for one in tokens),
        )

    async def _load_account(self, key: tuple[str, str]) -> Account | None:
        found = await self._found("account", key)
        if found is None:
            return None
        endpoint = Endpoint(adapter=key[0], account=found["account"])
        newest = {one.name: one for one in reversed(await self._opened(found, f"account:{endpoint}"))}
        return Account(
            tenant=found["tenant"],
            endpoint=endpoint,
            name=found["name"],
            parent=found["parent"],
            config=found["config"],
            secrets={name: one.value for name, one in newest.items()},
            secret_ids={name: one.id for name, one in newest.items()},
        )

    async def _load_links(self, key: tuple[str, str]) -> tuple[Link, ...]:
        return tuple(Link.model_validate(link) for link in await self._found("links", key) or ())

    async def _load_policy(self, key: tuple[str, str]) -> Policy:
        return Policy.model_validate(await self._found("policy", key) or {})

    async def _opened(self, found: dict[str, Any], owner: str) -> list["_Opened"]:
        tenant = found["tenant"]
        opened = []
        for id_, name, key_id, sealed in found["secrets"]:
            bound = context(tenant, owner, name)
            value = await self._keyring.open(tenant, key_id, bytes.fromhex(sealed), bound)
            opened.append(_Opened(id_, name, SecretStr(value.decode())))
        return opened

    async def _found(self, kind: str, key: tuple[str, str]) -> Any:
        """The row of the cache or the database as JSON, its secrets sealed; None where there is none."""
        if self._revision is not None:
            cached = await self._cache.get(self._name(self._revision, kind, key))
            if cached is not None:
                return orjson.loads(cached)
        row = await self._db.fetchrow(_SQL[kind], *key)
        assert row is not None  # noqa: S101  a select without a table has one row
        self._revision = max(self._revision or 0, row["revision"])
        if row["found"] is not None:
            await self._cache.set(self._name(row["revision"], kind, key), orjson.dumps(row["found"]), CACHE_TTL)
        return row["found"]

    def _name(self, revision: int, kind: str, key: tuple[str, str]) -> str:
        # The key's id stands for the installation: two of them may share one cache.
        return f"xyper:directory:{self._keyring.sealer.key_id}:{revision}:{kind}:{key[0]}/{key[1]}"
