"""People as the tests know them, and what they try."""

import pytest

from xyper_engine.access.people import People, Person
from xyper_engine.access.proving import Access
from xyper_engine.access.roles import Role
from xyper_engine.errors import Unauthenticated
from xyper_engine.keyring import Keyring
from xyper_engine.sealing import Sealer
from xyper_engine.store.db import Database

HOME = "192.0.2.7"


def sealer() -> Sealer:
    return Sealer([bytes(range(32))])


def keyring(db: Database) -> Keyring:
    return Keyring(db, sealer())


async def acme(db: Database) -> None:
    await db.execute("insert into tenants (id, name) values ('acme', 'Acme'), ('other', 'Other')")


async def someone(people: People, role: Role = Role.supervisor, tenant: str = "acme", subject: str = "g-1") -> Person:
    """Of a tenant, signed in with Genesys."""
    return await people.arrived("genesys", subject, tenant=tenant, role=role, name="Ada", email="ada@example.com")


async def holds(access: Access, bearer: str) -> bool:
    try:
        await access.prove(bearer)
    except Unauthenticated:
        return False
    return True


async def refused(access: Access, bearer: str) -> str:
    """That it is, and in which words."""
    with pytest.raises(Unauthenticated) as error:
        await access.prove(bearer)
    return str(error.value)
