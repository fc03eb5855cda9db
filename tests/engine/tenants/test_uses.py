"""When a secret was last of use: noted in memory, written in groups, never a change of the directory."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.directory import add_tenant
from tests.engine.tenants.world import DESK, NUMBER, Curtain, acme, keyring, sealer
from xyper_engine.cache.memory import MemoryCache
from xyper_engine.errors import Unavailable
from xyper_engine.model import Account, Hook
from xyper_engine.store.db import Database
from xyper_engine.tenants.reading import show_tenant
from xyper_engine.tenants.registry import Directory
from xyper_engine.tenants.uses import SecretUses

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


async def found(db: Database) -> tuple[Hook, Account]:
    await add_tenant(db, sealer(), acme())
    async with Directory.open(db, MemoryCache(), keyring(db)) as directory:
        hook, account = await directory.hook("genesys", "acme-genesys"), await directory.account(NUMBER)
    assert hook
    assert account
    return hook, account


async def shown(db: Database) -> dict[str, datetime | None]:
    view = await show_tenant(db, sealer(), "acme")
    secrets = [some.secrets for some in view.accounts] + [some.secrets for some in view.hooks]
    return {one.id: one.used_at for some in secrets for one in some}


async def test_each_value_has_its_own(db: Database) -> None:
    hook, account = await found(db)
    uses, revision = SecretUses(), await db.fetchval("select revision from directory_revision")
    uses.proved(hook, 1, AT)
    uses.shook_hands(hook, 0)
    uses.opened(account, "access_token")
    uses.opened(account, "nothing that we keep")
    await uses.flush(db)
    seen = await shown(db)
    assert (seen[hook.secret_ids[0]], seen[hook.secret_ids[1]]) == (None, AT)
    assert seen[hook.verify_token_ids[0]] is not None
    assert seen[account.secret_ids["access_token"]] is not None
    assert await db.fetchval("select revision from directory_revision") == revision


async def test_a_later_use_stands_and_a_secret_that_is_gone_is_no_fault(db: Database) -> None:
    hook, _ = await found(db)
    uses = SecretUses()
    for at in (AT, AT - timedelta(hours=1)):  # e.g. of an engine that could not write for an hour
        uses.proved(hook, 0, at)
        await uses.flush(db)
    assert (await shown(db))[hook.secret_ids[0]] == AT
    uses.proved(hook, 0, AT)
    await db.execute("delete from secrets where id = $1", hook.secret_ids[0])
    await uses.flush(db)
    assert hook.secret_ids[0] not in await shown(db)


async def test_while_the_database_is_away_it_is_noted_on(db: Database) -> None:
    hook, _ = await found(db)
    uses, curtain = SecretUses(), Curtain.before(db)
    uses.proved(hook, 0, AT)
    curtain.fallen = True
    with pytest.raises(Unavailable):
        await uses.flush(curtain)
    curtain.fallen = False
    await uses.flush(curtain)
    assert (await shown(db))[hook.secret_ids[0]] == AT
    assert hook.account == DESK.account
