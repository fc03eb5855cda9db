"""Who was forgotten, as keyed hashes in memory: what they wrote until then, and what was written to them, is dropped.

What comes of them later is of somebody new. Where nobody of a tenant was forgotten, an event costs one look-up. Who
routes sees to it that they are read (`routing/eraser.py`).
"""

from collections.abc import Mapping
from datetime import datetime

from xyper_engine.errors import NotFound
from xyper_engine.keyring import Keyring
from xyper_engine.model import AnyEvent, first_id
from xyper_engine.sealing import Cipher
from xyper_engine.state.contacts import Contacts
from xyper_engine.state.persons import marks
from xyper_engine.store.db import Database


class Tombstones:
    def __init__(self, db: Database, keyring: Keyring, contacts: Contacts) -> None:
        self._db = db
        self._keyring = keyring
        self._contacts = contacts
        self._tenants: Mapping[str, tuple[Cipher, Mapping[int, datetime]]] = {}

    def cover(self, event: AnyEvent) -> bool:
        """Whether it is of somebody who was forgotten since it came, or since it happened."""
        known = self._tenants.get(event.tenant)
        if known is None:
            return False
        cipher, when = known
        names = (event.contact.address, *event.contact.aliases)
        return any(_old(event, when[mark]) for mark in marks(cipher, names) if mark in when)

    async def read(self) -> None:
        """All of them anew. Raises `Unavailable`."""
        found: dict[str, tuple[Cipher, dict[int, datetime]]] = {}
        for row in await self._db.fetch("select tenant, mark, erased_at from tombstones"):
            tenant = row["tenant"]
            try:
                entry = found.get(tenant) or (await self._keyring.cipher(tenant), {})
            except NotFound:  # it was removed just now
                continue
            found[tenant] = entry
            entry[1][row["mark"]] = row["erased_at"]
        self._tenants = found
        self._contacts.expire()


def _old(event: AnyEvent, at: datetime) -> bool:
    """Vendors tell the second in which something happened: what came after `at` and happened in its second is new."""
    return event.id < first_id(at) or event.occurred_at < at.replace(microsecond=0)
