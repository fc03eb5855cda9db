"""Templates are read when the engine starts, by schedule, when a tenant comes, and whenever news ask for it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from pydantic import SecretStr

from tests.directory import put_tenant
from tests.engine.tenants.world import acme, sealer
from tests.plugins.whatsapp.approved import WABA, body, listed
from xyper_engine.errors import Unavailable
from xyper_engine.model import Endpoint
from xyper_engine.runtime import Runtime
from xyper_engine.store.db import Database
from xyper_engine.tenants.registry import Directory
from xyper_engine.testing import FarSide, bare_runtime
from xyper_whatsapp import keeper as module
from xyper_whatsapp.keeper import keeping, wanted

LIST = f"/v25.0/{WABA}/message_templates"
ONE = {"data": [listed(body("Hi"))]}


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed is tried again at once."""
    monkeypatch.setattr(module, "FIRST", 0.01)


def schedule(rt: Runtime, seconds: float) -> None:
    rt.settings.plugins["whatsapp"]["templates_every"] = seconds


async def kept(rt: Runtime, count: int, within: float = 5.0, tenant: str = "acme") -> None:
    """Until so many templates are stored."""
    async with asyncio.timeout(within):
        while len(await rt.templates.list(tenant)) != count:  # noqa: ASYNC110  it lies in the database
            await asyncio.sleep(0.01)


async def test_all_are_read_at_the_start(office: Runtime, graph: FarSide) -> None:
    graph.answer("GET", LIST, json=ONE)
    async with keeping(office):
        await kept(office, 1)
    assert len(graph.requests) == 1


async def test_and_again_by_schedule(office: Runtime, graph: FarSide) -> None:
    graph.answer("GET", LIST, json=ONE)
    schedule(office, 0.01)
    async with keeping(office):
        await graph.received(3)


async def test_without_a_schedule_only_news_lead_to_a_reading(office: Runtime, graph: FarSide) -> None:
    graph.answer("GET", LIST, json=ONE)
    schedule(office, 0)
    async with keeping(office):
        assert await office.templates.list("acme") == []
        wanted(office, WABA)
        await kept(office, 1)
    assert len(graph.requests) == 1


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize(
    "failure",
    [
        lambda graph: graph.answer("GET", LIST, 500, json={"error": {"code": 2, "message": "later"}}),
        lambda graph: graph.answer("GET", LIST, abort=True),
        lambda graph: graph.answer("GET", LIST, 400, json={"error": {"code": 190, "message": "expired"}}),
        lambda graph: graph.answer("GET", LIST, json={"data": [listed(name="\x00")]}),
    ],
    ids=["Meta in trouble", "no answer", "a bad token", "what no database takes"],
)
async def test_no_failure_ends_it(failure: Callable[[FarSide], None], office: Runtime, graph: FarSide) -> None:
    failure(graph)
    graph.answer("GET", LIST, json=ONE)
    async with keeping(office):
        await kept(office, 1)


def numbers(**changes: Any) -> Any:
    """Two numbers below one WABA; the older one's token is refused."""
    older = {"adapter": "whatsapp", "account": "1001", "parent": WABA, "secrets": {"access_token": "old"}}
    newer = {"adapter": "whatsapp", "account": "1002", "parent": WABA, "secrets": {"access_token": "new"}}
    return acme(accounts=[older, newer], links=[], hooks=[], **changes)


async def test_of_several_numbers_one_is_enough(db: Database, office: Runtime, graph: FarSide) -> None:
    await put_tenant(db, sealer(), numbers())
    graph.answer("GET", LIST, 401, json={"error": {"code": 190, "message": "expired"}})
    graph.answer("GET", LIST, json=ONE)
    async with keeping(office):
        await kept(office, 1)
    assert [seen.headers["Authorization"] for seen in graph.requests] == ["Bearer old", "Bearer new"]


async def test_a_tenant_that_comes_is_read_at_once(db: Database, office: Runtime, graph: FarSide) -> None:
    graph.answer("GET", LIST, json=ONE)
    graph.answer("GET", "/v25.0/88/message_templates", json={"data": [listed(name="other")]})
    async with keeping(office):
        await kept(office, 1)
        later = {
            "adapter": "whatsapp", "account": "2001", "parent": "88", "secrets": {"access_token": SecretStr("t")},
        }  # fmt: skip
        await put_tenant(db, sealer(), acme(id="beta", accounts=[later], links=[], hooks=[]))
        await kept(office, 1, tenant="beta")


async def test_a_suspended_tenant_is_left_alone(db: Database, office: Runtime, graph: FarSide) -> None:
    await put_tenant(db, sealer(), acme(state="suspended"))
    assert await office.directory.parents("whatsapp") == {}
    async with keeping(office):
        wanted(office, WABA)
    assert graph.requests == []


class Stumbling:
    """A directory that fails when it is asked first."""

    def __init__(self, directory: Directory, error: Exception) -> None:
        self._errors = [error]
        self.account = directory.account
        self.changes = directory.changes
        self._parents = directory.parents

    async def parents(self, adapter: str) -> Mapping[str, Sequence[Endpoint]]:
        if self._errors:
            raise self._errors.pop()
        return await self._parents(adapter)


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("error", [Unavailable("[database] url: away for this test."), RuntimeError("a bug")])
async def test_neither_does_a_directory_that_fails(error: Exception, office: Runtime, graph: FarSide) -> None:
    graph.answer("GET", LIST, json=ONE)
    parts = {**vars(office), "directory": Stumbling(office.directory, error)}
    async with keeping(bare_runtime(**parts)):
        await kept(office, 1)
