"""The journal, and so the spool: nothing readable lies on the disk; it is bounded by age, and keys can be changed."""

import os
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest

from tests.engine.broker.inbox import Inbox, eventually
from tests.engine.cli.process import Cli
from xyper_engine.broker.journal import Journal
from xyper_engine.broker.journal_look import look, moment_of
from xyper_engine.broker.port import Outgoing
from xyper_engine.errors import BrokerUnavailable, SettingsError
from xyper_engine.model import new_id
from xyper_engine.sealing import Cipher, Sealer

ROOM = 1 << 24
FIRST, SECOND = (Sealer([bytes([n]) * 32]).stores() for n in (1, 2))
BODY = b"the zebra is in the cellar"


@asynccontextmanager
async def opened(folder: Path, ciphers: Sequence[Cipher], **more: float) -> AsyncIterator[Journal]:
    journal = await Journal.open(folder, ROOM, None, ciphers, **more)
    try:
        yield journal
    finally:
        await journal.close()


async def stored(folder: Path, ciphers: Sequence[Cipher], *ids: str) -> None:
    async with opened(folder, ciphers) as journal:
        await journal.declare(["q"])
        await journal.publish([Outgoing("q", id_, BODY) for id_ in ids])


async def read(folder: Path, ciphers: Sequence[Cipher], count: int) -> list[tuple[str, bytes]]:
    async with opened(folder, ciphers) as journal:
        inbox = Inbox()
        await journal.consume("q", inbox, 10)
        await inbox.has(count)
        return [(one.id, one.body) for one in inbox.got]


def on_disk(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def test_what_lies_there_is_read_by_the_key_alone(tmp_path: Path) -> None:
    await stored(tmp_path, FIRST, "a", "b")
    assert BODY not in on_disk(tmp_path)
    assert b"zebra" not in on_disk(tmp_path)
    assert await read(tmp_path, FIRST, 2) == [("a", BODY), ("b", BODY)]


async def test_a_new_master_key_reads_on_while_the_old_one_is_listed(tmp_path: Path) -> None:
    both = Sealer([bytes([2]) * 32, bytes([1]) * 32]).stores()
    await stored(tmp_path, FIRST, "a")
    await stored(tmp_path, both, "b")
    assert await read(tmp_path, both, 2) == [("a", BODY), ("b", BODY)]


async def test_without_the_key_it_does_not_begin_and_says_which(tmp_path: Path) -> None:
    await stored(tmp_path, FIRST, "a")
    with pytest.raises(SettingsError, match=f"sealed with key {FIRST[0].id}, which is not there"):
        await Journal.open(tmp_path, ROOM, None, SECOND)
    assert await read(tmp_path, FIRST, 1) == [("a", BODY)], "and the folder is free again"


async def test_what_an_older_version_left_in_clear_is_read(tmp_path: Path) -> None:
    await stored(tmp_path, (), "a")
    assert BODY in on_disk(tmp_path)
    assert await read(tmp_path, FIRST, 1) == [("a", BODY)]


def aged(seconds: float) -> str:
    """An id of ours, made so long ago."""
    at = int((time.time() - seconds) * 1000)
    return str(UUID(int=(at << 80) | (0x7 << 76) | (0x8 << 60) | int.from_bytes(os.urandom(7)), version=None))


def test_an_id_tells_when_it_was_made() -> None:
    assert moment_of(new_id()) == pytest.approx(time.time(), abs=1)
    assert moment_of(aged(100)) == pytest.approx(time.time() - 100, abs=1)
    for strange in ("", "wamid.1", "not-a-uuid", str(UUID(int=1))):
        assert moment_of(strange) is None


async def test_with_an_old_message_in_it_nothing_more_is_taken_until_that_is_fed(tmp_path: Path) -> None:
    async with opened(tmp_path, FIRST, age_limit=60.0) as journal:
        await journal.declare(["q"])
        await journal.publish([Outgoing("q", aged(50), BODY)])
        await journal.publish([Outgoing("q", aged(61), BODY)])
        assert journal.spool.age == pytest.approx(50, abs=5)
        inbox = Inbox()
        subscription = await journal.consume("q", inbox, 1)
        await inbox.has(1)
        inbox.got[0].ack()
        await inbox.has(2)
        await eventually(lambda: older(journal, 60))
        with pytest.raises(BrokerUnavailable, match="spool_age is reached"):
            await journal.publish([Outgoing("q", new_id(), BODY)])
        inbox.got[1].ack()
        await eventually(lambda: empty(journal))
        await subscription.close()
        await journal.publish([Outgoing("q", new_id(), BODY)])
        assert (journal.spool.messages, journal.spool.age < 5) == (1, True)


async def older(journal: Journal, seconds: float) -> bool:
    return journal.spool.age > seconds


async def empty(journal: Journal) -> bool:
    return journal.spool.age == 0


async def test_it_is_looked_at_from_outside_while_an_engine_has_it(tmp_path: Path) -> None:
    assert look(tmp_path, ROOM) is None
    async with opened(tmp_path, FIRST) as journal:
        await journal.declare(["q"])
        await journal.publish([Outgoing("q", aged(40), BODY), Outgoing("q", new_id(), BODY)])
        found = look(tmp_path, ROOM)
        assert found is not None
        assert (found.messages, found.limit) == (2, ROOM)
        assert found.age == pytest.approx(40, abs=5)
        assert 0 < found.used < ROOM


async def test_check_tells_of_the_spool(tmp_path: Path) -> None:
    await stored(tmp_path / "var" / "spool", FIRST, aged(90_000))
    away = {"XYPER_BROKER__URL": "amqp://guest@127.0.0.1:1/", "XYPER_DATABASE__URL": "postgresql://127.0.0.1:1/x"}
    said = Cli(tmp_path)("check", "--json", **away)
    [line] = [line for line in said.json if line["part"] == "spool"]
    assert (line["ok"], line["detail"].startswith("1 messages, 0% of [broker] spool_limit, the oldest 90")) == (
        False, True,
    )  # fmt: skip
