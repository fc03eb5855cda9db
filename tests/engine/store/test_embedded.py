"""The embedded PostgreSQL: whoever comes first starts it, whoever leaves last stops it, and no kill loses a row."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.engine.store.engines import confirmed, engine, kill_tree, last_confirmed, opened, postmaster
from xyper_engine.errors import Unavailable
from xyper_engine.store.db import Database
from xyper_engine.store.embedded import Server, running


async def rows(db: Database) -> set[str]:
    return {row["id"] for row in await db.fetch("select id from tenants")}


async def until_it_answers(db: Database) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                return await db.ping()
            except Unavailable:
                await asyncio.sleep(0.05)


async def until_it_fails(db: Database) -> None:
    async with asyncio.timeout(30):
        with suppress(Unavailable):
            while True:
                await db.ping()


async def test_it_keeps_its_data_from_one_start_to_the_next(data_dir: Path) -> None:
    async with opened(data_dir) as db:
        await db.execute("insert into tenants values ('a', 'A')")
        assert db.migrated
    assert not (data_dir / "postgres" / "postmaster.pid").exists()
    async with opened(data_dir) as db:
        assert await rows(db) == {"a"}
        assert db.migrated == ()


async def test_it_syncs_to_disk_and_listens_on_no_network(data_dir: Path) -> None:
    async with opened(data_dir) as db:
        wanted = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "listen_addresses": ""}
        assert {name: await db.fetchval("select current_setting($1)", name) for name in wanted} == wanted
        assert (data_dir / "postgres").stat().st_mode & 0o777 == 0o700


async def test_ctrl_c_does_not_reach_it(data_dir: Path) -> None:
    async with running(data_dir):
        assert os.getsid(postmaster(data_dir).pid) != os.getsid(0)


async def test_of_several_at_once_one_starts_it(data_dir: Path) -> None:
    async def pid() -> int:
        async with running(data_dir) as server:
            assert server.pid is not None
            await everyone.wait()
            return server.pid

    everyone = asyncio.Barrier(3)
    assert len(set(await asyncio.gather(pid(), pid(), pid()))) == 1
    assert not (data_dir / "postgres" / "postmaster.pid").exists()


async def test_a_command_line_beside_an_engine_attaches_and_leaves_it_running(data_dir: Path) -> None:
    async with engine(data_dir) as process:
        await confirmed(process, 10)
        before = postmaster(data_dir)
        async with opened(data_dir) as db:
            assert "t10" in await rows(db)
        assert postmaster(data_dir) == before
        assert process.returncode is None


async def test_the_last_one_stops_what_another_started(data_dir: Path) -> None:
    async with engine(data_dir) as process:
        await confirmed(process, 1)
        server = postmaster(data_dir)
        async with opened(data_dir):
            process.kill()
            await process.wait()
            assert server.is_running()
        assert not (data_dir / "postgres" / "postmaster.pid").exists()


@pytest.mark.faults
@pytest.mark.parametrize("victims", ["engine", "postgres and engine"])
async def test_what_was_confirmed_survives_kill_9(data_dir: Path, victims: str) -> None:
    async with engine(data_dir) as process:
        await confirmed(process, 50)
        if victims == "postgres and engine":
            kill_tree(postmaster(data_dir))
        process.kill()
        last = max(50, await last_confirmed(process))
    async with opened(data_dir) as db:
        assert {f"t{n}" for n in range(last + 1)} <= await rows(db)


@pytest.mark.faults
async def test_it_comes_back_under_a_living_engine(data_dir: Path) -> None:
    async with opened(data_dir) as db:
        await db.execute("insert into tenants values ('a', 'A')")
        kill_tree(postmaster(data_dir))
        with pytest.raises(Unavailable):
            await db.ping()
        await until_it_answers(db)
        assert await rows(db) == {"a"}


@pytest.mark.faults
async def test_it_comes_back_where_only_its_first_process_was_killed(data_dir: Path) -> None:
    async with opened(data_dir) as db:
        postmaster(data_dir).kill()
        await until_it_fails(db)
        await until_it_answers(db)


async def test_a_creation_that_was_cut_short_is_begun_anew(data_dir: Path) -> None:
    (data_dir / "postgres.new").mkdir()
    (data_dir / "postgres.new" / "PG_VERSION").write_text("18\n")
    async with opened(data_dir) as db:
        await db.ping()


async def test_a_cancelled_start_leaves_nothing_running(data_dir: Path) -> None:
    task = asyncio.create_task(opened(data_dir).__aenter__())
    async with asyncio.timeout(30):
        while not (data_dir / "postgres.new").exists():  # noqa: ASYNC110  a file has no event
            await asyncio.sleep(0.005)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not (data_dir / "postgres" / "postmaster.pid").exists()


async def test_a_server_that_cannot_start_says_why(data_dir: Path) -> None:
    async with running(data_dir):
        pass
    (data_dir / "postgres" / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(Unavailable, match=r"did not start: .*FATAL: +database files are incompatible with server"):
        async with running(data_dir):
            pass


async def test_a_stale_note_of_a_foreign_process_is_no_server(data_dir: Path) -> None:
    async with running(data_dir):
        pass
    note = data_dir / "postgres" / "postmaster.pid"
    note.write_text(f"{os.getppid()}\n{data_dir}/postgres\n0\n5432\n{data_dir}/postgres\n\n0 0\nready   \n")
    async with opened(data_dir) as db:
        await db.ping()
    assert psutil.pid_exists(os.getppid())


def test_leaving_without_having_come_stops_nobody(data_dir: Path) -> None:
    Server(data_dir).leave()
