"""Migrations: numbered SQL files, forward only, each applied once in its own transaction.

Several engines may start at once: an advisory lock lets one of them migrate while the others wait and then find nothing
to do. What was applied is written down with a checksum, so an edited or missing file is refused instead of guessed at.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from xyper_engine.errors import SettingsError
from xyper_engine.settings import root

if TYPE_CHECKING:
    import asyncpg

    Session = asyncpg.Connection[asyncpg.Record]

LOCK = 0x7879706572  # "xyper"
"""The advisory lock's key; one Xyper per database."""

_TABLE = """
create table if not exists migrations (
  number     integer primary key,
  name       text not null,
  checksum   text not null,
  applied_at timestamptz not null default now()
)"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file, `NNNN_name.sql`."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def folder() -> Path:
    return root() / "sql" / "migrations"


def read(where: Path) -> tuple[Migration, ...]:
    """The files in order. Line ends are normalised, so a Windows checkout has the same checksums."""
    found = sorted((_read_one(path) for path in where.glob("*.sql")), key=lambda migration: migration.number)
    if len({migration.number for migration in found}) < len(found):
        raise SettingsError(f"Two migrations in {where} have one number: give the newer one the next free number.")
    return tuple(found)


def _read_one(path: Path) -> Migration:
    named = re.fullmatch(r"(\d{4})_(\w+)", path.stem)
    if named is None:
        raise SettingsError(f"{path} is not named like a migration: it must be NNNN_name.sql.")
    return Migration(int(named[1]), path.stem, path.read_text("utf-8").replace("\r\n", "\n"))


async def migrate(connection: "Session", files: tuple[Migration, ...] | None = None) -> tuple[str, ...]:
    """Apply what is missing; returns the names of what was applied now. `connection` is the login role's own.

    Raises `SettingsError` where the database and the files contradict each other.
    """
    files = read(folder()) if files is None else files
    await connection.execute("select pg_advisory_lock($1)", LOCK, timeout=600)
    try:
        await connection.execute(_TABLE)
        applied = {
            row["number"]: row for row in await connection.fetch("select number, name, checksum from migrations")
        }
        _compare(applied, {migration.number: migration for migration in files})
        return tuple([await _apply(connection, migration) for migration in files if migration.number not in applied])
    finally:
        if not connection.is_closed():
            await connection.execute("select pg_advisory_unlock($1)", LOCK)


async def _apply(connection: "Session", migration: Migration) -> str:
    async with connection.transaction():
        await connection.execute(migration.sql, timeout=3600)
        await connection.execute(
            "insert into migrations (number, name, checksum) values ($1, $2, $3)",
            migration.number,
            migration.name,
            migration.checksum,
        )
    return migration.name


def _compare(applied: "dict[int, asyncpg.Record]", files: dict[int, Migration]) -> None:
    for number, row in sorted(applied.items()):
        if number not in files:
            newer = not files or number > max(files)
            raise SettingsError(
                f"The database is newer than this Xyper: it has migration {row['name']}; start a version that knows it."
                if newer
                else f"Migration {row['name']} was applied, but its file is missing: restore the file."
            )
        if files[number].checksum != row["checksum"]:
            raise SettingsError(
                f"Migration {files[number].name} was changed after it was applied: restore it and write a new one."
            )
