"""Quotas: what is hard holds for every way of making a thing, also for two at once; messages are only counted."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.conftest import Configure
from tests.directory import HOST, Anything, add_tenant, put_tenant
from tests.engine.tenants.world import acme
from xyper_engine.access.roles import Action
from xyper_engine.cli.parts import NoBroker
from xyper_engine.errors import OverQuota
from xyper_engine.model import new_id
from xyper_engine.parts import MediaKind
from xyper_engine.routing.housekeeper import Watch
from xyper_engine.runtime import Runtime, open_runtime
from xyper_engine.sealing import Sealer
from xyper_engine.state.files import MADE, Owner
from xyper_engine.tenants.decisions import Decisions
from xyper_engine.tenants.holdings import Holdings
from xyper_engine.tenants.spec import AccountSpec, LinkSpec


@pytest.fixture
async def rt(configure: Configure, url: str) -> AsyncIterator[Runtime]:
    """With the tenant acme and nothing else."""
    async with open_runtime(configure({"database": {"url": url}}), given=NoBroker()) as rt:
        await add_tenant(rt.db, Sealer.from_settings(rt.settings), acme())
        yield rt


async def allow(rt: Runtime, **quotas: int | None) -> None:
    await Decisions(rt.db, Anything()).allow(HOST, "acme", quotas)


def owner(n: int) -> Owner:
    return Owner("acme", "whatsapp/1001/m", n, "tel:+1", MediaKind.image)


async def test_keys_that_ended_do_not_count(rt: Runtime) -> None:
    await allow(rt, keys=1)
    key, _ = await rt.keys.add(HOST, "one", [Action.templates_read], "acme")
    with pytest.raises(OverQuota, match="Tenant acme may have no more: its quota `keys` is 1"):
        await rt.keys.add(HOST, "two", [Action.templates_read], "acme")
    await rt.keys.revoke(HOST, key.id, "acme")
    await rt.keys.add(HOST, "three", [Action.templates_read], "acme")
    await rt.keys.add(HOST, "of no tenant", [Action.templates_read])


async def test_of_two_at_once_one_finds_room(rt: Runtime) -> None:
    holdings = Holdings(rt.db, Sealer.from_settings(rt.settings), Anything())
    for n in (2, 3):
        await holdings.add_account(HOST, "acme", AccountSpec(adapter="genesys", account=f"desk-{n}"))
    await allow(rt, links=2)
    links = [LinkSpec.model_validate({"customer": "whatsapp/1001", "agent": f"genesys/desk-{n}"}) for n in (2, 3)]
    done = await asyncio.gather(*(holdings.add_link(HOST, "acme", one) for one in links), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["OverQuota", "str"]


async def test_it_holds_past_the_service_too(rt: Runtime) -> None:
    await rt.db.execute("delete from links")
    await allow(rt, links=0)
    with pytest.raises(OverQuota):
        await rt.db.execute("insert into links values ($1, 'acme', 'whatsapp', '1001', 'genesys', 'desk-1')", new_id())


async def test_what_is_put_again_needs_no_more_room(rt: Runtime) -> None:
    await allow(rt, numbers=1, links=1)
    await put_tenant(rt.db, Sealer.from_settings(rt.settings), acme())


async def test_files_beyond_the_quota_leave_nothing_behind(rt: Runtime) -> None:
    await allow(rt, media_bytes=10)
    await rt.files.keep_bytes(owner(0), b"12345678")
    with pytest.raises(OverQuota, match="`media_bytes` is 10"):
        await rt.files.keep_bytes(owner(1), b"abc")
    later: Any = await rt.db.fetchval("select now() + interval '1 day'")
    assert len([key async for key in rt.media.keys(before=later)]) == 1
    await rt.files.keep_bytes(owner(2), b"ab")
    await rt.files.keep_bytes(owner(MADE), b"made of one of them, for the other side")
    await rt.db.execute("update files set state = 'gone', object = null")
    await rt.files.keep_bytes(owner(3), b"abc")


async def test_messages_are_counted_shown_and_warned_of_once_a_day(rt: Runtime) -> None:
    await allow(rt, messages_per_day=2)
    watch = Watch(rt)
    for n in range(4):
        await rt.db.execute(
            "insert into messages (id, tenant, adapter, account, external_id, direction, contact, occurred_at, key_id, "
            "sealed) values ($1, 'acme', 'w', '1', $1, 'inbound', 'c', now() - make_interval(days => $2), 'k', 's')",
            str(n), int(n == 0),
        )  # fmt: skip
    with capture_logs() as lines:
        await watch.look()
        await watch.look()
    assert [(line["event"], line["tenant"], line["messages"], line["quota"]) for line in lines] == [
        ("over quota", "acme", 3, 2)
    ]
    assert b'xyper_quota_messages{tenant="acme"} 1.5' in rt.metrics.text()
    await allow(rt, messages_per_day=None)
    await watch.look()
    assert b"xyper_quota_messages{" not in rt.metrics.text()
