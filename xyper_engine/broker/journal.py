"""The embedded broker: durable queues in a folder, for one process.

Publishes and acks of concurrent callers share one commit (`Grouped` + one writer thread); each commit comes back to the
loop in one call. A queue whose consumer is caught up gets its messages straight from memory after the commit, any other
reads pages from disk, so a long queue costs disk, not memory.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import TypeVar

from xyper_engine.broker.journal_file import Done, JournalFile, Page, Row, Standing, Work
from xyper_engine.broker.journal_look import moment_of
from xyper_engine.broker.journal_queue import Consuming, Held, Queue
from xyper_engine.broker.port import Depth, Outgoing, Receiver, Spool
from xyper_engine.broker.topology import DELIVERY_LIMIT
from xyper_engine.errors import BrokerUnavailable, Conflict, NotFound, SettingsError, Unavailable
from xyper_engine.grouping import Grouped
from xyper_engine.sealing import Cipher

R = TypeVar("R")

SOON = 0.02
"""Seconds until acks are written down: each commit costs as much as fifty of them."""
AGAIN = 0.5
"""Seconds until acks and reads are tried again that the disk refused."""
OVERHEAD = 120
"""Bytes a message takes beside its body; a guess that only decides when the journal counts as full."""


class Journal:
    """Open it with `await Journal.open(…)`. See `port.Broker` for what each method promises."""

    connected = True
    """As `Spooled.connected`: a folder is never away."""
    spooled = 0
    """As `Spooled.spooled`: nothing waits for another broker."""
    convoy = None
    """As `Spooled.convoy`: one process has it for itself."""

    def __init__(self, file: JournalFile, limit: int, age_limit: float = 0.0) -> None:
        self._file = file
        self._limit = limit
        self._age_limit = age_limit
        self._oldest: str | None = None
        self._used = self._coming = 0
        self._queues: dict[str, Queue] = {}
        self._by_id: dict[int, Queue] = {}
        self._acked: list[int] = []
        self._settling = self._closed = False
        self._seq = count(1)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._commit: Grouped[Callable[[Work], None], None] = Grouped(self._transact, limit=1000)

    @classmethod
    async def open(
        cls,
        folder: Path,
        limit: int,
        delivery_limit: int | None = DELIVERY_LIMIT,
        ciphers: Sequence[Cipher] = (),
        age_limit: float = 0.0,
    ) -> "Journal":
        """At most `limit` bytes in `folder`, sealed by the first of `ciphers`; with `age_limit`, nothing is taken while
        the oldest of it is so many seconds old. Raises `Unavailable`, e.g. while another process has it.
        """
        journal = cls(JournalFile(folder, delivery_limit, ciphers, dated=age_limit > 0), limit, age_limit)
        try:
            standings, done = await journal._in_thread(journal._file.open)
        except (OSError, sqlite3.Error) as error:
            journal._thread.shutdown()
            raise Unavailable(f"The journal in {folder} cannot be opened: {error}.") from error
        except (Unavailable, SettingsError):
            journal._thread.shutdown()
            raise
        journal._used, journal._oldest = done.used, done.oldest
        for standing in standings:
            journal._add(standing)
        journal._seq = count(max((standing.tail for standing in standings), default=0) + 1)
        return journal

    @property
    def spool(self) -> Spool:
        """How much is stored, and since when."""
        return Spool(sum(queue.stored for queue in self._queues.values()), self._used, self._limit, self._age())

    @property
    def standing(self) -> dict[str, int]:
        """Messages stored per queue that has any."""
        return {queue.name: queue.stored for queue in self._queues.values() if queue.stored}

    async def declare(self, queues: Sequence[str]) -> None:
        missing = [name for name in queues if name not in self._queues]
        if missing:
            await self._commit(lambda work: work.declare.extend(missing))

    async def publish(self, batch: Sequence[Outgoing]) -> None:
        size = sum(len(message.body) + OVERHEAD for message in batch)
        self._admit(batch, size)
        self._coming += size
        try:
            await self._commit(lambda work: work.rows.extend(map(self._row, batch)))
        finally:
            self._coming -= size

    async def consume(self, queue: str, receiver: Receiver, prefetch: int) -> Consuming:
        await self.declare([queue])
        state = self._queues[queue]
        if state.receiver is not None:
            raise Conflict(f"The queue {queue} has a consumer already: close that one first.")
        state.receiver, state.prefetch = receiver, prefetch
        state.wake()
        return Consuming(state)

    async def depth(self, queue: str) -> Depth:
        state = self._queues.get(queue)
        if state is None:
            raise NotFound(f"There is no queue {queue}.")
        return Depth(ready=state.ready, consumers=int(state.receiver is not None))

    async def remove(self, queues: Sequence[str]) -> None:
        gone = [self._queues[name] for name in queues if name in self._queues]
        if busy := [queue.name for queue in gone if queue.receiver is not None]:
            raise Conflict(f"The queue {busy[0]} has a consumer: close that one first.")
        for queue in gone:
            del self._queues[queue.name]  # from here on nothing is published to it
        try:
            await self._commit(lambda work: work.removed.extend(queue.id for queue in gone))
        except BaseException:
            self._queues.update({queue.name: queue for queue in gone})
            raise
        for queue in gone:
            del self._by_id[queue.id]

    async def scrub(self) -> None:
        """Who publishes meanwhile waits: as long as it takes to write anew what is stored."""
        await self._commit(self._add_acked)
        try:
            await self._in_thread(self._file.scrub)
        except (OSError, sqlite3.Error) as error:
            raise BrokerUnavailable(f"The journal's disk refuses: {error}. See data_dir.") from error

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        for queue in self._queues.values():
            queue.let_go()
        try:
            await self._commit(self._add_acked)
        finally:
            await self._in_thread(self._file.close)
            self._thread.shutdown()

    def _settle(self, seq: int) -> None:
        """Forget this message soon, with others: an ack that a crash loses costs a delivery more, and nothing else."""
        self._acked.append(seq)
        if not self._settling:
            self._settle_in(SOON)

    def _settle_in(self, seconds: float) -> None:
        self._settling = True
        asyncio.get_running_loop().call_later(seconds, self._settle_all)

    def _settle_all(self) -> None:
        self._settling = False
        if self._acked and not self._closed:
            self._commit(self._add_acked).add_done_callback(self._settled)

    def _read(self, queue: Queue) -> None:
        """Bring the next page of `queue` with the next commit."""
        page = Page(queue.id, queue.head, queue.prefetch)

        def wish(work: Work) -> None:
            self._add_acked(work)  # what is acked must not be read again
            work.pages.append(page)

        self._commit(wish).add_done_callback(lambda tried: self._was_read(queue, tried))

    def _add(self, standing: Standing) -> None:
        self._queues[standing.name] = self._by_id[standing.id] = Queue(standing, self._settle, self._read)

    def _admit(self, batch: Sequence[Outgoing], size: int) -> None:
        if self._closed:
            raise BrokerUnavailable("The journal is closed.")
        for message in batch:
            if message.queue not in self._queues:
                raise BrokerUnavailable(f"There is no queue {message.queue}: declare it before publishing to it.")
        if self._used + self._coming + size > self._limit:
            raise BrokerUnavailable("journal full: [broker] spool_limit is reached; let the queues drain, or raise it.")
        if self._age_limit and self._age() > self._age_limit:
            raise BrokerUnavailable("spool too old: [broker] spool_age is reached; bring RabbitMQ back, or raise it.")

    def _age(self) -> float:
        """Seconds since the oldest message came, as its id tells; 0 where nobody asked for that, or none is there."""
        return max(time.time() - (moment_of(self._oldest) or time.time()), 0.0) if self._oldest else 0.0

    def _row(self, message: Outgoing) -> Row:
        return next(self._seq), self._queues[message.queue].id, message.id, message.body

    def _add_acked(self, work: Work) -> None:
        work.acked.extend(self._acked)
        self._acked.clear()

    async def _transact(self, wishes: Sequence[Callable[[Work], None]]) -> list[None]:
        work = Work()
        for add in wishes:
            add(work)
        arrived = self._by_queue(work.rows)
        straight = {queue.id for queue, rows in arrived if queue.has_room(len(rows))}
        work.handed = {queue.id: rows[-1][0] for queue, rows in arrived if queue.id in straight}
        try:
            done = await self._in_thread(lambda: self._file.apply(work))
        except (OSError, sqlite3.Error) as error:
            self._acked[:0] = work.acked
            raise BrokerUnavailable(f"The journal's disk refuses: {error}. See data_dir.") from error
        self._used, self._oldest = done.used, done.oldest
        self._came_true(work, done, arrived)
        return [None] * len(wishes)

    def _by_queue(self, rows: Sequence[Row]) -> list[tuple[Queue, list[Row]]]:
        groups: dict[int, list[Row]] = {}
        for row in rows:
            groups.setdefault(row[1], []).append(row)
        return [(self._by_id[id_], group) for id_, group in groups.items()]

    def _came_true(self, work: Work, done: Done, arrived: Sequence[tuple[Queue, list[Row]]]) -> None:
        for name, id_ in done.declared.items():
            if name not in self._queues:
                self._add(Standing(id_, name, stored=0, tail=0))
        for queue, rows in arrived:
            queue.tail = rows[-1][0]
            queue.stored += len(rows)
            if queue.id in work.handed:
                queue.take((Held(queue, seq, id_, body, False) for seq, _, id_, body in rows), queue.tail)
            else:
                queue.wake()
        for page, found in zip(work.pages, done.pages, strict=True):
            queue = self._by_id[page.queue]
            head = found[-1][0] if found else queue.tail
            queue.was_read((Held(queue, *row[:3], row[3] > 0) for row in found), head)

    def _settled(self, tried: asyncio.Future[None]) -> None:
        if not tried.cancelled() and tried.exception() is not None and not self._settling and not self._closed:
            self._settle_in(AGAIN)

    def _was_read(self, queue: Queue, tried: asyncio.Future[None]) -> None:
        if not tried.cancelled() and tried.exception() is not None:
            queue.reading = False
            if not self._closed:
                asyncio.get_running_loop().call_later(AGAIN, queue.pump)

    async def _in_thread(self, call: Callable[[], R]) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)
