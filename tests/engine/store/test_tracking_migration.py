"""What was kept before tracking came: messages are in the first partition, and of files it is known what was found."""

import asyncpg
import pytest

from tests.engine.store.databases import Postgres, bare
from xyper_engine.model import new_id
from xyper_engine.store.migrate import folder, migrate, read

TRACKING = 20


@pytest.fixture
async def url(postgres: Postgres) -> str:
    return await bare(postgres)


async def test_what_there_was_becomes_the_first_partition(url: str) -> None:
    files, id_ = read(folder()), new_id()
    connection = await asyncpg.connect(url)
    try:
        await migrate(connection, tuple(file for file in files if file.number < TRACKING))
        await connection.execute("insert into tenants (id, name) values ('acme', 'Acme')")
        await connection.execute(
            "insert into messages (id, tenant, adapter, account, external_id, direction, contact, occurred_at, key_id, "
            "sealed) values ($1, 'acme', 'whatsapp', '1', 'wamid.1', 'inbound', 'tel:+1', now(), 'k1', 's')",
            id_,
        )
        await migrate(connection, files)
        row = await connection.fetchrow(
            "select tableoid::regclass::text as part, words from messages where id = $1", id_
        )
        assert row is not None
        assert dict(row) == {"part": "messages_before", "words": None}
        await connection.execute("update messages set words = '{1}' where id = $1", id_)
        assert await connection.fetchval("select id from messages where words @> '{1}'") == id_
    finally:
        await connection.close()


async def test_files_that_were_infected_are_and_of_the_others_nobody_knows(url: str) -> None:
    files = read(folder())
    connection = await asyncpg.connect(url)
    try:
        await migrate(connection, tuple(file for file in files if file.number < TRACKING))
        await connection.execute("insert into tenants (id, name) values ('acme', 'Acme')")
        for state in ("stored", "infected", "gone"):
            await connection.execute(
                "insert into files (id, tenant, event_key, n, contact, state, kind, mime, name, size, sha256) "
                "values ($1, 'acme', $1, 0, 'tel:+1', $1, 'image', 'image/png', 'a.png', 1, 's')",
                state,
            )
        await migrate(connection, files)
        rows = await connection.fetch("select state, scan from files")
        assert dict(map(tuple, rows)) == {"stored": "unscanned", "infected": "infected", "gone": "unscanned"}
        forced = "select relforcerowsecurity from pg_class where oid = 'files'::regclass"
        assert await connection.fetchval(forced)
    finally:
        await connection.close()
