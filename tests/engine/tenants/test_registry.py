"""The directory: what it answers, from where, and what becomes of a change."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from tests.directory import add_operator_hook, add_tenant, put_tenant
from tests.engine.tenants.world import DESK, HOOK_SECRETS, NUMBER, TOKEN, Curtain, acme, keyring, sealer, secret, until
from xyper_engine.cache.memory import MemoryCache
from xyper_engine.errors import SettingsError, Unavailable
from xyper_engine.model import Endpoint
from xyper_engine.store.db import Database
from xyper_engine.tenants.registry import Directory


@pytest.fixture
def curtain(db: Database) -> Curtain:
    return Curtain.before(db)


@pytest.fixture
def cache() -> MemoryCache:
    return MemoryCache()


@pytest.fixture
async def directory(curtain: Curtain, cache: MemoryCache) -> AsyncIterator[Directory]:
    """Of a world with the tenant acme."""
    await add_tenant(curtain, sealer(), acme())
    async with Directory.open(curtain, cache, keyring(curtain)) as opened:
        yield opened


async def test_an_account_with_its_secrets_opened(directory: Directory) -> None:
    account = await directory.account(NUMBER)
    assert account is not None
    assert (account.tenant, account.endpoint, account.name) == ("acme", NUMBER, "Acme's number")
    assert (account.parent, account.config) == ("77", {"note": "x"})
    assert account.secret("access_token") == TOKEN
    assert TOKEN not in repr(account)


async def test_a_hook_with_all_that_is_valid_newest_first(directory: Directory) -> None:
    hook = await directory.hook("genesys", "acme-genesys")
    assert hook is not None
    assert (hook.tenant, hook.account) == ("acme", "desk-1")
    assert tuple(value.get_secret_value() for value in hook.secrets) == HOOK_SECRETS
    assert tuple(value.get_secret_value() for value in hook.verify_tokens) == ("shake",)


async def test_the_operators_hook_has_no_tenant(directory: Directory, db: Database) -> None:
    await add_operator_hook(db, sealer(), "whatsapp", "all", [secret("s")], [secret("v")])
    hook = await directory.hook("whatsapp", "all")
    assert hook is not None
    assert (hook.tenant, hook.account, len(hook.secrets)) == (None, None, 1)


async def test_links_are_found_from_both_sides_oldest_first(directory: Directory, db: Database) -> None:
    second = {"adapter": "genesys", "account": "desk-2"}
    await put_tenant(
        db,
        sealer(),
        acme(accounts=[second], links=[{"customer": "whatsapp/1001", "agent": "genesys/desk-2"}], hooks=[]),
    )
    await until(directory, lambda: _has_links(directory, NUMBER, 2))
    assert [link.agent.account for link in await directory.links(NUMBER)] == ["desk-1", "desk-2"]
    [link] = await directory.links(DESK)
    assert (link.tenant, link.other(DESK)) == ("acme", NUMBER)


@pytest.mark.parametrize("adapter", ["whatsapp", "genesys", "no-such"])
async def test_what_does_not_exist_is_none(directory: Directory, adapter: str) -> None:
    assert await directory.hook(adapter, "nothing") is None
    assert await directory.account(Endpoint(adapter=adapter, account="nothing")) is None
    assert await directory.links(Endpoint(adapter=adapter, account="nothing")) == ()


async def test_a_hook_belongs_to_one_adapter(directory: Directory) -> None:
    assert await directory.hook("whatsapp", "acme-genesys") is None


async def test_the_cache_holds_rows_and_never_a_secret(
    directory: Directory, cache: MemoryCache, curtain: Curtain
) -> None:
    await directory.account(NUMBER)
    await directory.hook("genesys", "acme-genesys")
    held = b"".join(value for value, _ in cache._entries.values())
    assert b"note" in held
    assert not any(value.encode() in held or value.encode().hex().encode() in held for value in (TOKEN, *HOOK_SECRETS))


async def test_a_second_process_is_answered_by_the_cache(
    directory: Directory, cache: MemoryCache, curtain: Curtain
) -> None:
    await directory.account(NUMBER)
    async with Directory.open(curtain, cache, keyring(curtain)) as other:
        await other.links(DESK)  # learns the revision
        before = curtain.asked
        account = await other.account(NUMBER)
        assert account is not None
        assert account.secret("access_token") == TOKEN
        assert curtain.asked == before


async def test_a_change_is_seen_at_once_though_the_cache_still_holds_what_was(
    directory: Directory, db: Database, cache: MemoryCache
) -> None:
    await directory.account(NUMBER)
    number = {"adapter": "whatsapp", "account": "1001", "name": "Renamed", "secrets": {"access_token": "changed"}}
    await put_tenant(db, sealer(), acme(accounts=[number], links=[], hooks=[]))
    await until(directory, lambda: _has_token(directory, "changed"))
    assert len([name for name in cache._entries if "account:whatsapp/1001" in name]) == 2


async def test_while_the_database_is_away_what_is_known_goes_on_being_answered(
    directory: Directory, curtain: Curtain
) -> None:
    await directory.account(NUMBER)
    curtain.fallen = True
    directory.expire()
    assert await _has_token(directory, TOKEN)
    with pytest.raises(Unavailable):
        await directory.hook("genesys", "never-asked-before")
    curtain.fallen = False
    assert await directory.hook("genesys", "never-asked-before") is None


async def test_changes_come_to_each_caller_first_at_once(directory: Directory, db: Database) -> None:
    async with asyncio.timeout(10), aclosing(directory.changes()) as one, aclosing(directory.changes()) as two:
        await anext(one)
        await anext(two)
        await add_tenant(db, sealer(), acme(id="beta", accounts=[], links=[], hooks=[]))
        await anext(one)
        await anext(two)
        assert await directory.tenants() == ("acme", "beta")


async def test_a_suspended_tenant_is_not_consumed_but_nothing_sent_to_it_is_refused(
    directory: Directory, db: Database
) -> None:
    await put_tenant(db, sealer(), acme(state="suspended"))
    assert await directory.tenants() == ()
    assert await directory.hook("genesys", "acme-genesys") is not None
    assert await directory.account(NUMBER) is not None
    assert len(await directory.links(NUMBER)) == 1


async def test_a_lost_key_is_named(db: Database, cache: MemoryCache) -> None:
    await add_tenant(db, sealer(), acme())
    async with Directory.open(db, cache, keyring(db, bytes(32))) as directory:
        with pytest.raises(SettingsError, match=rf"\[secrets\] keys: .* key {sealer().key_id}"):
            await directory.account(NUMBER)
        assert len(await directory.links(NUMBER)) == 1


async def _has_token(directory: Directory, token: str) -> bool:
    account = await directory.account(NUMBER)
    return account is not None and account.secret("access_token") == token


async def _has_links(directory: Directory, endpoint: Endpoint, count: int) -> bool:
    return len(await directory.links(endpoint)) == count


async def test_the_vendors_accounts_above_ours(directory: Directory, db: Database) -> None:
    second = {"adapter": "whatsapp", "account": "1000", "parent": "77"}
    alone = {"adapter": "whatsapp", "account": "1002"}
    await put_tenant(db, sealer(), acme(accounts=[second, alone], links=[], hooks=[]))
    other = acme(id="other", state="suspended", links=[], hooks=[])
    accounts = [{"adapter": "whatsapp", "account": "2001", "parent": "88"}]
    await add_tenant(db, sealer(), other.model_copy(update={"accounts": acme(accounts=accounts).accounts}))
    assert await directory.parents("whatsapp") == {"77": [NUMBER, Endpoint(adapter="whatsapp", account="1000")]}
    assert await directory.parents("genesys") == {}
