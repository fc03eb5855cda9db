"""The journal's file: a SQLite database that one thread writes, one transaction per group.

WAL with `synchronous=FULL`: a commit returns once the disk has it, so what was committed survives kill -9 and power
loss. Everything here is synchronous and belongs to the one thread that calls it.
"""

import fcntl
import json
import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from xyper_engine.broker.topology import DEAD
from xyper_engine.errors import SettingsError, Unavailable
from xyper_engine.sealing import Cipher

PAGE_BYTES = 1_048_576
"""A page from disk ends after this many bytes of bodies, but holds one row at least."""

ROWS = 64
"""At most, per insert. Every number up to it is a statement of its own, kept prepared."""

PRAGMAS = ("journal_mode = wal", "synchronous = full", "wal_autocheckpoint = 16000")

SCHEMA = """
create table if not exists queue(
    id integer primary key,
    name text not null unique,
    handed integer not null default 0   -- no message beyond this one was handed to a consumer since the last open
);
create table if not exists message(
    seq integer primary key,            -- rises in the order of publishing
    queue integer not null,
    id text not null,
    deliveries integer not null default 0,  -- how often it was held by a process that is gone
    body blob not null,
    key text not null default ''        -- by which key it is sealed; '': it is not
);
create index if not exists message_of_queue on message(queue, seq);
"""

# With each row that SQLite hands over, or is handed, this thread gives Python's lock away and queues for it behind a
# busy loop: so many rows travel as one, and their bodies beside them, end to end: SQLite joins bytes as they are.
_FORGET = "delete from message where seq in (select value from json_each(?))"
_PAGE = """
select json_group_array(json_array(seq, id, length(body), deliveries, key)), cast(group_concat(body, '') as blob)
from (select *, sum(length(body)) over (order by seq) - length(body) as before
      from (select seq, id, body, deliveries, key from message where queue = ? and seq > ? order by seq limit ?))
where before < ?
"""

Row = tuple[int, int, str, bytes]
"""seq, queue, id, body."""
_Sealed = tuple[int, int, str, bytes, str]
"""The same as it is stored, with the key's id."""
Stored = tuple[int, str, bytes, int]
"""seq, id, body, deliveries."""


@dataclass(frozen=True, slots=True)
class Page:
    """A wish for the messages of `queue` behind `after`, at most `rows`."""

    queue: int
    after: int
    rows: int


@dataclass(slots=True)
class Work:
    """What one transaction does, in this order."""

    declare: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    acked: list[int] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    """Queues that go with all that is in them."""
    handed: dict[int, int] = field(default_factory=dict)
    pages: list[Page] = field(default_factory=list)


@dataclass(slots=True)
class Done:
    """What it brought. `used` is the bytes of the file that hold something."""

    used: int
    declared: dict[str, int]
    pages: list[list[Stored]]
    oldest: str | None = None
    """The id of what was stored first, where that is asked for."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A queue as found on opening."""

    id: int
    name: str
    stored: int
    tail: int


