"""A look at a journal's folder from outside, whether or not an engine has it."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from xyper_engine.broker.port import Spool
from xyper_engine.errors import Unavailable

_LOOK = """
select count(*), (select id from message order by seq limit 1),
  (select (page_count - freelist_count) * page_size from pragma_page_count, pragma_freelist_count, pragma_page_size)
from message
"""


def look(folder: Path, limit: int) -> Spool | None:
    """How much is stored there, and since when; None where nothing ever was. Raises `Unavailable`."""
    file = folder / "journal.db"
    if not file.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=5)) as db:
            messages, oldest, used = db.execute(_LOOK).fetchone()
    except sqlite3.Error as error:
        raise Unavailable(f"{file} cannot be looked at: {error}.") from error
    since = moment_of(oldest) if oldest else None
    return Spool(messages, used, limit, max(time.time() - since, 0.0) if since else 0.0)


def moment_of(id_: str) -> float | None:
    """When an id of ours was made, in seconds since 1970; None for what is none of ours."""
    digits = id_.replace("-", "")[:12]
    try:
        return int(digits, 16) / 1000 if len(id_) == 36 and id_[14] == "7" else None
    except ValueError:
        return None
