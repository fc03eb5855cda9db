"""Two tenants as the tests know them, and a database in front of which a curtain can fall."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

import asyncpg
from pydantic import SecretStr

from xyper_engine.errors import Unavailable
from xyper_engine.keyring import Keyring
from xyper_engine.model import Endpoint
from xyper_engine.sealing import Sealer
from xyper_engine.store.db import Database
from xyper_engine.tenants.registry import Directory
from xyper_engine.tenants.spec import TenantSpec

KEY = bytes(range(32))
NUMBER = Endpoint(adapter="whatsapp", account="1001")
DESK = Endpoint(adapter="genesys", account="desk-1")
TOKEN = "EAAG-very-secret-token"
HOOK_SECRETS = ("newest-hook-secret", "older-hook-secret")


def sealer() -> Sealer:
    return Sealer([KEY])


def keyring(db: Database, *keys: bytes) -> Keyring:
    """With the usual master key, or with these."""
    return Keyring(db, Sealer(keys) if keys else sealer())


def acme(**changes: Any) -> TenantSpec:
    spec: dict[str, Any] = {
        "id": "acme",
        "name": "Acme",
        "accounts": [
            {
                "adapter": "whatsapp",
                "account": "1001",
                "name": "Acme's number",
                "parent": "77",
                "config": {"note": "x"},
                "secrets": {"access_token": TOKEN},
            },
            {"adapter": "genesys", "account": "desk-1", "config": {"region": "mypurecloud.de"}},
        ],
        "links": [{"customer": "whatsapp/1001", "agent": "genesys/desk-1"}],
        "hooks": [
            {
                "id": "acme-genesys",
                "adapter": "genesys",
                "account": "desk-1",
                "secrets": list(HOOK_SECRETS),
                "verify_tokens": ["shake"],
            }
        ],
    }
    return TenantSpec.model_validate(spec | changes)


def secret(text: str) -> SecretStr:
    return SecretStr(text)


async def until(directory: Directory, condition: Callable[[], Awaitable[bool]]) -> None:
    """Looks again after every change the directory hears of."""
    async with asyncio.timeout(10), aclosing(directory.changes()) as changes:
        async for _ in changes:
            if await condition():
                return


class Curtain(Database):
    """The same database; while `fallen`, it is away. Counts what it is asked."""

    fallen = False
    asked = 0

    @classmethod
    def before(cls, db: Database) -> "Curtain":
        return cls(db._pool, db._url, db.shown)

    async def execute(self, sql: str, *args: object) -> str:
        if self.fallen:
            raise Unavailable("[database] url: away for this test.")
        return await super().execute(sql, *args)

    async def fetchrow(self, sql: str, *args: object) -> asyncpg.Record | None:
        self.asked += 1
        if self.fallen:
            raise Unavailable("[database] url: away for this test.")
        return await super().fetchrow(sql, *args)