class JournalFile:
    """The database in `folder`, held alone. `delivery_limit` None: nothing is ever moved to `dead`.

    `ciphers` seal what lies on the disk: the first one what is stored, each what it sealed once. `dated`: the oldest
    message is of interest.
    """

    def __init__(
        self, folder: Path, delivery_limit: int | None, ciphers: Sequence[Cipher] = (), *, dated: bool = False
    ) -> None:
        self._folder = folder
        self._limit = delivery_limit
        self._ciphers = {cipher.id: cipher for cipher in ciphers}
        self._dated = dated
        self._lock = -1
        self._db: sqlite3.Connection | None = None

    def open(self) -> tuple[list[Standing], Done]:
        """Take the folder, count what a dead process held. Raises `Unavailable`, `OSError`, `sqlite3.Error`."""
        self._take()
        try:
            db = self._connected()
            self._check_keys(db)
            with _transaction(db):
                self._recover(db)
            found = db.execute(
                "select q.id, q.name, count(m.seq), coalesce(max(m.seq), 0) from queue q"
                " left join message m on m.queue = q.id group by q.id"
            )
            return [Standing(*row) for row in found], self.apply(Work())
        except BaseException:
            self.close()
            raise

    def apply(self, work: Work) -> Done:
        """All of it or nothing. Raises `sqlite3.Error`; the next call starts afresh with the file."""
        try:
            db = self._connected()
            with _transaction(db):
                declared = _declare(db, work.declare)
                _insert(db, self._sealed(work.rows))
                _remove(db, work.removed)
                if work.acked:
                    db.execute(_FORGET, (json.dumps(work.acked),))
                db.executemany("update queue set handed = ?2 where id = ?1", list(work.handed.items()))
                pages = [[self._opened(row) for row in _read(db, page)] for page in work.pages]
            return Done(_used(db), declared, pages, _oldest(db) if self._dated else None)
        except sqlite3.Error:
            self._drop()  # after a failed write the connection's view of the file is not to be trusted
            raise

    def scrub(self) -> None:
        """Write the file anew: what was deleted lies in its free pages, and in the log. Raises `sqlite3.Error`."""
        db = self._connected()
        db.execute("vacuum")
        db.execute("pragma wal_checkpoint(truncate)")

    def close(self) -> None:
        """Let the folder go."""
        self._drop()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _take(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            raise Unavailable(
                f"The journal in {self._folder} is in use by another process: stop that one, or set another data_dir."
            ) from None

    def _connected(self) -> sqlite3.Connection:
        if self._db is None:
            self._db = sqlite3.connect(self._folder / "journal.db", isolation_level=None, cached_statements=2 * ROWS)
            for pragma in PRAGMAS:
                self._db.execute(f"pragma {pragma}")
            self._db.executescript(SCHEMA)
            if not self._db.execute("select 1 from pragma_table_info('message') where name = 'key'").fetchone():
                self._db.execute("alter table message add column key text not null default ''")
        return self._db

    def _check_keys(self, db: sqlite3.Connection) -> None:
        """Raises `SettingsError`: what no key opens must not be taken for lost, nor stand before what can be read."""
        for (key,) in db.execute("select distinct key from message where key <> ''"):
            if key not in self._ciphers:
                raise SettingsError(
                    f"[secrets] keys: messages in {self._folder} are sealed with key {key}, which is not there: add it."
                )

    def _sealed(self, rows: Sequence[Row]) -> Sequence[_Sealed]:
        cipher = next(iter(self._ciphers.values()), None)
        if cipher is None:
            return [(*row, "") for row in rows]
        sealed = cipher.seal_all([(body, id_) for _, _, id_, body in rows])
        return [(*row[:3], body, cipher.id) for row, body in zip(rows, sealed, strict=True)]

    def _opened(self, row: tuple[int, str, bytes, int, str]) -> Stored:
        seq, id_, body, deliveries, key = row
        return seq, id_, self._ciphers[key].open(body, id_) if key else body, deliveries

    def _drop(self) -> None:
        db, self._db = self._db, None
        if db is not None:
            db.close()

    def _recover(self, db: sqlite3.Connection) -> None:
        db.execute(
            "update message set deliveries = deliveries + 1"
            " where exists (select 1 from queue q where q.id = message.queue and message.seq <= q.handed)"
            " and seq <= (select max(handed) from queue)"
        )
        db.execute("update queue set handed = 0 where handed > 0")
        if self._limit is not None:
            _bury(db, self._limit)


class _transaction:  # noqa: N801  reads as a verb
    """BEGIN … COMMIT, or ROLLBACK where anything raised."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("begin immediate")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if kind is None:
            self._db.execute("commit")
        elif self._db.in_transaction:
            self._db.execute("rollback")


def _declare(db: sqlite3.Connection, names: Sequence[str]) -> dict[str, int]:
    db.executemany("insert into queue(name) values (?) on conflict do nothing", [(name,) for name in names])
    return {name: int(db.execute("select id from queue where name = ?", (name,)).fetchone()[0]) for name in names}


def _insert(db: sqlite3.Connection, rows: Sequence[_Sealed]) -> None:
    for at in range(0, len(rows), ROWS):
        some = rows[at : at + ROWS]
        places = ",".join(["(?,?,?,?,?)"] * len(some))
        values = list(chain.from_iterable(some))
        db.execute(f"insert into message(seq, queue, id, body, key) values {places}", values)  # noqa: S608  places only


def _remove(db: sqlite3.Connection, queues: Sequence[int]) -> None:
    for sql in ("delete from message where queue = ?", "delete from queue where id = ?"):
        db.executemany(sql, [(queue,) for queue in queues])


def _read(db: sqlite3.Connection, page: Page) -> list[tuple[int, str, bytes, int, str]]:
    told, bodies = db.execute(_PAGE, (page.queue, page.after, page.rows, PAGE_BYTES)).fetchone()
    rows, at = [], 0
    for seq, id_, size, deliveries, key in json.loads(told):
        rows.append((seq, id_, bodies[at : at + size], deliveries, key))
        at += size
    if rows:
        db.execute("update queue set handed = ? where id = ?", (rows[-1][0], page.queue))
    return rows


def _bury(db: sqlite3.Connection, limit: int) -> None:
    """Move what was delivered too often to the end of `dead`."""
    dead = _declare(db, [DEAD])[DEAD]
    doomed = db.execute("select seq from message where deliveries > ? and queue <> ? order by seq", (limit, dead))
    for (seq,) in doomed.fetchall():
        db.execute(
            "update message set queue = ?, deliveries = 0, seq = (select max(seq) + 1 from message) where seq = ?",
            (dead, seq),
        )


def _oldest(db: sqlite3.Connection) -> str | None:
    found = db.execute("select id from message order by seq limit 1").fetchone()
    return str(found[0]) if found else None


def _used(db: sqlite3.Connection) -> int:
    (used,) = db.execute(
        "select (page_count - freelist_count) * page_size"
        " from pragma_page_count, pragma_freelist_count, pragma_page_size"
    ).fetchone()
    return int(used)
