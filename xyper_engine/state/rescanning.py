"""Files that were stored while no scanner was switched on are scanned afterwards, one at a time.

As at arrival the verdict stands in the map of media, and what is infected is kept aside and served no more, under
whichever links. After each file the scanner has a rest as long as its work was: those that arrive come first.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Literal

from xyper_engine.errors import NotFound, Unavailable
from xyper_engine.media.port import MediaStore
from xyper_engine.media.scan import Infection, Scanner
from xyper_engine.state.files import LOCK, set_aside
from xyper_engine.store.db import Database

BATCH = 200
REST = 5.0
"""Seconds of rest at most."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """On the bytes of a file, and so on all files of its tenant that have the same."""

    tenant: str
    file: str
    said: Literal["clean", "infected", "none"]
    detail: str = ""
    """With what it is infected; or why there is none."""


class Rescan:
    def __init__(self, db: Database, store: MediaStore, scanner: Scanner) -> None:
        self._db = db
        self._store = store
        self._scanner = scanner

    async def walk(self, tenant: str | None = None) -> AsyncIterator[Verdict]:
        """Of all that have none yet; `tenant`: of that one's only. Raises `Unavailable`.

        A file that cannot be scanned, because it is too large for the scanner, say, holds up no other.
        """
        after = ""
        while rows := await self._db.fetch(_UNSCANNED, tenant, after, BATCH):
            after = rows[-1]["id"]
            # Those with the same bytes as one before are scanned with that one.
            for row in {row["object"]: row for row in reversed(rows)}.values():
                began = asyncio.get_running_loop().time()
                yield await self._one(row)
                await asyncio.sleep(min(asyncio.get_running_loop().time() - began, REST))

    async def _one(self, row: Any) -> Verdict:
        about = row["tenant"], row["id"]
        try:
            async with aclosing(self._store.get(row["object"])) as chunks:
                found = await self._scanner.scan(chunks)
        except NotFound:
            return Verdict(*about, "none", "it is not in the media store")
        except Unavailable as error:
            for part in (self._scanner, self._store):
                await part.ping()  # the trouble is not this file's
            return Verdict(*about, "none", str(error))
        if found is None:
            await self._db.execute(_CLEAN, row["tenant"], row["sha256"])
            return Verdict(*about, "clean")
        await self._block(row, found)
        return Verdict(*about, "infected", found.name)

    async def _block(self, row: Any, found: Infection) -> None:
        """First nobody gets it any more, then its bytes go; the copy goes where retention was faster."""
        key: str = row["object"]
        aside = await set_aside(self._store, key)
        async with self._db.connection() as connection, connection.transaction():
            await connection.execute(LOCK, f"{row['tenant']}/{row['sha256']}")
            blocked = await connection.fetch(_BLOCK, row["tenant"], row["sha256"], found.name, key, aside)
        await self._store.delete(key if blocked else aside)


_UNSCANNED = """
select id, tenant, object, sha256 from files
where scan = 'unscanned' and state = 'stored' and object is not null and id > $2 and ($1::text is null or tenant = $1)
order by id limit $3
"""

_CLEAN = """
update files set scan = 'clean' where (tenant, sha256) = ($1, $2) and scan = 'unscanned' and state = 'stored'
"""

_BLOCK = """
update files set state = 'infected', scan = 'infected', detail = $3,
  object = case when object = $4 then $5 else object end
where (tenant, sha256, state) = ($1, $2, 'stored') returning id
"""
