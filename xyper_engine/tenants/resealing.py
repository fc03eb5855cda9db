"""Changing keys online: what an older version sealed with a master key, or left in clear, gets its tenant's data key.

And where all of it stands: what is under which master key, and whether one may be taken out of the settings.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from xyper_engine.errors import NotFound, SettingsError
from xyper_engine.keyring import OLD, Keyring
from xyper_engine.sealing import context
from xyper_engine.store.db import Database
from xyper_engine.store.rows import given

BATCH = 200


@dataclass(frozen=True, slots=True)
class Sealed:
    """A table with an `id`, a `tenant`, and a column that is sealed by the key `key_id`; null: not at all."""

    table: str
    owner: Callable[[Any], tuple[str, str]]
    """What a row's sealed column is bound to, besides its tenant."""
    body: str = "sealed"


SEALED = (
    Sealed("secrets", lambda row: (row["owner"], row["name"])),
    Sealed("waiting", lambda row: ("waiting", row["id"])),
    Sealed("dead_letters", lambda row: ("dead letter", row["id"]), "body"),
    Sealed("messages", lambda row: ("message", row["id"])),
)
"""Every table with a `key_id`; a test looks for one that is missing here."""


@dataclass(frozen=True, slots=True)
class MasterKey:
    """How much depends on one master key."""

    id: str
    listed: bool
    """It stands in the settings."""
    first: bool
    """It is the one that wraps and signs."""
    wraps: int
    """Data keys that it wraps."""
    alone: int
    """Those that the first key does not wrap yet."""
    rows: int
    """What it sealed itself, before there were data keys."""

    @property
    def needed(self) -> bool:
        """Taken out of the settings, it would make something unreadable, or has."""
        return self.first or bool(self.alone or self.rows)


async def reseal(db: Database, keyring: Keyring, most: int | None = None) -> int:
    """Seal with data keys what is not yet; how many rows. Safe beside running engines, and beside itself."""
    done = 0
    for sealed in SEALED:
        async for count in _batches(db, keyring, sealed):
            done += count
            if most is not None and done >= most:
                return done
    return done


async def standing(db: Database, keyring: Keyring) -> Sequence[MasterKey]:
    """Every master key that the settings name or something depends on, the first one first."""
    first, listed = keyring.sealer.key_id, keyring.sealer.key_ids
    wraps = {row["master"]: row for row in await db.fetch(_WRAPS, first)}
    rows: dict[str, int] = {}
    for sealed in SEALED:
        for row in await db.fetch(
            f"select key_id, count(*) as n from {sealed.table} where {OLD} and key_id is not null group by key_id"  # noqa: S608
        ):
            rows[row["key_id"]] = rows.get(row["key_id"], 0) + row["n"]
    return [
        MasterKey(
            id_,
            listed=id_ in listed,
            first=id_ == first,
            wraps=wraps[id_]["wraps"] if id_ in wraps else 0,
            alone=wraps[id_]["alone"] if id_ in wraps else 0,
            rows=rows.get(id_, 0),
        )
        for id_ in dict.fromkeys((*listed, *wraps, *rows))
    ]


async def _batches(db: Database, keyring: Keyring, sealed: Sealed) -> AsyncIterator[int]:
    """How many of each batch were sealed anew. What no key of ours opens is passed over, and tried again next time."""
    after = ""
    while rows := await db.fetch(
        f"select * from {sealed.table} where {OLD} and id > $1 order by id limit {BATCH}",  # noqa: S608
        after,
    ):
        after = rows[-1]["id"]
        new = [one for row in rows if (one := await _anew(keyring, sealed, row))]
        # A row that somebody changed meanwhile is left to the next round.
        tag = await db.execute(
            f"update {sealed.table} t set key_id = n.key_id, {sealed.body} = n.body "  # noqa: S608
            f"from {_NEW} n where t.id = n.id and t.key_id is not distinct from n.was",
            [row for *row, _ in new],
            [body for *_, body in new],
        ) if new else " 0"  # fmt: skip
        yield int(tag.rpartition(" ")[2])


_NEW = given("id text, was text, key_id text", "body bytea")


async def _anew(keyring: Keyring, sealed: Sealed, row: Any) -> tuple[str, str | None, str, bytes] | None:
    tenant, body = row["tenant"], row[sealed.body]
    bound = context(tenant, *sealed.owner(row))
    try:
        cipher = await keyring.cipher(tenant)
        plain = body if row["key_id"] is None else keyring.sealer.open_bytes(row["key_id"], body, bound)
    except (SettingsError, NotFound):
        return None
    return row["id"], row["key_id"], cipher.id, cipher.seal(plain, bound)


_WRAPS = """
select d.master, count(*) as wraps,
  count(*) filter (where not exists (select from data_keys f where (f.id, f.master) = (d.id, $1))) as alone
from data_keys d group by d.master
"""
