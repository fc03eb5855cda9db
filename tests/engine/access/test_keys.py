"""API keys: what one opens, for how long, and every way in which it does not."""

from datetime import timedelta

import pytest

from tests.engine.access.conftest import another
from tests.engine.access.world import holds, refused, someone
from tests.engine.tenants.world import Curtain
from xyper_engine.access.caller import Caller
from xyper_engine.access.people import caller_of
from xyper_engine.access.proving import Access
from xyper_engine.access.roles import Action, Role, actions_of
from xyper_engine.errors import Forbidden, Invalid, NotFound
from xyper_engine.model import now
from xyper_engine.settings import Settings
from xyper_engine.store.db import Database

HOST = Caller.host()
READ = [Action.templates_read]


async def test_a_key_opens_what_it_names(access: Access) -> None:
    key, written = await access.keys.add(HOST, "shop", READ, "acme")
    caller = await access.prove(written)
    assert (caller.kind, caller.id, caller.tenant, caller.role) == ("key", key.id, "acme", Role.genesys_admin)
    assert caller.actions == frozenset(READ)
    assert not caller.sees("other")


async def test_a_key_with_another_secret_is_refused(access: Access) -> None:
    key, written = await access.keys.add(HOST, "shop", READ)
    words = {
        await refused(access, other)
        for other in (
            f"xyk_{key.id}_{'0' * 64}", f"xyk_{'0' * 16}_{written[-64:]}", written[:-1], f"{written}0",
            "xyk_", "xyk_\udcff", written[:-64] + written[-64:].upper(),
        )
    }  # fmt: skip
    assert len(words) == 1


async def test_a_revoked_key_is_refused_at_once_and_on_every_process(
    access: Access, settings: Settings, db: Database
) -> None:
    key, written = await access.keys.add(HOST, "shop", READ, "acme")
    async with another(settings, db) as elsewhere:
        assert await holds(access, written)
        assert await holds(elsewhere, written)
        await access.keys.revoke(HOST, key.id, "acme")
        await refused(access, written)
        while await holds(elsewhere, written):
            await db.ping()


async def test_a_key_of_a_removed_tenant_is_refused(access: Access, db: Database) -> None:
    _, written = await access.keys.add(HOST, "shop", READ, "acme")
    assert await holds(access, written)
    await db.execute("delete from tenants where id = 'acme'")
    while await holds(access, written):
        await db.ping()


async def test_an_expired_key_is_refused(access: Access, db: Database) -> None:
    key, written = await access.keys.add(HOST, "shop", READ, expires=now() + timedelta(seconds=0.2))
    assert await holds(access, written)
    while now() <= (key.expires_at or now()):
        await db.ping()
    await refused(access, written)


async def test_a_key_lasts_a_year_unless_told(access: Access) -> None:
    key, _ = await access.keys.add(HOST, "shop", READ)
    assert key.expires_at is not None
    assert timedelta(days=364) < key.expires_at - now() <= timedelta(days=365)


@pytest.mark.parametrize("days", [-1, 0, 366])
async def test_no_key_lasts_longer(access: Access, days: int) -> None:
    with pytest.raises(Invalid, match="expires_at"):
        await access.keys.add(HOST, "shop", READ, expires=now() + timedelta(days=days))


async def test_a_key_has_a_name_and_a_purpose(access: Access) -> None:
    with pytest.raises(Invalid, match=r"name.*actions"):
        await access.keys.add(HOST, " ", [])


async def test_nobody_hands_out_what_they_may_not(access: Access) -> None:
    admin = caller_of(await someone(access.people, Role.genesys_admin))
    for actions, tenant in (
        ([Action.tenants_create], "acme"), (READ, "other"), (READ, None), (list(actions_of(Role.xyper_admin)), None),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            await access.keys.add(admin, "more", actions, tenant)
    assert await access.keys.list(None) == await access.keys.list("acme") == []


async def test_a_key_of_no_tenant_is_not_made(access: Access) -> None:
    with pytest.raises(NotFound):
        await access.keys.add(HOST, "shop", READ, "nobody")


async def test_nobody_revokes_a_key_of_another_tenant(access: Access) -> None:
    key, written = await access.keys.add(HOST, "shop", READ, "acme")
    for tenant in ("other", None):
        with pytest.raises(NotFound):
            await access.keys.revoke(HOST, key.id, tenant)
    assert await holds(access, written)


async def test_a_second_call_asks_nobody_and_an_outage_is_not_felt(settings: Settings, db: Database) -> None:
    curtain = Curtain.before(db)
    async with another(settings, curtain) as access:
        _, written = await access.keys.add(HOST, "shop", READ)
        await access.prove(written)
        before = curtain.asked
        for _ in range(100):
            await access.prove(written)
        assert curtain.asked == before
        curtain.fallen = True
        access.hear("")
        assert await holds(access, written)


async def test_keys_are_listed_in_pages_newest_first(access: Access) -> None:
    made = [(await access.keys.add(HOST, f"key {n}", READ, "acme"))[0] for n in range(3)]
    first = await access.keys.list("acme", 2)
    assert [key.name for key in first] == ["key 2", "key 1"]
    assert [key.id for key in await access.keys.list("acme", 2, (first[-1].created_at, first[-1].id))] == [made[0].id]


async def test_a_use_is_noted(access: Access) -> None:
    _, written = await access.keys.add(HOST, "shop", READ)
    await access.prove(written)
    [key] = await access.keys.list(None)
    assert key.used_at is not None
