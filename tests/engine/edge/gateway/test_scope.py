"""What a call about a tenant asks of the database, it asks as that tenant: the database itself shows nothing else."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import pytest
from aiohttp import ClientResponse

from tests.engine.edge.front import Front
from tests.engine.edge.gateway.test_matrix import FOREIGN, OWN, furnished
from xyper_engine.access.roles import Role
from xyper_engine.edge.route import Route
from xyper_engine.store.db import Database

AS_TENANT = "set_config('role', 'xyper_tenant', true)"


@dataclass
class Spy:
    """Statements, by whether they ran as a tenant."""

    engine: list[str] = field(default_factory=list)
    tenant: list[str] = field(default_factory=list)
    ever: list[str] = field(default_factory=list)

    def forget(self) -> None:
        self.ever += self.tenant
        self.engine, self.tenant = [], []


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Spy:
    found, connection_of = Spy(), Database.connection

    @asynccontextmanager
    async def spied(self: Database) -> AsyncIterator[Any]:
        bound = False

        def note(query: Any) -> None:
            nonlocal bound
            bound = bound or AS_TENANT in query.query
            (found.tenant if bound else found.engine).append(query.query)

        async with connection_of(self) as connection:
            connection.add_query_logger(note)
            try:
                yield connection
            finally:
                connection.remove_query_logger(note)

    monkeypatch.setattr(Database, "connection", spied)
    return found


def about_a_tenant(front: Front) -> list[Route]:
    return [route for route in front.routes if "{tenant}" in route.path and route.action is not None]


async def test_every_call_about_a_tenant_asks_as_that_tenant(front: Front, spy: Spy) -> None:
    await furnished(front)
    key = await front.new_key(OWN)
    await front.ask("GET", f"/api/v1/tenants/{OWN}", key=key)  # now the key is known: its proof is nobody's data
    for route in about_a_tenant(front):
        spy.forget()
        await call(front, route, key)
        own = [one for one in spy.engine if not re.match(r"BEGIN|COMMIT|ROLLBACK", one)]
        assert [one for one in own if not DIRECTORY.search(one)] == [], (route.method, route.path)
    assert len(spy.ever) > 30


DIRECTORY = re.compile(r"from directory_revision|where hooks\.tenant is null")
"""The directory serves all tenants from one memory: each of its rows carries the tenant, which the caller compares.
The operator's own webhook addresses serve every tenant: they are nobody's data."""


async def test_without_the_codes_own_filter_nothing_foreign_is_seen(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every `tenant = $n` of every statement is made true for all rows; still a tenant's lists hold its own alone."""
    await furnished(front)
    for tenant in (OWN, FOREIGN):
        await front.token(Role.agent, tenant)
        await front.rt.db.execute(TEMPLATE, tenant)
    key = await front.new_key(OWN)
    await front.new_key(FOREIGN)
    monkeypatch.setattr(asyncpg.Connection, "_execute", unfiltered(vars(asyncpg.Connection)["_execute"]))
    seen = await front.rt.db.fetch("select name from templates where tenant = $1", OWN)
    assert {row["name"] for row in seen} == {OWN, FOREIGN}, "the filter is still there"
    listed = 0
    for route in about_a_tenant(front):
        if route.method == "GET":
            answer = await call(front, route, key)
            listed += answer.status == 200
            assert FOREIGN not in await answer.text(), route.path
    assert listed > 6


def unfiltered(execute: Any) -> Any:
    async def run(self: Any, query: str, *args: Any, **more: Any) -> Any:
        return await execute(self, FILTER.sub(r"(\1::text is null or true)", query), *args, **more)

    return run


TEMPLATE = """
insert into templates (tenant, adapter, account, name, language, far_id) values ($1, 'whatsapp', $1, $1, 'en', $1)
"""
FILTER = re.compile(r"(?:\w+\.)?tenant (?:=|is not distinct from) (\$\d+)")


async def call(front: Front, route: Route, key: str) -> ClientResponse:
    path = re.sub(r"\{(\w+)[^}]*\}", lambda found: OWN if found[1] == "tenant" else "0", route.path)
    return await front.ask(route.method, path, key=key, headers={"If-Match": "*"})
