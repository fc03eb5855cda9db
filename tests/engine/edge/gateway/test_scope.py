"""What a call about a tenant asks of the database, it asks as that tenant: the database itself shows nothing else."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.engine.edge.front import Front
from tests.engine.edge.gateway.test_matrix import OWN, furnished
from xyper_engine.edge.route import Route
from xyper_engine.store.db import Database

AS_TENANT = "set_config('role', 'xyper_tenant', true)"


@dataclass
class Spy:
    """Statements, by whether they ran as a tenant."""

    engine: list[str] = field(default_factory=list)
    tenant: list[str] = field(default_factory=list)


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Spy]:
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
    yield found


def about_a_tenant(front: Front) -> list[Route]:
    return [route for route in front.routes if "{tenant}" in route.path and route.action is not None]


async def test_show(front: Front, spy: Spy) -> None:
    await furnished(front)
    key = await front.new_key(OWN)
    for route in about_a_tenant(front):
        path = re.sub(r"\{(\w+)[^}]*\}", lambda found: OWN if found[1] == "tenant" else "0", route.path)
        spy.engine.clear()
        answer = await front.ask(route.method, path, key=key, headers={"If-Match": "*"})
        print(route.method, route.path, answer.status)
        for one in spy.engine:
            if not re.match(r"(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)", one):
                print("     ", " ".join(one.split())[:150])
