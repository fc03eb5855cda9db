"""Where the embedded PostgreSQL lives: in the data folder if that can be, and never as root."""

import asyncio
import os
import pwd
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.store.engines import opened, postmaster
from xyper_engine.errors import SettingsError
from xyper_engine.store.embedded import Server
from xyper_engine.store.place import place, programs

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="these are about what root may not do")

NOBODY = "nobody"


@pytest.fixture
def barred(data_dir: Path) -> Path:
    """A folder that only root can enter."""
    folder = data_dir / "barred"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def elsewhere(data_dir: Path) -> Path:
    return data_dir / "elsewhere"


@pytest.fixture
def moved(barred: Path, elsewhere: Path) -> Iterator[Server]:
    server = Server(barred, elsewhere)
    server.join()
    yield server
    server.leave()


def test_started_by_root_it_runs_as_nobody(data_dir: Path) -> None:
    server = Server(data_dir)
    server.join()
    try:
        assert postmaster(data_dir).username() == NOBODY
        assert server.place.data == data_dir / "postgres"
    finally:
        server.leave()


def test_data_that_nobody_could_not_reach_go_elsewhere_with_a_link_in_their_place(
    moved: Server, barred: Path, elsewhere: Path
) -> None:
    assert (barred / "postgres").is_symlink()
    assert (barred / "postgres").resolve() == moved.place.data
    assert moved.place.data.parent == elsewhere
    assert barred.stat().st_mode & 0o777 == 0o700
    assert place(barred, elsewhere) == moved.place


def test_a_link_to_nowhere_is_not_taken_for_an_empty_database(barred: Path, elsewhere: Path) -> None:
    (barred / "postgres").symlink_to(elsewhere / "gone")
    with pytest.raises(SettingsError, match="which is gone: restore it, or remove the link"):
        place(barred, elsewhere)


def test_programs_that_nobody_could_not_reach_are_copied(
    barred: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = programs().parents[1]
    for part in (shipped, shipped.with_name(f"{shipped.name}.libs")):
        (barred / part.name).symlink_to(part)
    monkeypatch.syspath_prepend(str(barred))
    assert programs(None, elsewhere) == barred / shipped.name / "pginstall" / "bin"
    copied = programs(pwd.getpwnam(NOBODY).pw_uid, elsewhere)
    assert copied.is_relative_to(elsewhere)
    assert programs(pwd.getpwnam(NOBODY).pw_uid, elsewhere) == copied
    shutil.rmtree(barred)
    assert os.spawnv(os.P_WAIT, copied / "postgres", ["postgres", "--version"]) == 0


async def test_a_long_path_gets_its_socket_in_a_short_one(data_dir: Path) -> None:
    deep = data_dir / ("x" * 100)
    deep.mkdir()
    sockets = place(deep).sockets
    assert len(str(sockets)) < 90
    async with opened(deep) as db:
        await db.ping()
        assert (sockets / ".s.PGSQL.5432").is_socket()
        assert sockets.stat().st_mode & 0o777 == 0o700
    assert not sockets.exists()


def test_a_socket_folder_that_someone_else_made_is_refused(data_dir: Path) -> None:
    found = place(data_dir)
    other = data_dir / "sockets"
    other.mkdir()
    os.chown(other, 1, 1)
    with pytest.raises(SettingsError, match="belongs to someone else"):
        found.own(other)


def test_root_helps_out_with_the_data_of_an_ordinary_user(data_dir: Path) -> None:
    """As that user, all of it; then as root, which must not take the data over."""
    os.chown(data_dir, 1, 1)
    assert _as_user(1, data_dir) == 0
    server = Server(data_dir)
    server.join()
    try:
        assert postmaster(data_dir).uids().effective == 1
    finally:
        server.leave()


def _as_user(user: int, data_dir: Path) -> int:
    """The exit code of a child of this process, which has all it needs in memory, that opens the database as `user`."""

    async def use() -> None:
        async with opened(data_dir) as db:
            await db.execute("insert into tenants values ('a', 'A')")

    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
        asyncio.run(use())
        os._exit(0)
    except BaseException as error:  # noqa: BLE001  nothing of this child may return into the tests
        print(repr(error), file=sys.stderr, flush=True)
        os._exit(1)
