"""The journal alone: killed, full, on a broken disk, held by somebody else."""

import asyncio
import random
import resource
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.engine.broker.conftest import Twin, start
from tests.engine.broker.inbox import DEADLINE, Inbox, eventually, names, numbered
from xyper_engine.broker.journal import Journal
from xyper_engine.broker.port import Outgoing
from xyper_engine.errors import BrokerUnavailable, Unavailable

ROOM = 1 << 30


@pytest.fixture
def twin(tmp_path: Path) -> Twin:
    return Twin("journal:", "t.", tmp_path, iter(range(99)))


@pytest.mark.faults
async def test_a_killed_publisher_loses_nothing_it_was_told_was_stored(twin: Twin) -> None:
    """Ten rounds of SIGKILL in the middle of group commits, at a random moment each."""
    seed = random.randrange(1 << 30)
    print("seed", seed)
    moments = random.Random(seed)
    for round_ in range(10):
        queue = f"q{round_}"
        async with start("publish", twin.settings_file(), queue, 20) as publisher:
            assert publisher.stdout is not None
            async with asyncio.timeout(DEADLINE):
                told = [await publisher.stdout.readline() for _ in range(moments.randrange(1, 3000))]
            publisher.kill()
            told += (await publisher.stdout.read()).splitlines(keepends=True)
        acknowledged = max(int(line) for line in told if line.endswith(b"\n"))
        async with twin.open() as broker:
            inbox = Inbox(acks=True)
            stored = (await broker.depth(queue)).ready
            await broker.consume(queue, inbox, 100)
            await inbox.has(stored)
            numbers = [int(id_) for id_ in inbox.ids]
            # The numbers are drawn in the order of the calls, so the stored ones have no gap and no double.
            assert numbers == list(range(1, stored + 1))
            assert stored >= acknowledged
            assert all(len(delivery.body) == int(delivery.id) % 3000 for delivery in inbox.got)


async def test_a_second_process_is_refused_in_one_sentence(tmp_path: Path) -> None:
    first = await Journal.open(tmp_path, ROOM)
    with pytest.raises(Unavailable, match=r"in use by another process: stop that one") as refusal:
        await Journal.open(tmp_path, ROOM)
    assert "\n" not in str(refusal.value)
    await first.close()
    await (await Journal.open(tmp_path, ROOM)).close()


async def test_a_file_that_is_no_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_bytes(b"something else entirely" * 100)
    with pytest.raises(Unavailable, match="cannot be opened"):
        await Journal.open(tmp_path, ROOM)


async def test_a_full_journal_refuses_until_it_has_drained(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path, 1 << 20)
    await journal.declare(["q"])
    stored = 0
    while await _accepts(journal, f"{stored:06}"):
        stored += 1
    with pytest.raises(BrokerUnavailable, match=r"journal full: \[broker\] spool_limit"):
        await journal.publish([Outgoing("q", "no", b"x" * 10_000)])
    assert 50 < stored < 105
    inbox = Inbox(acks=True)
    await journal.consume("q", inbox, 10)
    await inbox.has(stored)
    await eventually(lambda: _accepts(journal, "again"))  # the acks are on their way to the disk
    await inbox.until(lambda inbox: inbox.ids[-1] == "again")
    assert inbox.ids == [*names(0, stored), "again"]
    await journal.close()


async def test_many_callers_together_do_not_pass_the_limit(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path, 1 << 20)
    await journal.declare(["q"])
    taken = await asyncio.gather(*(_accepts(journal, str(n), 100_000) for n in range(30)))
    assert 5 <= sum(taken) <= 10
    await journal.close()


async def test_a_page_from_disk_holds_any_bytes(tmp_path: Path) -> None:
    """Bodies leave SQLite end to end: none may lose a NUL, its neighbour's first byte, or itself where it is empty."""
    bodies = [
        b"",
        bytes(range(256)),
        b"\x00",
        b"",
        "é🙂".encode(),
        b"\xff\xfe\x00\xd8",
        b"x" * 600_000,
        b"y" * 600_000,
        b"",
    ]
    journal = await Journal.open(tmp_path, ROOM)
    await journal.declare(["q", "other"])
    await journal.publish([Outgoing("q", f"{n}", body) for n, body in enumerate(bodies)])
    await journal.publish([Outgoing("other", "o", b"not of this page")])
    inbox = Inbox(acks=True)
    await journal.consume("q", inbox, 100)
    await inbox.has(len(bodies))
    assert [delivery.body for delivery in inbox.got] == bodies
    await journal.close()


@contextmanager
def small_disk(limit: int) -> Iterator[None]:
    """No file of this process may grow beyond `limit`: writes fail as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, old)


@pytest.mark.faults
async def test_a_refusing_disk_is_said_and_survived(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path, ROOM)
    await journal.declare(["q"])
    inbox = Inbox()
    await journal.consume("q", inbox, 10)
    await journal.publish(numbered("q", 0, 10))
    await inbox.has(10)
    with small_disk((tmp_path / "journal.db-wal").stat().st_size):
        with pytest.raises(BrokerUnavailable, match="disk refuses"):
            await journal.publish([Outgoing("q", "lost", b"x" * 1_000_000)])
        for delivery in inbox.got:
            delivery.ack()
    await journal.publish(numbered("q", 10, 20))
    await inbox.has(20)
    await journal.close()
    again = await Journal.open(tmp_path, ROOM)
    assert (await again.depth("q")).ready == 10  # the acks that met the refusing disk are there too
    await again.close()
    assert inbox.ids == names(0, 20)


async def test_a_long_queue_is_read_in_pages(tmp_path: Path) -> None:
    """What waits in memory is bounded by the prefetch, however long the queue."""
    journal = await Journal.open(tmp_path, ROOM)
    await journal.declare(["q"])
    for start_ in range(0, 5000, 500):
        await journal.publish(numbered("q", start_, start_ + 500))
    inbox = Inbox()
    await journal.consume("q", inbox, 20)
    await inbox.has(20)
    await journal.publish(numbered("q", 5000, 5010))
    handed = sqlite3.connect(tmp_path / "journal.db").execute("select handed from queue where name = 'q'").fetchone()[0]
    assert handed <= 40
    for delivery in inbox.got:
        delivery.ack()
    inbox.acks = True
    await inbox.has(5010)
    assert inbox.ids == names(0, 5010)
    await journal.close()


async def test_what_was_never_handed_out_is_not_called_redelivered(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path, ROOM)
    await journal.declare(["q"])
    await journal.publish(numbered("q", 0, 100))
    first = Inbox()
    await journal.consume("q", first, 5)
    await first.has(5)
    await journal.close()
    journal = await Journal.open(tmp_path, ROOM)
    second = Inbox(acks=True)
    await journal.consume("q", second, 5)
    await second.has(100)
    assert [delivery.redelivered for delivery in second.got] == [True] * 5 + [False] * 95
    await journal.close()


async def test_after_close_nothing_is_taken(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path, ROOM)
    await journal.declare(["q"])
    await journal.close()
    await journal.close()
    with pytest.raises(BrokerUnavailable, match="closed"):
        await journal.publish(numbered("q", 0, 1))


async def _accepts(journal: Journal, id_: str, size: int = 10_000) -> bool:
    try:
        await journal.publish([Outgoing("q", id_, b"x" * size)])
    except BrokerUnavailable:
        return False
    return True
