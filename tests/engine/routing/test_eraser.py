"""What an engine leaves undone when it dies at an erasure, another one does."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.conftest import Configure
from tests.directory import HOST
from xyper_engine.access.roles import Role
from xyper_engine.model import Contact, new_id, now
from xyper_engine.privacy_office import PrivacyOffice
from xyper_engine.routing.eraser import erase
from xyper_engine.runtime import Runtime, open_runtime
from xyper_engine.state import erasing
from xyper_engine.state.dead_letters import DeadLetter
from xyper_engine.state.erasures import Erasure, Erasures

NUMBER, PAUL = "tel:+5511987654321", "tel:+16505550199"
CONVERSATION = """
insert into conversations (id, tenant, customer_adapter, customer_account, agent_adapter, agent_account, contact,
                           aliases)
values ($1, 'acme', 'whatsapp', '1', 'genesys', '1', $2, $3)
"""


@pytest.fixture
async def engines(configure: Configure, embedded_url: str, tmp_path: Path) -> AsyncIterator[list[Runtime]]:
    """Two on one database, which holds a message, a conversation and a contact of Maria's."""
    common = {
        "database": {"url": embedded_url},
        "secrets": {"keys": [b64encode(bytes(32)).decode()]},
        "privacy": {"settle": 0},
    }
    async with AsyncExitStack() as stack:
        both = [
            await stack.enter_async_context(open_runtime(configure({**common, "data_dir": tmp_path / name})))
            for name in ("one", "two")
        ]
        await _lived(both[0])
        yield both


async def _lived(rt: Runtime) -> None:
    await rt.db.execute("insert into tenants (id, name) values ('acme', 'Acme')")
    await rt.contacts.met("acme", "whatsapp", Contact(address=NUMBER, name="Maria"))
    await rt.db.execute(
        "insert into messages (id, tenant, adapter, account, external_id, direction, contact, occurred_at, key_id, "
        "sealed) values ($1, 'acme', 'whatsapp', '1', 'x', 'inbound', $2, now(), 'k', 's')",
        new_id(), NUMBER,
    )  # fmt: skip
    await rt.db.execute(CONVERSATION, "c", NUMBER, [])


async def test_another_engine_goes_on_once_the_first_ones_time_is_over(
    engines: list[Runtime], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = engines
    asked = await PrivacyOffice(first.db, first.keyring, first.media, "").erase(HOST, "acme", NUMBER)
    with monkeypatch.context() as patch:
        await _killed_before(patch, "conversations", first)
    assert await _left(second) == {"messages": 0, "conversations": 1, "contacts": 1}

    await erase(second)  # it is the first one's for five minutes
    begun = await _told(second, asked)
    assert (begun.state, begun.removed["messages"]) == ("erasing", 1)
    assert await _left(second) == {"messages": 0, "conversations": 1, "contacts": 1}

    await second.db.execute("update erasures set due_at = now() where id = $1", asked.id)
    await erase(second)
    done = await _told(second, asked)
    assert (done.state, done.certificate is not None) == ("done", True)
    assert {what: done.removed[what] for what in ("messages", "conversations", "contacts")} == {
        "messages": 1, "conversations": 1, "contacts": 1,
    }  # fmt: skip
    assert set((await _left(second)).values()) == {0}


async def test_what_merely_names_them_goes_too(engines: list[Runtime]) -> None:
    """Why something died, a conversation that knows them by an alias, who was let into theirs."""
    rt = engines[0]
    why = f"{NUMBER[5:]} is no WhatsApp number"
    await rt.dead_letters.bury(
        DeadLetter(new_id(), "acme", "route", "q", None, None, None, None, "rejected", why, b"{}", now())
    )
    await rt.contacts.met("acme", "whatsapp", Contact(address=PAUL))
    for id_, contact in (("nobody's", "bsuid:US.777"), ("Paul's", PAUL)):
        await rt.db.execute(CONVERSATION, id_, contact, [NUMBER])
    agent = await rt.access.people.arrived("genesys", "g-1", tenant="acme", role=Role.agent, name="Ada")
    await rt.access.sessions.begin(agent, address="192.0.2.1", conversation="c")

    asked = await PrivacyOffice(rt.db, rt.keyring, rt.media, "").erase(HOST, "acme", NUMBER)
    await erase(rt)
    assert (await _told(rt, asked)).state == "done"
    assert await rt.db.fetchval("select count(*) from dead_letters") == 0
    left = await rt.db.fetch("select id, aliases from conversations")
    assert [tuple(row) for row in left] == [("Paul's", [])]
    [session] = await rt.db.fetch("select conversation, ended_why from sessions")
    assert tuple(session) == (None, "erased")


async def _killed_before(patch: pytest.MonkeyPatch, step: str, rt: Runtime) -> None:
    """An engine that erases, and ends where that step would begin."""
    there = asyncio.Event()

    async def halt(_: object) -> None:
        there.set()
        await asyncio.Event().wait()

    patch.setattr(erasing._Sweep, step, halt)
    work = asyncio.create_task(erase(rt))
    async with asyncio.timeout(20):
        await there.wait()
    work.cancel()
    await asyncio.wait([work])


async def _left(rt: Runtime) -> dict[str, int]:
    tables = ("messages", "conversations", "contacts")
    return {table: await rt.db.fetchval(f"select count(*) from {table}") for table in tables}


async def _told(rt: Runtime, asked: Erasure) -> Erasure:
    return await Erasures(rt.db, rt.keyring).one("acme", asked.id)
