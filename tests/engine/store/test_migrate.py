"""Migrations: once each, whoever comes first, and never past a contradiction."""

import asyncio
import re
from pathlib import Path

import asyncpg
import pytest

from tests.engine.store.databases import Postgres, bare
from xyper_engine.errors import SettingsError
from xyper_engine.store import schema
from xyper_engine.store.migrate import Migration, folder, migrate, read

ONE = Migration(1, "0001_one", "create table one (n int);")
TWO = Migration(2, "0002_two", "create table two (n int); select pg_sleep(0.05);")
EDITED = Migration(1, "0001_one", "create table one (n bigint);")
BROKEN = Migration(2, "0002_two", "create table two (n int); select no_such_column;")


@pytest.fixture
async def url(postgres: Postgres) -> str:
    return await bare(postgres)


async def migrated(url: str, *files: Migration) -> tuple[str, ...]:
    connection = await asyncpg.connect(url)
    try:
        return await migrate(connection, files)
    finally:
        await connection.close()


async def tables(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        return {row[0] for row in await connection.fetch("select tablename from pg_tables where schemaname = 'public'")}
    finally:
        await connection.close()


async def test_each_file_is_applied_once_and_in_order(url: str) -> None:
    assert await migrated(url, ONE) == ("0001_one",)
    assert await migrated(url, ONE, TWO) == ("0002_two",)
    assert await migrated(url, ONE, TWO) == ()


async def test_of_several_at_once_one_migrates_and_the_others_wait(url: str) -> None:
    applied = await asyncio.gather(*(migrated(url, ONE, TWO) for _ in range(4)))
    assert sorted(applied) == [(), (), (), ("0001_one", "0002_two")]


async def test_a_file_that_fails_leaves_nothing_of_itself_and_all_before_it(url: str) -> None:
    with pytest.raises(asyncpg.UndefinedColumnError):
        await migrated(url, ONE, BROKEN)
    assert await tables(url) == {"migrations", "one"}
    assert await migrated(url, ONE, TWO) == ("0002_two",)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([EDITED, TWO], "Migration 0001_one was changed after it was applied"),
        ([TWO], "Migration 0001_one was applied, but its file is missing"),
        ([ONE], "The database is newer than this Xyper: it has migration 0002_two"),
        ([], "The database is newer than this Xyper: it has migration 0001_one"),
    ],
)
async def test_a_contradiction_is_refused_in_one_sentence(url: str, files: list[Migration], words: str) -> None:
    await migrated(url, ONE, TWO)
    with pytest.raises(SettingsError, match=re.escape(words)):
        await migrated(url, *files)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["0001_a.sql", "0001_b.sql"], "have one number"),
        (["1_a.sql"], "must be NNNN_name.sql"),
    ],
)
def test_misnamed_files_are_refused(tmp_path: Path, names: list[str], words: str) -> None:
    for name in names:
        (tmp_path / name).write_text("")
    with pytest.raises(SettingsError, match=words):
        read(tmp_path)


def test_line_ends_do_not_change_a_checksum(tmp_path: Path) -> None:
    unix, windows = (tmp_path / "unix", tmp_path / "windows")
    for where, end in ((unix, b"\n"), (windows, b"\r\n")):
        where.mkdir()
        (where / "0001_a.sql").write_bytes(b"select 1;" + end + b"select 2;" + end)
    assert read(unix)[0].checksum == read(windows)[0].checksum


async def test_schema_sql_is_the_sum_of_the_migrations() -> None:
    assert schema.file().read_text("utf-8") == await schema.current(), "run python -m xyper_engine.store.schema"


def test_the_migrations_of_this_version_are_found() -> None:
    assert [migration.number for migration in read(folder())][:1] == [1]
