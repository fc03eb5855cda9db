"""People who were erased and had decided not to be written to: known again by keyed hashes of their names alone."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from xyper_engine.consent import UNDECIDED, Standing
from xyper_engine.grouping import Grouped
from xyper_engine.keyring import Keyring
from xyper_engine.store.db import Database
from xyper_engine.store.rows import given

if TYPE_CHECKING:
    from xyper_engine.store.db import Connection


class Forgotten:
    def __init__(self, db: Database, keyring: Keyring) -> None:
        self._db = db
        self._keyring = keyring
        self._standing = Grouped(self._standing_all)

    async def hashes(self, tenant: str, names: Iterable[str]) -> list[str]:
        """What is kept of a person instead of these names."""
        return (await self.of_many([(tenant, tuple(names))]))[0]

    async def of_many(self, people: Sequence[tuple[str, tuple[str, ...]]]) -> list[list[str]]:
        """As `hashes`, for the names of many tenants' people."""
        ciphers = await self._keyring.ciphers({tenant for tenant, _ in people})
        return [[ciphers[tenant].pseudonym(name) for name in names] for tenant, names in people]

    async def standing(self, tenant: str, names: tuple[str, ...]) -> Standing:
        """Of somebody whom no contact is of. Only asked for who is to be sent a template."""
        return await self._standing((tenant, names))

    async def _standing_all(self, people: Sequence[tuple[str, tuple[str, ...]]]) -> Sequence[Standing]:
        hashes = await self.of_many(people)
        asked = [(i, tenant, " ".join(own)) for i, ((tenant, _), own) in enumerate(zip(people, hashes, strict=True))]
        found = {row["i"]: Standing.of(row["said"]) for row in await self._db.fetch(_STANDING, asked)}
        return [found.get(i, UNDECIDED) for i in range(len(people))]


async def back(connection: "Connection", tenant: str, contact: str, hashes: Sequence[str]) -> None:
    """The contact is born, or has a new name: what they once decided is theirs again."""
    await connection.execute(_BACK, tenant, contact, hashes)


_STANDING = f"""
select g.i, jsonb_agg(jsonb_build_array(c.kind, c.account, c.given) order by c.at, c.id) as said
from {given("i int, tenant text, hashes text")} g
join consents c on c.tenant = g.tenant and c.contact is null and c.people && string_to_array(g.hashes, ' ')
group by g.i
"""  # noqa: S608  constants

_BACK = "update consents set contact = $2 where tenant = $1 and contact is null and people && $3::text[]"
